"""Rules of orders, pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from tcloud.core import clock, months, references

REMINDED_DAYS: Final = 30
REMINDED_DAYS_OF_ONE_MONTH: Final = 7  # thirty days before the end of one month is before its beginning

THREAD_OPEN_DAYS: Final = 90  # docs/decisions/0028
LATEST_START_DAYS: Final = 90


def order_number(prefix: str, random_number: int) -> str:
    """R-19: the prefix and ten digits; `random_number` comes from a secure source, so that none follows from another.

    Raises ValueError outside 0 … 9,999,999,999.
    """
    return references.reference(prefix, random_number)


def request_digest(request: Mapping[str, object]) -> str:
    """R-38: what a request asked for, so that the same key with another body is noticed (hex SHA-256)."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def points_allowed(points: int, *, most: int, least: int) -> bool:
    """R-17: a company may use fewer points than it could, at least `least`."""
    return least <= points <= most


def service_ends_at(confirmed_at: datetime, term_months: int) -> datetime:
    """The first moment after the term of a service, which runs from the day it was confirmed (contract, article 2); months as everywhere (R-15)."""
    return months.months_due(confirmed_at, term_months)


def reminder_at(ends_at: datetime, term_months: int, *, time_of_day: time) -> datetime:
    """When the company is told that the term ends: thirty days before its last day (seven for a term of one month), at `time_of_day`."""
    days = REMINDED_DAYS if term_months > 1 else REMINDED_DAYS_OF_ONE_MONTH
    last_day = clock.taipei(ends_at - timedelta(microseconds=1)).date()
    return datetime.combine(last_day - timedelta(days=days), time_of_day, clock.TAIPEI)


def thread_last_day(ended_on: date) -> date:
    """The last day on which the parties can still write on an order that ended on `ended_on`; the day of the end does not count."""
    return ended_on + timedelta(days=THREAD_OPEN_DAYS)


def start_allowed(start: date, *, today: date) -> bool:
    """A day to begin to use the service: from today on, at most LATEST_START_DAYS ahead."""
    return today <= start <= today + timedelta(days=LATEST_START_DAYS)


def seats_allowed(seats: int, *, contract: int | None) -> bool:
    """How many people are to be set up: at least one, never more than the contract's price includes (R-39: no gifts)."""
    return contract is not None and 1 <= seats <= contract


def points_with_refund(held_points: int, cash_left_twd: int, refund_twd: int) -> int:
    """R-17, R-27: the points released with a partial refund: the same share as of the cash, rounded up in the programme's favour.

    So points never come to more than their share of what is then left of the price. Raises ValueError unless 0 < refund < cash left.
    """
    if not 0 < refund_twd < cash_left_twd:
        raise ValueError("a part is more than nothing and less than all")
    return -(-held_points * refund_twd // cash_left_twd)
