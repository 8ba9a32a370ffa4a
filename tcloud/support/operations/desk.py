"""What support agents do with a ticket: answer, ask, note, hand over, close, and look behind the mask (R-34, R-37)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import SUPPORT, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import advance, only
from tcloud.core.uploads import File
from tcloud.members.models import User
from tcloud.support.models import Ticket, TicketMessage
from tcloud.support.operations.tickets import add_message, kept, nothing_owed
from tcloud.support.queries import tickets
from tcloud.support.states import TICKET

Kind, State = TicketMessage.Kind, Ticket.State


@transaction.atomic(durable=True)
def answer(
    ticket: Ticket,
    body: str,
    files: Sequence[File] = (),
    *,
    ask: bool = False,
    version: int,
    request_key: str | None = None,
    by: Actor,
    at: datetime,
) -> Ticket:
    """R-34: answer the one who asked; with `ask`, ask for what is missing, and wait. Who answers takes an unassigned ticket.

    `version` is that of the ticket the agent read. Raises Refusal `ticket.empty`, `transition.not_yours`, `transition.not_now`; Stale.
    """
    row = _for_agent(ticket, by=by)
    if request_key and TicketMessage.objects.filter(request_key=request_key).exists():
        return row
    _same(row, version)
    text = body.replace("\r\n", "\n").strip()
    if not text:
        raise Refusal("ticket.empty", _("請寫下要回覆的內容。"))
    _check_open(row)
    message = add_message(row, Kind.AGENT, text, files, request_key=request_key, by=by, at=at)
    changes: dict[str, Any] = nothing_owed(row, at=at) | {
        "last_message_at": at,
        "first_answered_at": row.first_answered_at or at,
        "assigned_to_id": row.assigned_to_id or by.user_id,
    }
    move = TICKET.find("ask" if ask else "answer")
    if row.state == move.target:  # said before, and says more
        _update(row, **changes)
        events.record(move.event, row, case=row.case, by=by, at=at, message=message.pk)
    else:
        advance(row, TICKET, move.name, by=by, at=at, case=row.case, changes=changes, message=message.pk)
    return row


@transaction.atomic(durable=True)
def note(ticket: Ticket, body: str, *, request_key: str | None = None, by: Actor, at: datetime) -> Ticket:
    """Leave a note for colleagues; the one who asked never sees it. Raises Refusal `ticket.empty`, `transition.not_yours`."""
    row = _for_agent(ticket, by=by)
    if request_key and TicketMessage.objects.filter(request_key=request_key).exists():
        return row
    text = body.replace("\r\n", "\n").strip()
    if not text:
        raise Refusal("ticket.empty", _("請寫下備註內容。"))
    message = add_message(row, Kind.NOTE, text, request_key=request_key, by=by, at=at)
    events.record("ticket.noted", row, case=row.case, by=by, at=at, announce=False, message=message.pk)
    return row


@transaction.atomic(durable=True)
def assign(ticket: Ticket, to: User | None, *, version: int, by: Actor, at: datetime) -> Ticket:
    """Take a ticket, hand it over, or lay it back (None). Raises Refusal `ticket.no_agent`, `transition.not_yours`, `transition.not_now`; Stale."""
    row = _for_agent(ticket, by=by)
    _same(row, version)
    _check_open(row)
    if to is not None and not tickets.agents().filter(pk=to.pk).exists():
        raise Refusal("ticket.no_agent", _("請選擇一位客服。"))
    if row.assigned_to_id == (to.pk if to else None):
        return row
    before = row.assigned_to.name if row.assigned_to else ""
    _update(row, assigned_to_id=to.pk if to else None)
    events.record(
        "ticket.assigned", row, case=row.case, by=by, at=at, announce=False, to=to.name if to else "", **{"from": before}
    )  # fmt: skip
    return row


@transaction.atomic(durable=True)
def close(ticket: Ticket, reason: str, *, version: int, by: Actor, at: datetime) -> Ticket:
    """Close with a sentence that the one who asked is sent. Raises Refusal `ticket.reason_missing`, `transition.not_yours`, `transition.not_now`; Stale."""
    row = _for_agent(ticket, by=by)
    _same(row, version)
    said = reason.strip()
    if not said:
        raise Refusal("ticket.reason_missing", _("請寫下結案說明，會寄給提問者。"))
    changes = nothing_owed(row, at=at) | {"assigned_to_id": row.assigned_to_id or by.user_id}
    advance(row, TICKET, "close", by=by, at=at, case=row.case, changes=changes, reason=said)
    return row


@transaction.atomic(durable=True)
def look(ticket: Ticket, reason: str, *, by: Actor, at: datetime) -> None:
    """R-37: record why the agent looks at the company and order behind a ticket; they are shown to her for some hours.

    The company reads it in the ticket's record and in the order's. Raises Refusal `ticket.reason_missing`, `ticket.nothing_to_see`, `transition.not_yours`.
    """
    row = _for_agent(ticket, by=by)
    if not reason.strip():
        raise Refusal("ticket.reason_missing", _("請填寫查看的理由。"))
    if row.company_id is None:
        raise Refusal("ticket.nothing_to_see", _("這張服務單沒有企業資料。"))
    said: dict[str, Any] = {"by": by, "at": at, "announce": False, "reason": reason.strip()[:200]}
    events.record("ticket.details_seen", row, case=row.case, **said)
    if row.order is not None:
        events.record("ticket.order_shown", row.order, case=row.order.case, ticket=row.reference, **said)


def _for_agent(ticket: Ticket, *, by: Actor) -> Ticket:
    """The ticket's row, locked. Raises Refusal `transition.not_yours`, `ticket.erased`."""
    only(by, SUPPORT)
    return kept(ticket)


def _same(row: Ticket, version: int) -> None:
    if row.version != version:
        raise Stale()


def _check_open(row: Ticket) -> None:
    if row.state not in (State.OPEN, State.WAITING, State.ANSWERED):
        raise Refusal("transition.not_now", _("這張服務單已經結案；提問者再來信時會重新開啟。"))


def _update(row: Ticket, **changes: Any) -> None:
    row.version += 1
    for name, value in changes.items():
        setattr(row, name, value)
    Ticket.objects.filter(pk=row.pk).update(version=row.version, **changes)
