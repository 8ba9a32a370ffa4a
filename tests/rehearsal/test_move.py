"""Moving the clock: for everybody at once, never in production, and only when the outside follows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core import clock
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tcloud.rehearsal import queries
from tcloud.rehearsal.models import ClockMove
from tests.conftest import Rehearsal

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 3, 1, 10, tzinfo=TAIPEI)
MOMENT = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def day() -> Any:
    with clock.moved_to(datetime(2026, 11, 28, 10, tzinfo=TAIPEI)):
        yield


def refused(rehearsal: Rehearsal, code: str, to: datetime | None = LATER, **changes: Any) -> None:
    """The move is refused, and neither time nor record nor queue has changed."""
    before = (ClockMove.objects.count(), Event.objects.count(), ProcrastinateJob.objects.count())
    was = clock.now()
    with pytest.raises(Refusal) as refusal:
        rehearsal.move(to, **changes)
    assert refusal.value.code == code
    assert before == (ClockMove.objects.count(), Event.objects.count(), ProcrastinateJob.objects.count())
    assert timedelta(0) <= clock.now() - was < MOMENT


def test_move_shows_the_new_time_and_runs_on(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER, reason=" 看點數到期 ")
    first, second = clock.now(), clock.now()
    assert LATER <= first < second < LATER + MOMENT
    assert clock.real_now() - datetime(2026, 11, 28, 10, tzinfo=TAIPEI) < MOMENT
    (moved,) = ClockMove.objects.all()
    assert (moved.reason, moved.by_user_id, moved.by_name) == ("看點數到期", 1, "王執行")
    assert rehearsal.told == [moved.shift]


def test_move_sets_and_does_not_add(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER)
    earlier = datetime(2026, 10, 1, 9, tzinfo=TAIPEI)
    rehearsal.move(earlier)
    assert timedelta(0) <= clock.now() - earlier < MOMENT
    assert clock.shift() < timedelta(0)


def test_move_back_to_real_time_leaves_no_difference(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER)
    rehearsal.move(None)
    assert clock.shift() == timedelta(0)
    assert rehearsal.told[-1] == timedelta(0)


def test_move_is_recorded_as_an_event_that_nobody_is_written_to(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER, reason="演練")
    event = Event.objects.get(type="clock.moved")
    assert (event.case, event.actor_name) == ("clock", "王執行")
    assert event.data["to"] == LATER.isoformat(timespec="seconds")
    assert not ProcrastinateJob.objects.filter(task_name="tcloud.outbox.deliver").exists()


def test_move_queues_every_periodic_scan_once(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER)
    first = sorted(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert {"tcloud.orders.close_deadlines", "tcloud.points.serve_waiting_list"} <= set(first)
    assert queries.since_latest().scans == len(first)
    rehearsal.move(None)
    assert sorted(ProcrastinateJob.objects.values_list("task_name", flat=True)) == first


@pytest.mark.parametrize("setting", ["DEBUG", "REHEARSAL_CLOCK"])
def test_move_refuses_where_rehearsals_are_not_allowed(
    rehearsal: Rehearsal, settings: Any, setting: str
) -> None:
    setattr(settings, setting, False)
    refused(rehearsal, "rehearsal.not_here")
    assert rehearsal.told == []


def test_move_refuses_who_has_not_seen_the_latest_move(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER)
    told = len(rehearsal.told)
    refused(rehearsal, Stale().code, LATER + timedelta(days=1), seen=0)
    assert len(rehearsal.told) == told


def test_move_refuses_when_the_outside_does_not_follow_and_tells_it_the_old_time(
    rehearsal: Rehearsal,
) -> None:
    rehearsal.move(LATER)
    (before,) = rehearsal.told
    rehearsal.silent = True
    refused(rehearsal, "rehearsal.not_followed", LATER + timedelta(days=1))
    assert rehearsal.told[1] > before
    assert rehearsal.told[2] == before


@pytest.mark.parametrize("years", [6, -6])
def test_move_refuses_what_is_years_away(rehearsal: Rehearsal, years: int) -> None:
    refused(rehearsal, "rehearsal.too_far", LATER.replace(year=2027 + years))
    assert rehearsal.told == []


def test_reading_the_moved_clock_is_one_query(rehearsal: Rehearsal) -> None:
    rehearsal.move(LATER)
    with CaptureQueriesContext(connection) as asked:
        clock.now()
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked, clock.held():
        clock.now()
        clock.now()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("debug", "asked", "follows"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_the_clock_follows_moves_only_where_they_are_allowed(
    rehearsal: Rehearsal, settings: Any, debug: bool, asked: bool, follows: bool
) -> None:
    rehearsal.move(LATER)
    settings.DEBUG, settings.REHEARSAL_CLOCK = debug, asked
    apps.get_app_config("rehearsal").ready()
    assert bool(clock.shift()) is follows
