"""Review deadlines of applications (R-07), which the programme office owes: its county's closures count (R-28)."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tcloud.core import calendar, events, workdays
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.workdays import CalendarMissing, Impact, Moved, Step
from tcloud.eligibility.models import Application
from tcloud.programme.models import Programme

logger = logging.getLogger(__name__)


def begin(programme: Programme, *, at: datetime) -> dict[str, object]:
    """The columns of a review that begins at `at`: the edition's number of working days (R-07). Raises Refusal `calendar.missing`."""
    days = programme.review_working_days
    due, serial = calendar.due(at, days, programme.office_county)
    return {
        "review_begins_at": at,
        "review_working_days": days,
        "review_due_at": due.at,
        "review_calendar_serial": serial,
    }


def stale() -> QuerySet[Application]:
    """Applications under review whose deadline follows from an older calendar."""
    return Application.objects.filter(state="IN_REVIEW", review_calendar_serial__lt=calendar.serial_now())


def passed(application: Application, *, at: datetime) -> bool:
    """R-07, R-28: whether the review deadline of a locked application is over, by the calendar now in force.

    While that can't be told because a year has no calendar, it is not.
    """
    try:
        _move(application, at=at)
    except CalendarMissing:
        return False
    return application.review_due_at is not None and at >= application.review_due_at


def move(application: Application, *, at: datetime) -> bool:
    """R-28: move the deadline of a locked application by what the calendar has seen since; whether it is another now."""
    try:
        return _move(application, at=at)
    except CalendarMissing as error:
        logger.warning(
            "the review of application %s waits for the calendar of %s", application.pk, error.year
        )
        return False


def _move(application: Application, *, at: datetime) -> bool:
    due_at = application.review_due_at
    steps = calendar.steps(application.review_calendar_serial or 0)
    if due_at is None or not steps:
        return False
    result = after_steps(application, steps)
    application.review_due_at, application.review_calendar_serial = result.due_at, steps[-1].serial
    application.save(update_fields=["review_due_at", "review_calendar_serial"])
    if result.because:
        events.record(
            "application.deadline_moved", application, case=application.case, by=THE_SYSTEM, at=at, announce=False,
            old=due_at.isoformat(), new=result.due_at.isoformat(), because=[dict(step.why) for step in result.because],
        )  # fmt: skip
    return bool(result.because)


def after_steps(application: Application, steps: Iterable[Step]) -> Moved:
    """Where the review deadline stands after changes of the calendar (`workdays.moved`). Raises CalendarMissing."""
    return workdays.moved(**_length(application), steps=steps)


def impact(
    application: Application, before: Sequence[Step], change: Sequence[Step], *, at: datetime
) -> Impact:
    """What `change` would do to the review deadline, after the changes `before` it that it has not seen yet."""
    length = _length(application)
    return workdays.impact(**length, over=length["due_at"] <= at, before=before, change=change)


def _length(application: Application) -> dict[str, Any]:
    """What the review deadline follows from; closures count where the programme office is."""
    return {
        "due_at": application.review_due_at,
        "begins_at": application.review_begins_at,
        "working_days": application.review_working_days,
        "county": application.programme.office_county,
    }
