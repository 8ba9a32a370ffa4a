"""R-28: when the office calendar changes, open deadlines move: each obligation once a change, as a recorded event.

Nobody acts on a deadline of an older calendar: every act that judges one begins with `current`, which moves the order's own deadlines
first, under the order's lock. `move_deadlines` does the same for all orders, for the people who wait to be told.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from tcloud.core import calendar, events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.workdays import CalendarMissing, Moved, Step, moved
from tcloud.orders.models import OPEN, Obligation, Order
from tcloud.orders.operations.locking import locked
from tcloud.payments import operations as payments

logger = logging.getLogger(__name__)
BATCH: Final = 50


def current(order: Order, *needed: str, at: datetime) -> Order:
    """`locked`, with the order's open deadlines moved by whatever the calendar has seen since. Raises Refusal `calendar.missing`."""
    row = locked(order, *needed)
    steps = calendar.steps(0)
    if steps:
        with calendar.refusing():
            _move(row, _stale(steps).filter(order=row), steps, at=at)
    return row


def move_deadlines(*, at: datetime) -> int:
    """R-28: move every open deadline that follows from an older calendar. Returns how many orders got another deadline.

    In batches, each its own transaction; orders that somebody is just working on are left to that act and to the next run, so that
    two runs at once share the work, and a run that was killed is taken up by the next.
    """
    last = changed = 0
    while batch := _batch(after=last, at=at):
        last, moved_now = batch
        changed += moved_now
    return changed


@transaction.atomic(durable=True)
def _batch(*, after: int, at: datetime) -> tuple[int, int] | None:
    """Move one batch of orders past the id `after`: (the last id, how many got another deadline); None when there is none left."""
    steps = calendar.steps(0)
    if not steps:
        return None
    stale = _stale(steps)
    ids = list(
        stale.filter(order_id__gt=after)
        .order_by("order_id")
        .values_list("order_id", flat=True)
        .distinct()[:BATCH]
    )
    if not ids:
        return None
    rows = Order.objects.select_for_update(skip_locked=True).filter(pk__in=ids).order_by("pk")
    orders = {row.pk: row for row in rows}
    owed: dict[int, list[Obligation]] = defaultdict(list)
    for obligation in stale.filter(order_id__in=orders).order_by("id"):
        owed[obligation.order_id].append(obligation)
    return ids[-1], sum(_moved_one(orders[pk], several, steps, at=at) for pk, several in owed.items())


def _moved_one(order: Order, owed: list[Obligation], steps: Sequence[Step], *, at: datetime) -> bool:
    """One that can't be moved holds up nobody else; nobody acts on its deadlines until they can be."""
    try:
        with transaction.atomic():
            return _move(order, owed, steps, at=at)
    except CalendarMissing as error:
        logger.warning("the deadlines of order %s wait for the calendar of %s", order.pk, error.year)
    except Exception:
        logger.exception("the deadlines of order %s can't be moved", order.pk)
    return False


def _stale(steps: Sequence[Step]) -> QuerySet[Obligation]:
    """Open obligations whose deadline follows from a calendar before the last of `steps`."""
    return Obligation.objects.filter(OPEN, calendar_serial__lt=steps[-1].serial)


def _move(order: Order, owed: Iterable[Obligation], steps: Sequence[Step], *, at: datetime) -> bool:
    """Move open deadlines of a locked order; whether one is another now. Raises CalendarMissing."""
    serial = steps[-1].serial
    results = [
        (
            obligation,
            after_steps(obligation, [step for step in steps if step.serial > obligation.calendar_serial]),
        )
        for obligation in owed
    ]
    told: list[dict[str, str]] = []
    because: dict[int, dict[str, Any]] = {}
    for obligation, result in results:
        if not result.because or not _may_move(order, obligation, result):
            continue
        Obligation.objects.filter(pk=obligation.pk).update(due_at=result.due_at)
        told.append(
            {
                "kind": obligation.kind,
                "old": obligation.due_at.isoformat(),
                "new": result.due_at.isoformat(),
            }
        )
        because |= {step.serial: dict(step.why) for step in result.because}
    up_to_date = [obligation.pk for obligation, _result in results]
    Obligation.objects.filter(pk__in=up_to_date).update(calendar_serial=serial)
    if told:
        events.record(
            "order.deadline_moved", order, case=order.case, by=THE_SYSTEM, at=at,
            deadlines=told, because=[because[number] for number in sorted(because)],
        )  # fmt: skip
    return bool(told)


def _may_move(order: Order, obligation: Obligation, result: Moved) -> bool:
    """The time to pay moves with its charge; it stays over when a payment was already found late by it."""
    if obligation.kind != Obligation.Kind.PAY:
        return True
    return payments.move_expiry(order.number, expires_at=result.due_at)


def after_steps(owed: Obligation, steps: Iterable[Step]) -> Moved:
    """Where an obligation's deadline stands after changes of the calendar (`workdays.moved`). Raises CalendarMissing."""
    return moved(
        owed.due_at,
        begins_at=owed.begins_at,
        working_days=owed.working_days,
        county=owed.county,
        steps=steps,
    )
