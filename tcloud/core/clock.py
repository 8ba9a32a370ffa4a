"""The one clock. Read it at the edge (view, command, task), pass the moment inward as `at`.

A rehearsal moves it for every process (`follow`, tcloud/rehearsal), a test for itself: `with clock.moved_to(moment): …`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
_moved: ContextVar[timedelta] = ContextVar("clock_moved", default=timedelta(0))  # by a test
_held: ContextVar[timedelta | None] = ContextVar("clock_held", default=None)
_read_shift: Callable[[], timedelta] | None = None


def real_now() -> datetime:
    """This moment by the machine's clock, whatever a rehearsal shows; aware, in Asia/Taipei."""
    return datetime.now(UTC).astimezone(TAIPEI) + _moved.get()


def shift() -> timedelta:
    """By how much a rehearsal has moved the clock: positive is ahead of real time; zero where no rehearsal is possible."""
    held = _held.get()
    if held is not None:
        return held
    return _read_shift() if _read_shift else timedelta(0)


def now() -> datetime:
    """This moment, aware, in Asia/Taipei."""
    return real_now() + shift()


def today() -> date:
    """The calendar day in Taipei."""
    return now().date()


def taipei(moment: datetime) -> datetime:
    """`moment` as read on a clock in Taipei. Raises ValueError when it is naive."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(TAIPEI)


def start_of(day: date) -> datetime:
    """00:00 Taipei of `day`."""
    return datetime.combine(day, time.min, TAIPEI)


def end_of(day: date) -> datetime:
    """The first moment after `day` (24:00 Taipei), as half-open intervals store it."""
    return start_of(day + timedelta(days=1))


def is_near(at: datetime, since: datetime, span: timedelta) -> bool:
    """Whether `at` is less than `span` away from `since`, on either side.

    For what holds a short while (codes, challenges, pauses): set back by a rehearsal, a clock must not make it hold for months.
    """
    return abs(at - since) < span


def follow(read_shift: Callable[[], timedelta] | None) -> None:
    """From now on `read_shift` says by how much a rehearsal has moved the clock; None: no rehearsal is possible."""
    global _read_shift
    _read_shift = read_shift


@contextmanager
def held() -> Iterator[None]:
    """Within the block the shift is the one read at its start: one request has one time."""
    token = _held.set(shift())
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Within the block, the clock shows `moment` and runs on from there (and moves with a rehearsal, should one move it then)."""
    token = _moved.set(taipei(moment) - shift() - datetime.now(UTC))
    try:
        yield
    finally:
        _moved.reset(token)
