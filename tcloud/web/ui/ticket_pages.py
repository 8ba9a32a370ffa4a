"""What every page about a ticket shows, whoever opens it: the thread with its files, the state's colour, a file to download."""

from typing import Any, Final

from django.http import Http404, HttpResponse

from tcloud.orders.models import OrderMessageFile
from tcloud.support.models import Attachment, Ticket
from tcloud.support.queries import tickets
from tcloud.web.ui.downloads import attachment

TONES: Final = {
    "UNCONFIRMED": "warn", "LAPSED": "soft", "OPEN": "info", "WAITING": "warn", "ANSWERED": "ok", "CLOSED": "soft",
}  # fmt: skip


def thread(ticket: Ticket, *, notes: bool = False) -> list[dict[str, Any]]:
    """The messages of a ticket with their files, oldest first; with internal notes for agents alone."""
    files = tickets.files(ticket)
    return [
        {"message": message, "files": files.get(message.pk, [])}
        for message in tickets.thread(ticket, notes=notes)
    ]


def download(file: Attachment | OrderMessageFile | None) -> HttpResponse:
    """The file, always saved and never shown: nothing in it can run in our name. Raises Http404."""
    if file is None:
        raise Http404
    return attachment(bytes(file.content), file.media_type, file.name)
