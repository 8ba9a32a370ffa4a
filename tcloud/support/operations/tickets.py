"""What those who ask do with a ticket: open it, confirm their address, answer, close (R-34).

Each act locks the ticket's row. Messages are only added; the same request twice adds one (R-38).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import calendar, events
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.core.uploads import File
from tcloud.members.models import Company, User
from tcloud.orders.models import Order
from tcloud.programme.models import Programme
from tcloud.support.models import Attachment, InboundMail, Ticket, TicketMessage
from tcloud.support.operations.chat import nameless
from tcloud.support.queries import chat, contact
from tcloud.support.rules import tickets as rules
from tcloud.support.states import TICKET

_TRIES: Final = 5
LONGEST_BODY: Final = 20_000


@dataclass(frozen=True)
class Asker:
    """Who asks: name, address and language; a member's account, company and order where there are any."""

    name: str
    email: str
    language: str = "zh-hant"
    user: User | None = None
    company: Company | None = None
    order: Order | None = None


@transaction.atomic
def open_ticket(
    programme: Programme,
    asker: Asker,
    *,
    channel: str,
    category: str,
    subject: str,
    body: str,
    files: Sequence[File] = (),
    mail: InboundMail | None = None,
    left_out: Sequence[str] = (),
    request_key: str | None = None,
    by: Actor,
    at: datetime,
) -> Ticket:
    """R-34: a message becomes a ticket that says when it will be answered.

    A visitor's waits until its address is confirmed (`ticket.drafted`); a member's, and what came by mail, opens at once.
    `request_key`: the same form sent twice gives the same ticket. Raises Refusal `ticket.empty`, `calendar.missing`.
    """
    if earlier := _earlier(request_key):
        return earlier
    text = _said(body)
    known = asker.company is not None or mail is not None
    row = Ticket(
        programme=programme, page_token=secrets.token_hex(16), mail_token=secrets.token_hex(16), channel=channel,
        category=category, subject=subject.strip()[:120] or str(_("（沒有主旨）")), name=asker.name.strip()[:60] or asker.email[:60],
        email=asker.email.strip().lower(), language=asker.language, company=asker.company, opened_by=asker.user, order=asker.order,
        request_key=request_key, created_at=at, last_message_at=at,
        confirm_before=at + timedelta(hours=contact.settings_of(programme).confirm_hours),
    )  # fmt: skip
    if not _numbered(row):
        return _earlier(request_key) or row
    add_message(row, TicketMessage.Kind.CUSTOMER, text, files, mail=mail, left_out=left_out, by=by, at=at)
    if known:
        _open(row, by=by, at=at)
    else:
        events.record("ticket.drafted", row, case=row.case, by=nameless(by), at=at)
    return row


def _earlier(request_key: str | None) -> Ticket | None:
    return Ticket.objects.filter(request_key=request_key).first() if request_key else None


def _numbered(row: Ticket) -> bool:
    """Save under a free reference; False when the same request has just been saved by somebody else."""
    for _try in range(_TRIES):
        row.reference = rules.reference(secrets.randbelow(10**10))
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            return True
        except IntegrityError as error:
            if "request_key" in str(error):
                return False
            if "reference" not in str(error):
                raise
    raise RuntimeError("no free reference found")


@transaction.atomic
def confirm(ticket: Ticket, *, by: Actor, at: datetime) -> Ticket:
    """The visitor has opened the link in our letter: the address is hers, and the ticket opens. Repeated, nothing more happens.

    Raises Refusal `ticket.confirm_too_late`, `calendar.missing`.
    """
    row = locked(ticket)
    if row.state not in (Ticket.State.UNCONFIRMED, Ticket.State.LAPSED):
        return row
    if row.state == Ticket.State.LAPSED or at >= row.confirm_before:
        raise Refusal("ticket.confirm_too_late", _("這個連結已經過期，請重新送出您的詢問。"))
    _open(row, by=by, at=at)
    return row


@transaction.atomic
def reply(
    ticket: Ticket,
    body: str,
    files: Sequence[File] = (),
    *,
    mail: InboundMail | None = None,
    quoted: str = "",
    left_out: Sequence[str] = (),
    request_key: str | None = None,
    by: Actor,
    at: datetime,
) -> Ticket:
    """The one who asked says more: an answer is owed from now on; a closed ticket is open again.

    Raises Refusal `ticket.empty`, `ticket.erased`, `transition.not_now` before the address is confirmed, `calendar.missing`.
    """
    row = kept(ticket)
    if request_key and TicketMessage.objects.filter(request_key=request_key).exists():
        return row
    if row.state in (Ticket.State.UNCONFIRMED, Ticket.State.LAPSED):
        raise Refusal("transition.not_now", _("請先打開信中的連結確認信箱，再補充說明。"))
    message = add_message(
        row, TicketMessage.Kind.CUSTOMER, _said(body), files,
        mail=mail, quoted=quoted, left_out=left_out, request_key=request_key, by=by, at=at,
    )  # fmt: skip
    if row.state == Ticket.State.OPEN:  # still owed as before
        _touch(row, last_message_at=at)
        events.record("ticket.replied", row, case=row.case, by=nameless(by), at=at, message=message.pk)
        return row
    name = "reopen" if row.state == Ticket.State.CLOSED else "reply"
    changes = owed(row.programme, at=at) | {"last_message_at": at}
    advance(row, TICKET, name, by=nameless(by), at=at, case=row.case, changes=changes, message=message.pk)
    return row


