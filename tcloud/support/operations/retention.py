"""R-36: what was asked, by whom, and the mail it came by go when their time has come; that something was asked then stays."""

from datetime import datetime
from typing import Final

from django.db import transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.events import Happening
from tcloud.support.models import Attachment, InboundMail, Ticket, TicketMessage
from tcloud.support.models.tickets import mail_erased, ticket_erased
from tcloud.support.queries import tickets

BATCH: Final = 200


@transaction.atomic(durable=True)
def erase_tickets(*, at: datetime, limit: int = BATCH) -> int:
    """R-36: erase tickets whose time has come, with their messages, files and mails. Returns how many were erased now.

    Reference, dates, state and events stay. As many statements for a full batch as for one ticket.
    """
    due = list(tickets.to_erase(at=at).select_for_update(skip_locked=True)[:limit])
    if not due:
        return 0
    gone = [row.pk for row in due]
    Ticket.objects.filter(pk__in=gone).update(erased_at=at, **ticket_erased())
    Attachment.objects.filter(message__ticket__in=gone).delete()
    TicketMessage.objects.filter(ticket__in=gone).delete()
    InboundMail.objects.filter(ticket__in=gone, erase_due_at=None).update(erased_at=at, **mail_erased())
    events.record_many(
        "ticket.erased", [Happening(row, row.case) for row in due], by=THE_SYSTEM, at=at, announce=False
    )
    return len(due)


@transaction.atomic(durable=True)
def erase_mails(*, at: datetime, limit: int = BATCH) -> int:
    """R-36: empty mails that are in no ticket and whose time has come: automatic, bounced, dismissed, never decided on.

    Returns how many were emptied now.
    """
    due = tickets.mails_to_erase(at=at).select_for_update(skip_locked=True).values_list("pk", flat=True)
    return InboundMail.objects.filter(pk__in=list(due[:limit])).update(erased_at=at, **mail_erased())
