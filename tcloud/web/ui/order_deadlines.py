"""How an order's deadlines stand on its timeline: met, late, missed or lifted, and what is counted in the supplier's record (R-29)."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tcloud.core import clock
from tcloud.core.actors import SUPPLIER
from tcloud.core.deadlines import last_day_words
from tcloud.core.models import Event
from tcloud.core.workdays import last_day
from tcloud.orders import queries, words
from tcloud.orders.models import Obligation, Order
from tcloud.orders.queries import Deadline
from tcloud.web.ui import icalendar
from tcloud.web.ui.downloads import attachment
from tcloud.web.ui.order_place import Place
from tcloud.web.ui.templatetags.ui import local

Kind = Obligation.Kind
MET_BY: Final = {
    "order.accepted": (Kind.ACCEPT,),
    "order.declined": (Kind.ACCEPT,),
    "order.paid": (Kind.PAY,),
    "order.invoiced": (Kind.INVOICE, Kind.REISSUE),
    "invoice.voided": (Kind.CREDIT,),
    "allowance.issued": (Kind.CREDIT,),
    "order.delivered": (Kind.DELIVER,),
    "order.completed": (Kind.CONFIRM,),
}
MISSED_BY: Final = {
    "order.lapsed": (Kind.ACCEPT,),
    "order.unpaid": (Kind.PAY,),
    "order.invoice_missed": (Kind.INVOICE,),
    "order.reissue_missed": (Kind.REISSUE,),
    "order.credit_missed": (Kind.CREDIT,),
    "order.delivery_missed": (Kind.DELIVER,),
}


def record_link(order: Order) -> dict[str, str]:
    """R-29: where what the supplier missed is counted, for everybody to see."""
    return {
        "url": f"{reverse('supplier', args=[order.supplier.slug])}#record",
        "url_label": _("已計入供應商的履約紀錄"),
    }


def _counts(owed: Obligation) -> bool:
    return owed.party == SUPPLIER and owed.missed_at is not None


def mark(order: Order, event: Event, owed: Sequence[Deadline]) -> dict[str, str]:
    """What an event says of the deadline that it met or missed; nothing for other events."""
    row = _touched(event, owed)
    if row is None:
        return {}
    day = {"day": last_day_words(row.due_at)}
    if event.type in MISSED_BY:
        return {"rule": _("期限%(day)s，到期沒有完成") % day} | (record_link(order) if _counts(row) else {})
    if row.missed_at is None:
        return {"rule": _("期限%(day)s，如期完成") % day}
    if row.party != SUPPLIER:
        return {"rule": _("期限%(day)s已過") % day}
    return {"rule": _("期限%(day)s，逾期完成") % day} | record_link(order)


def _touched(event: Event, owed: Sequence[Deadline]) -> Obligation | None:
    """The obligation that ended, or was missed, with the event: some kinds are owed more than once."""
    kinds: tuple[str, ...] = MET_BY.get(event.type) or MISSED_BY.get(event.type) or ()
    rows = [each.obligation for each in owed if each.obligation.kind in kinds]
    if event.type == "order.paid":  # as of when the money came
        return next(iter(rows), None)
    return next((row for row in rows if event.at in (row.fulfilled_at, row.missed_at)), None)


def still_owed(order: Order, row: Deadline) -> dict[str, Any]:
    """What an entry of something owed says beyond its deadline: that it is late, and that it counts."""
    owed = row.obligation
    if owed.missed_at is None:
        return {}
    found = {"rule": _("到期沒有完成，仍須辦理")}
    return found | (record_link(order) if _counts(owed) else {})


def lifted(order: Order, owed: Sequence[Deadline]) -> list[dict[str, Any]]:
    """Entries for deadlines that were lifted before they were met: when, and since which day nothing was owed."""
    return [
        {
            "title": words.DEADLINES[row.obligation.kind],
            "state": "todo",
            "when": row.obligation.lifted_at,
            "text": _("原期限%(day)s解除，不必再辦理。") % {"day": last_day_words(row.obligation.due_at)},
            **(record_link(order) if _counts(row.obligation) else {}),
        }
        for row in owed
        if row.obligation.lifted_at and not row.obligation.fulfilled_at
    ]


# As a calendar file


def calendar_file(request: HttpRequest, order: Order, place: Place) -> HttpResponse:
    """The order's deadlines as a calendar file. Imported again, it moves what has moved and takes out what is no longer owed.

    Each deadline keeps its UID; its SEQUENCE grows when it is moved, met or lifted (RFC 5546 §2.1.5).
    """
    now, recorded = clock.now(), queries.timeline(order)
    url, host = request.build_absolute_uri(place.url("", order)), urlsplit(settings.SITE_URL).hostname
    events = [
        icalendar.DayEvent(
            uid=f"obligation-{row.obligation.pk}@{host}",
            day=last_day(row.obligation.due_at),
            summary=f"{words.DEADLINES[row.obligation.kind]}{_('：')}{order.number} {local(order.plan_version, 'name')}",
            description=_("負責：%(who)s，當天 24:00 前完成。") % {"who": _owes(order, row.obligation)},
            url=url,
            sequence=_times_moved(recorded, row.obligation.kind) + _is_closed(row.obligation),
            is_cancelled=_is_closed(row.obligation),
        )
        for row in queries.deadlines(order, at=now)
        if not _is_closed(row.obligation) or row.obligation.due_at > now
    ]
    text = icalendar.calendar_text(
        events, name=_("訂單 %(number)s 的期限") % {"number": order.number}, at=now
    )
    name = _("期限-%(number)s.ics") % {"number": order.number}
    return attachment(text.encode(), icalendar.MEDIA_TYPE, name)


def _owes(order: Order, owed: Obligation) -> str:
    return str(local(order.supplier, "name")) if owed.party == SUPPLIER else order.company.name


def _is_closed(owed: Obligation) -> bool:
    return bool(owed.fulfilled_at or owed.lifted_at)


def _times_moved(recorded: Sequence[Event], kind: str) -> int:
    moves = (event.data["deadlines"] for event in recorded if event.type == "order.deadline_moved")
    return sum(one["kind"] == kind for several in moves for one in several)
