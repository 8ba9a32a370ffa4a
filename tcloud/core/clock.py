"""The one clock. Read it at the edge (view, command, task), pass the moment inward as `at`.

It can be moved in tests and rehearsals: `with clock.moved_to(moment): …`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))


def now() -> datetime:
    """This moment, aware, in Asia/Taipei."""
    return datetime.now(UTC).astimezone(TAIPEI) + _shift.get()


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


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Within the block, the clock shows `moment` and runs on from there."""
    token = _shift.set(taipei(moment) - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)
