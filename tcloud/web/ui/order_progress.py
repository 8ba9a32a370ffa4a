"""An order's 辦理進度 for the back offices: what happened, then what is still owed (entries for {% timeline %})."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core.actors import COMPANY, GATEWAY, SUPPLIER, SYSTEM
from tcloud.core.deadlines import because_words, moved_words
from tcloud.core.models import Event
from tcloud.orders import words
from tcloud.orders.models import Order
from tcloud.orders.queries import Deadline
from tcloud.web.ui import order_deadlines
from tcloud.web.ui.event_words import words_of

QUIET = frozenset({"order.message_written"})  # read in the thread
SAID = frozenset(
    {
        "order.note_written", "order_change.proposed", "order_change.refused", "order_change.withdrawn",
        "refund_proposal.made", "refund_proposal.refused", "refund_proposal.withdrawn", "refund_proposal.lapsed",
        "transfer.stated", "transfer.not_found", "transfer.owed_back", "charge.opened", "charge.codes_issued",
        "charge.query_wanted", "charge.to_refund", "refund.owed",
    }
)  # fmt: skip  # said or begun, no step that was completed
MACHINES = {GATEWAY: gettext_lazy("金流平台"), SYSTEM: gettext_lazy("系統")}
PARTIES = {COMPANY: gettext_lazy("申請企業"), SUPPLIER: gettext_lazy("供應商")}


def _text(event: Event) -> str:
    """What an event says beyond its title."""
    if event.type == "order.deadline_moved":
        return words.moved(event.data)
    if event.type == "application.deadline_moved":
        said = {
            "because": because_words(event.data["because"]),
            **moved_words(event.data["old"], event.data["new"]),
        }
        return _("審查期限由%(old)s改為%(new)s。原因：%(because)s。") % said
    reason = str(event.data.get("reason", ""))
    if event.type.startswith("order_change."):
        return "　".join(part for part in (words.change(event.data), reason) if part)
    return reason


def of_order(order: Order, events: Iterable[Event], owed: Sequence[Deadline]) -> list[dict[str, Any]]:
    """An order's timeline: what happened with the deadline it met or missed, what was lifted, what is owed."""
    shown = [event for event in events if event.type not in QUIET]
    past = entries(shown)
    for event, entry in zip(shown, past, strict=True):
        entry |= order_deadlines.mark(order, event, owed)
    return [*past, *order_deadlines.lifted(order, owed), *_waiting(order, owed)]


def entries(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Timeline entries of a case: past events as done."""
    return [
        {
            "title": words_of(event.type),
            "state": "late" if event.type.endswith("_missed") else "done",
            "when": event.at,
            "who": MACHINES.get(event.actor_kind, event.actor_name),
            "text": _text(event),
            "said": event.type in SAID,
        }
        for event in events
    ]


def _waiting(order: Order, owed: Iterable[Deadline]) -> list[dict[str, Any]]:
    return [
        {
            "title": _("待辦：%(kind)s") % {"kind": deadline.obligation.get_kind_display()},
            "state": "late" if deadline.overdue else "now",
            "due_at": deadline.obligation.due_at,
            "county": deadline.obligation.county,
            "who": PARTIES.get(deadline.obligation.party, deadline.obligation.party),
            **order_deadlines.still_owed(order, deadline),
        }
        for deadline in owed
        if deadline.is_outstanding
    ]