@transaction.atomic
def close_as_solved(ticket: Ticket, *, by: Actor, at: datetime) -> Ticket:
    """The one who asked needs no answer any more. Repeated, nothing more happens. Raises Refusal `ticket.erased`, `transition.not_now`."""
    row = kept(ticket)
    if row.state != Ticket.State.CLOSED:
        changes = nothing_owed(row, at=at)
        advance(row, TICKET, "close", by=nameless(by), at=at, case=row.case, changes=changes, solved=True)
    return row


# Shared with the desk


def nothing_owed(ticket: Ticket, *, at: datetime) -> dict[str, Any]:
    """The columns of a ticket that is answered or closed at `at`: from now on it is kept for a time (R-36)."""
    until = chat.kept_until(ticket.programme, is_company=ticket.company_id is not None, at=at)
    return {"answer_due_at": None, "late_at": None, "erase_due_at": until}


def kept(ticket: Ticket) -> Ticket:
    """The ticket's row, locked. Raises Refusal `ticket.erased`."""
    row = locked(ticket)
    if row.erased_at is not None:
        raise Refusal("ticket.erased", _("這筆詢問的保存期限已滿，內容已刪除。還有問題，請重新提出。"))
    return row


def locked(ticket: Ticket) -> Ticket:
    """The ticket's row, locked, with its edition."""
    return Ticket.objects.select_for_update(of=("self",)).select_related("programme").get(pk=ticket.pk)


def owed(programme: Programme, *, at: datetime) -> dict[str, Any]:
    """R-34: the columns of an answer that is owed to what came at `at`. Raises Refusal `calendar.missing`."""
    settings = contact.settings_of(programme)
    due, serial = calendar.due(at, settings.first_answer_working_days, programme.office_county)
    return {
        "begins_at": at,
        "working_days": settings.first_answer_working_days,
        "county": programme.office_county,
        "calendar_serial": serial,
        "answer_due_at": rules.answer_due(due.day, settings.staffed_until),
        "late_at": None,
        "erase_due_at": None,
    }


def add_message(
    ticket: Ticket,
    kind: str,
    body: str,
    files: Sequence[File] = (),
    *,
    mail: InboundMail | None = None,
    quoted: str = "",
    left_out: Sequence[str] = (),
    request_key: str | None = None,
    by: Actor,
    at: datetime,
) -> TicketMessage:
    """Add to the thread, with its attachments."""
    message = TicketMessage.objects.create(
        ticket=ticket, kind=kind, author_id=by.user_id, author_name=_author(ticket, kind, by), body=body, quoted=quoted,
        mail=mail, left_out=list(left_out), request_key=request_key, at=at,
    )  # fmt: skip
    Attachment.objects.bulk_create(
        Attachment(
            message=message, name=file.name, media_type=file.media_type, size=len(file.content), sha256=file.sha256,
            content=file.content,
        )
        for file in files
    )  # fmt: skip
    return message


def _author(ticket: Ticket, kind: str, by: Actor) -> str:
    return ticket.name if kind == TicketMessage.Kind.CUSTOMER else by.name


def visitor(ticket: Ticket) -> Actor:
    """Who acts by the secret address or by mail: the one who asked."""
    return Actor(VISITOR, name=ticket.name)


def _open(row: Ticket, *, by: Actor, at: datetime) -> None:
    message = row.messages.earliest("id")
    changes = owed(row.programme, at=at) | {"last_message_at": at}
    advance(row, TICKET, "open", by=nameless(by), at=at, case=row.case, changes=changes, message=message.pk)


def _touch(row: Ticket, **changes: Any) -> None:
    """Columns of a locked row that stays in its state."""
    row.version += 1
    for name, value in changes.items():
        setattr(row, name, value)
    Ticket.objects.filter(pk=row.pk).update(version=row.version, **changes)


def _said(body: str) -> str:
    text = body.replace("\r\n", "\n").strip()[:LONGEST_BODY]
    if not text:
        raise Refusal("ticket.empty", _("請寫下您想問的事情。"))
    return text
