"""Deadlines: columns closed by a scan, at the first moment after, once, also when the scan was down for a day (R-22 to R-29)."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from tcloud.adapters.gateway_port import PaymentGateway
from tcloud.core import calendar, events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.transitions import advance
from tcloud.orders import obligations
from tcloud.orders.models import OPEN, Obligation, Order
from tcloud.orders.operations.ending import complete
from tcloud.orders.operations.moving import current, move_deadlines
from tcloud.orders.operations.paying import NO_CALENDAR, QUERY_AGAIN_AFTER, UNPAID, ask_gateway
from tcloud.orders.states import ORDER
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, TransferNotice
from tcloud.payments.rules import MOST_SILENCES
from tcloud.points import operations as points

logger = logging.getLogger(__name__)


def close_deadlines(*, gateway: PaymentGateway, at: datetime, limit: int = 500) -> int:
    """Close every obligation that is overdue at `at`, one transaction each. Returns how many were closed.

    First it moves what a change of the calendar has moved (R-28); what can't be moved yet is not looked at.

    Before an order is called unpaid the gateway is asked; while it is silent the order waits (R-30) and is asked about again after
    `QUERY_AGAIN_AFTER`. Those that wait hold up nobody else, nor does one that can't be closed: that is logged, for people.
    """
    move_deadlines(at=at)
    up_to_date = Obligation.objects.filter(OPEN, calendar_serial__gte=calendar.serial_now())
    overdue = up_to_date.filter(due_at__lte=at).select_related("order").order_by("due_at", "id")
    just_now = {"unanswered_at__gt": at - QUERY_AGAIN_AFTER, "unanswered_at__lt": at + QUERY_AGAIN_AFTER}
    asked_in_vain = Charge.objects.filter(state__in=UNPAID, **just_now)
    to_pay = (
        overdue.filter(kind=Obligation.Kind.PAY)
        .exclude(order__number__in=asked_in_vain.values("order_number"))
        .exclude(order__number__in=_remitted(at).values("order_number"))
    )
    closed = sum(_closed(row, at=at) for row in overdue.exclude(kind=Obligation.Kind.PAY)[:limit])
    silences: Counter[int | None] = Counter()
    for obligation in to_pay[:limit]:
        if _payment_is_settled(obligation.order, gateway, silences, at=at):
            closed += _closed(obligation, at=at)
    return closed


def _remitted(at: datetime) -> QuerySet[TransferNotice]:
    """Where a company said in time that it has remitted, and the supplier may still look."""
    return TransferNotice.objects.filter(answered_at=None, answer_before__gt=at)


def _payment_is_settled(
    order: Order, gateway: PaymentGateway, silences: Counter[int | None], *, at: datetime
) -> bool:
    """Whether the gateway has said of every trade number it was handed that it is paid or not, renewed ones too, and that was acted on.

    One that was silent `MOST_SILENCES` times, of the programme or of one supplier, is not asked again; the others are.
    """
    handed_over = Charge.objects.filter(
        order_number=order.number, state__in=UNPAID, next_query_at__isnull=False
    ).order_by("id")
    for charge in handed_over:
        if silences[charge.account_id] == MOST_SILENCES:
            return False
        verdict = ask_gateway(charge, gateway=gateway, at=at)
        silences[charge.account_id] += verdict == "silent"
        if verdict in ("silent", NO_CALENDAR):
            return False
    return True


def _closed(obligation: Obligation, *, at: datetime) -> bool:
    """Whether it was closed now; a failure is logged and tried again by the next scan."""
    try:
        return _close(obligation, at=at)
    except Exception:
        logger.exception("the %s of order %s can't be closed", obligation.kind, obligation.order_id)
        return False


@transaction.atomic(durable=True)
def _close(obligation: Obligation, *, at: datetime) -> bool:
    """Lock the order, look again by the calendar now in force, act: whoever came first has won."""
    row = current(obligation.order, at=at)
    if obligation.kind == Obligation.Kind.PAY and _remitted(at).filter(order_number=row.number).exists():
        return False  # said at the last moment, while this scan was asking the gateway
    if not Obligation.objects.filter(OPEN, pk=obligation.pk, due_at__lte=at).update(missed_at=at):
        return False
    _CONSEQUENCES[obligation.kind](row, at)
    return True


def _lapse(order: Order, at: datetime) -> None:
    """R-22: the supplier was silent."""
    _end(order, "lapse", at)


def _miss_payment(order: Order, at: datetime) -> None:
    """R-23: the payment window closed: points released, link dead, supplier told."""
    payments.close_charge(order.number, by=THE_SYSTEM, at=at)
    _end(order, "miss_payment", at)


def _end(order: Order, transition: str, at: datetime) -> None:
    event = advance(order, ORDER, transition, by=THE_SYSTEM, at=at, case=order.case, changes={"ended_at": at})
    points.release(order_number=order.number, event=event, at=at)
    obligations.lift_rest(order, at=at)


def _record_missed(kind: str) -> Callable[[Order, datetime], None]:
    def record(order: Order, at: datetime) -> None:
        """R-29: recorded, shown, mailed, and counted in the supplier's record."""
        events.record(f"order.{kind}_missed", order, case=order.case, by=THE_SYSTEM, at=at)

    return record


def _confirm_by_silence(order: Order, at: datetime) -> None:
    """R-26: silence counts as confirmation unless a dispute is open: from the end of the time to confirm, whenever the scan comes."""
    silent = Obligation.objects.get(
        order=order, kind=Obligation.Kind.CONFIRM, fulfilled_at=None, lifted_at=None
    )
    complete(order, transition="confirm", confirmed_at=silent.due_at, by=THE_SYSTEM, at=at)


_CONSEQUENCES: Final[dict[str, Callable[[Order, datetime], None]]] = {
    Obligation.Kind.ACCEPT: _lapse,
    Obligation.Kind.PAY: _miss_payment,
    Obligation.Kind.INVOICE: _record_missed("invoice"),
    Obligation.Kind.DELIVER: _record_missed("delivery"),
    Obligation.Kind.CONFIRM: _confirm_by_silence,
    Obligation.Kind.REISSUE: _record_missed("reissue"),
    Obligation.Kind.CREDIT: _record_missed("credit"),
}


def query_open_charges(*, gateway: PaymentGateway, at: datetime, limit: int = 50) -> int:
    """R-30: ask the gateway about charges whose payer went there and of which nothing was heard. Returns how many are paid now."""
    # a renewed number until it was asked about once after its end: it may have been paid at the last second
    renewed = Q(state="CLOSED", next_query_at__lt=F("expires_at") + QUERY_AGAIN_AFTER)
    wanted = Q(state="CLOSED", asked_until__gt=at)  # by the statement, or an officer
    # further away than any pause: set while a rehearsal was ahead
    when_due = Q(next_query_at__lte=at) | Q(next_query_at__gt=at + 2 * QUERY_AGAIN_AFTER)
    due = Charge.objects.filter(Q(state="OPEN") | renewed | wanted, when_due).order_by("next_query_at")
    paid, silences = 0, Counter[int | None]()
    for charge in due[:limit]:
        if silences[charge.account_id] == MOST_SILENCES:
            continue
        verdict = ask_gateway(charge, gateway=gateway, at=at)
        paid += verdict == "paid"
        silences[charge.account_id] += verdict == "silent"
    return paid
