"""R-34: when text support is staffed: the same hours every day, Taipei, except closures announced. Spans are half-open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from tcloud.core.clock import TAIPEI, taipei

LOOK_AHEAD_DAYS: Final = 60


@dataclass(frozen=True)
class Hours:
    """From `opens` to `closes` of every day, both on a clock in Taipei; at `closes` nobody is there any more."""

    opens: time
    closes: time


@dataclass(frozen=True)
class Closed:
    """Nobody is there from `begins_at` on until just before `ends_at`."""

    begins_at: datetime
    ends_at: datetime


def is_staffed(hours: Hours, closures: Iterable[Closed], at: datetime) -> bool:
    """R-34: whether somebody is there at `at`."""
    inside = hours.opens <= taipei(at).time() < hours.closes
    return inside and not any(each.begins_at <= at < each.ends_at for each in closures)


def opens_next(hours: Hours, closures: Iterable[Closed], at: datetime) -> datetime | None:
    """R-34: the first moment from `at` on at which somebody is there (`at` itself while staffed), in Taipei.

    None when that is more than LOOK_AHEAD_DAYS away.
    """
    known = sorted(closures, key=lambda each: each.begins_at)
    today = taipei(at).date()
    for days in range(LOOK_AHEAD_DAYS + 1):
        day = today + timedelta(days=days)
        found = max(datetime.combine(day, hours.opens, TAIPEI), taipei(at))
        for each in known:
            if each.begins_at <= found < each.ends_at:
                found = taipei(each.ends_at)
        if found < datetime.combine(day, hours.closes, TAIPEI):
            return found
    return None


def closes_next(hours: Hours, closures: Iterable[Closed], at: datetime) -> datetime:
    """The moment after `at` from which nobody is there, for an `at` that is staffed: closing time, or a closure before it."""
    end = datetime.combine(taipei(at).date(), hours.closes, TAIPEI)
    return min([end, *(taipei(each.begins_at) for each in closures if at < each.begins_at < end)])
