"""Rules of points, pure: whole points, aware moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tcloud.core import calendar, clock


@dataclass(frozen=True)
class Terms:
    """When a grant must be activated and when it ends: first moments after."""

    activate_before: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Split:
    """What an order costs: points and cash, which add up to the price."""

    points: int
    cash_twd: int


def terms(granted_at: datetime, *, activation_months: int, expiry_months: int) -> Terms:
    """R-15: the life of a grant by the Civil Code, Asia/Taipei."""
    return Terms(
        activate_before=calendar.months_due(granted_at, activation_months),
        expires_at=calendar.months_due(granted_at, expiry_months),
    )


def notice(
    ends_at: datetime, *, days: Sequence[int], time_of_day: time, since: datetime, at: datetime
) -> tuple[int | None, datetime | None]:
    """R-13, R-14: which notice of a deadline is due at `at`, and when to look again.

    A notice of N days falls on the N-th day before the last day of the period, at `time_of_day` in Taipei. Of several that fell due
    from `since` on (the worker was down) only the latest is worth sending. Returns (its days or None, the next moment or None).
    """
    last = clock.taipei(ends_at - timedelta(microseconds=1)).date()
    moments = sorted(
        (datetime.combine(last - timedelta(days=number), time_of_day, clock.TAIPEI), number)
        for number in days
    )
    due = [number for moment, number in moments if since <= moment <= at]
    coming = [moment for moment, _number in moments if moment > at]
    return (due[-1] if due else None), (coming[0] if coming else None)


def split(price_twd: int, balance_points: int, *, numerator: int = 1, denominator: int = 2) -> Split:
    """R-17: the most points an order may use: half its price rounded down, at most the spendable balance; cash is the rest.

    Raises ValueError for a price below NT$1 or a negative balance.
    """
    if price_twd < 1 or balance_points < 0:
        raise ValueError("a price is at least NT$1 and a balance not negative")
    most = min(price_twd * numerator // denominator, balance_points)
    return Split(points=most, cash_twd=price_twd - most)
