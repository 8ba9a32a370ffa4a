"""R-35, R-28: what is owed in the expert service and until when. Missing a deadline is recorded, shown and mailed; it harms nobody by itself."""

import logging
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from tcloud.core import calendar, events, workdays
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.counties import NATION, county_of
from tcloud.core.transitions import advance
from tcloud.core.workdays import CalendarMissing
from tcloud.support.models import ExpertRequest
from tcloud.support.queries import experts as queries
from tcloud.support.states import EXPERT_REQUEST

logger = logging.getLogger(__name__)
BATCH: Final = 50
Owed = ExpertRequest.Owed
NOTHING_OWED: Final[dict[str, Any]] = {
    "owed": "",
    "owed_due_at": None,
    "owed_begins_at": None,
    "owed_working_days": None,
    "owed_county": "",
    "owed_calendar_serial": None,
    "owed_missed_at": None,
}


def begin(request: ExpertRequest, owed: str, *, at: datetime) -> dict[str, Any]:
    """The columns of an act owed from `at` on, by the edition's number of working days. Raises Refusal `calendar.missing`.

    Closures count where the one who owes it works: the office's county, the company's; an expert's work is bound to none.
    """
    programme = request.programme
    days, county = {
        Owed.ASSIGN: (programme.expert_assign_working_days, programme.office_county),
        Owed.PROPOSE: (programme.expert_propose_working_days, NATION),
        Owed.ANSWER: (programme.expert_answer_working_days, county_of(request.company.address)),
        Owed.VISIT: (programme.expert_report_working_days, NATION),
        Owed.REPORT: (programme.expert_report_working_days, NATION),
        Owed.CLOSE: (programme.expert_close_working_days, county_of(request.company.address)),
    }[Owed(owed)]
    due, serial = calendar.due(at, days, county)
    return {
        "owed": owed,
        "owed_due_at": due.at,
        "owed_begins_at": at,
        "owed_working_days": days,
        "owed_county": county,
        "owed_calendar_serial": serial,
        "owed_missed_at": None,
    }


def due_now(*, at: datetime) -> QuerySet[ExpertRequest]:
    """Whose deadline has passed and was not noted so far."""
    return ExpertRequest.objects.filter(~Q(owed=""), owed_missed_at=None, owed_due_at__lte=at)


def note_missed(*, at: datetime) -> int:
    """Deadlines that passed: each recorded once, and who owes it is written to; a report nobody spoke about is closed.

    In batches, each its own transaction; what somebody is just working on, or waits for a calendar, is left to the next run. Returns
    how many were noted.
    """
    last = noted = 0
    while batch := _missed_batch(after=last, at=at):
        last, now = batch
        noted += now
    return noted


@transaction.atomic(durable=True)
def _missed_batch(*, after: int, at: datetime) -> tuple[int, int] | None:
    rows = due_now(at=at).filter(pk__gt=after).select_for_update(skip_locked=True, of=("self",))
    batch = list(rows.select_related("programme", "company").order_by("pk")[:BATCH])
    if not batch:
        return None
    return batch[-1].pk, sum(_note_one(request, at=at) for request in batch)


def _note_one(request: ExpertRequest, *, at: datetime) -> bool:
    try:
        _move(request, at=at)
    except CalendarMissing as error:
        logger.warning("expert request %s waits for the calendar of %s", request.pk, error.year)
        return False
    if not request.is_late(at) or request.owed_due_at is None:
        return False
    if request.owed == Owed.CLOSE:
        changes = NOTHING_OWED | {"ended_at": at}
        advance(request, EXPERT_REQUEST, "close", by=THE_SYSTEM, at=at, case=request.case, changes=changes)
        return True
    ExpertRequest.objects.filter(pk=request.pk).update(owed_missed_at=at)
    due = request.owed_due_at.isoformat()
    events.record(
        "expert.deadline_missed", request, case=request.case, by=THE_SYSTEM, at=at, owed=request.owed, due_at=due
    )  # fmt: skip
    return True


@transaction.atomic(durable=True)
def send_reminders(*, at: datetime) -> int:
    """One batch of agreed visits whose reminder is due: an event each, by which both sides are written to. Returns how many."""
    rows = ExpertRequest.objects.select_for_update(skip_locked=True).filter(remind_at__lte=at)
    batch = list(rows.order_by("remind_at")[:BATCH])
    ExpertRequest.objects.filter(pk__in=[row.pk for row in batch]).update(remind_at=None)
    for request in batch:
        events.record("expert.visit_reminded", request, case=request.case, by=THE_SYSTEM, at=at)
    return len(batch)


@transaction.atomic(durable=True)
def move_deadlines(*, at: datetime) -> int:
    """R-28: move every open deadline that follows from an older calendar. Returns how many are another now."""
    stale = ExpertRequest.objects.filter(
        ~Q(owed=""), owed_missed_at=None, owed_calendar_serial__lt=calendar.serial_now()
    )
    moved = 0
    for request in stale.select_for_update(skip_locked=True, of=("self",)).order_by("pk"):
        try:
            moved += _move(request, at=at)
        except CalendarMissing as error:
            logger.warning("expert request %s waits for the calendar of %s", request.pk, error.year)
    return moved


def _move(request: ExpertRequest, *, at: datetime) -> bool:
    due_at = request.owed_due_at
    steps = calendar.steps(request.owed_calendar_serial or 0)
    if due_at is None or not steps:
        return False
    result = workdays.moved(**queries.length(request), steps=steps)
    request.owed_due_at, request.owed_calendar_serial = result.due_at, steps[-1].serial
    request.save(update_fields=["owed_due_at", "owed_calendar_serial"])
    if result.because:
        events.record(
            "expert.deadline_moved", request, case=request.case, by=THE_SYSTEM, at=at, announce=False,
            owed=request.owed, old=due_at.isoformat(), new=result.due_at.isoformat(),
            because=[dict(step.why) for step in result.because],
        )  # fmt: skip
    return bool(result.because)
