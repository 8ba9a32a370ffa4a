"""Questions about the rehearsal clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core.models import Event
from tcloud.rehearsal.models import ClockMove

CASE = "clock"
WAITING = ("todo", "doing")


def allowed() -> bool:
    """Whether the clock may be moved here at all: asked for in the settings, and never where DEBUG is off."""
    return bool(settings.REHEARSAL_CLOCK and settings.DEBUG)


def shift() -> timedelta:
    """By how much the clock is moved now; one tiny query."""
    newest = ClockMove.objects.order_by("-pk").values_list("shift", flat=True).first()
    return timedelta(0) if newest is None else newest


def moves() -> QuerySet[ClockMove]:
    """Every move, newest first."""
    return ClockMove.objects.order_by("-pk")


def recorded_after(moment: datetime) -> int:
    """How many events lie after `moment`: they stay when the clock is set back to it."""
    return Event.objects.filter(at__gt=moment).count()


@dataclass(frozen=True)
class Since:
    """What happened since the latest move: events newest first, and how many scans it queued still wait or run."""

    events: QuerySet[Event]
    scans: int


def since_latest() -> Since:
    """Everything recorded after the latest move, by whomever; all of it before any move was made."""
    latest = Event.objects.filter(case=CASE).order_by("-pk").values_list("pk", flat=True).first() or 0
    scans = {task for task, _periodic_id in app.periodic_registry.periodic_tasks}
    waiting = ProcrastinateJob.objects.filter(task_name__in=scans, status__in=WAITING)
    return Since(Event.objects.filter(pk__gt=latest).order_by("-pk"), waiting.count())
