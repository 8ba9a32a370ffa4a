"""Answers that are overdue, addresses never confirmed, and deadlines that the office calendar moves (R-28, R-34)."""

import logging
from datetime import datetime
from typing import Final

from django.db import transaction

from tcloud.core import calendar, clock, events, scans, workdays
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.transitions import advance
from tcloud.core.workdays import CalendarMissing, last_day
from tcloud.support.models import Ticket
from tcloud.support.queries import tickets
from tcloud.support.rules import tickets as rules
from tcloud.support.states import TICKET

logger = logging.getLogger(__name__)
BATCH: Final = 50


def flag_late(*, at: datetime) -> int:
    """R-34: note every answer that is overdue at `at`, once, and tell the agents. Returns how many."""
    return scans.run(
        "tickets.late", lambda: _late_batch(at=at), due=tickets.late_without_notice(at).count, at=at
    )


@transaction.atomic(durable=True)
def _late_batch(*, at: datetime) -> int:
    rows = tickets.late_without_notice(at).select_for_update(skip_locked=True).order_by("answer_due_at", "id")
    done = 0
    for row in rows[:BATCH]:
        done += 1
        if _move(row, at=at) and row.answer_due_at and row.answer_due_at > at:
            continue  # a closure has given it more time
        Ticket.objects.filter(pk=row.pk).update(late_at=at)
        events.record(
            "ticket.late", row, case=row.case, by=THE_SYSTEM, at=at,
            due_at=row.answer_due_at.isoformat() if row.answer_due_at else "",
        )  # fmt: skip
    return done


def lapse_unconfirmed(*, at: datetime) -> int:
    """Let go of visitors' tickets whose address was not confirmed in time. Returns how many."""
    return scans.run(
        "tickets.lapse", lambda: _lapse_batch(at=at), due=tickets.never_confirmed(at).count, at=at
    )


@transaction.atomic(durable=True)
def _lapse_batch(*, at: datetime) -> int:
    rows = list(tickets.never_confirmed(at).select_for_update(skip_locked=True).order_by("id")[:BATCH])
    changes = {"erase_due_at": rules.kept_until(at, rules.UNANSWERABLE_DAYS)}
    for row in rows:
        advance(row, TICKET, "lapse", by=THE_SYSTEM, at=at, case=row.case, changes=changes, announce=False)
    return len(rows)


def move_deadlines(*, at: datetime) -> int:
    """R-28: move every answer that is owed and follows from an older calendar. Returns how many are due at another time now."""
    moved = last = 0
    while batch := _move_batch(after=last, at=at):
        last, changed = batch
        moved += changed
    return moved


@transaction.atomic(durable=True)
def _move_batch(*, after: int, at: datetime) -> tuple[int, int] | None:
    stale = Ticket.objects.filter(
        state=Ticket.State.OPEN, calendar_serial__lt=calendar.serial_now(), pk__gt=after
    )
    rows = list(stale.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
    if not rows:
        return None
    return rows[-1].pk, sum(_move(row, at=at) for row in rows)


def _move(row: Ticket, *, at: datetime) -> bool:
    """Move the deadline of a locked ticket by what the calendar has seen since; whether it is another now.

    The working days are counted to the end of a day; the hour of the promise stays what it was.
    """
    steps = calendar.steps(row.calendar_serial or 0)
    if row.answer_due_at is None or row.begins_at is None or not steps:
        return False
    old = row.answer_due_at
    try:
        result = workdays.moved(
            clock.end_of(last_day(old)),
            begins_at=row.begins_at,
            working_days=row.working_days or 1,
            county=row.county,
            steps=[step for step in steps if old > step.at],
        )
    except CalendarMissing as error:
        logger.warning("the answer to ticket %s waits for the calendar of %s", row.reference, error.year)
        return False
    row.calendar_serial = steps[-1].serial
    row.answer_due_at = rules.answer_due(last_day(result.due_at), clock.taipei(old).time())
    Ticket.objects.filter(pk=row.pk).update(
        calendar_serial=row.calendar_serial, answer_due_at=row.answer_due_at
    )
    if row.answer_due_at != old:
        events.record(
            "ticket.deadline_moved", row, case=row.case, by=THE_SYSTEM, at=at, announce=False,
            old=old.isoformat(), new=row.answer_due_at.isoformat(), because=[dict(step.why) for step in result.because],
        )  # fmt: skip
    return row.answer_due_at != old
