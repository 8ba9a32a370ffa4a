"""Working days by the government office calendar, and months by the Civil Code (R-15, R-28).

The calendar is data (行政機關辦公日曆表 of the Directorate-General of Personnel Administration, with its make-up Saturdays), one row a
day. A year that is not there is an error, never a guess.
"""

import csv
import functools
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tcloud.core import clock

_FILE = Path(__file__).parent / "data" / "office_calendar.csv"


class CalendarMissing(LookupError):
    """No official calendar for that year has been loaded (R-28)."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} 年的政府機關辦公日曆尚未匯入，無法計算工作天。")
        self.year = year


@dataclass(frozen=True)
class Due:
    """A deadline: the last `day` on which the act is in time, and `at`, the first moment after it."""

    day: date
    at: datetime


@functools.cache
def _days() -> tuple[frozenset[date], frozenset[int]]:
    """(working days, years with data) of the official calendar."""
    working, years = set(), set()
    with _FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            years.add(day.year)
            if row["is_day_off"] == "0":
                working.add(day)
    return frozenset(working), frozenset(years)


def is_working_day(day: date) -> bool:
    """R-28: whether government offices work on `day`. Raises CalendarMissing."""
    working, years = _days()
    if day.year not in years:
        raise CalendarMissing(day.year)
    return day in working


def due(after: datetime | date, working_days: int) -> Due:
    """R-28: the end (24:00 Taipei) of the N-th working day after the day of the event.

    The day of the event does not count, whatever its hour. Raises CalendarMissing, ValueError when `working_days` < 1.
    """
    if working_days < 1:
        raise ValueError("at least one working day")
    day = clock.taipei(after).date() if isinstance(after, datetime) else after
    left = working_days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return Due(day, clock.end_of(day))


def working_days_left(at: datetime, due_at: datetime) -> int:
    """剩 N 個工作天: working days from the day after `at` to the deadline's last day; 0 on that day, negative never.

    `due_at` is the first moment after the deadline. Raises CalendarMissing.
    """
    day, last = clock.taipei(at).date(), (clock.taipei(due_at) - timedelta(microseconds=1)).date()
    left = 0
    while day < last:
        day += timedelta(days=1)
        left += is_working_day(day)
    return left


def months_end(day: date, months: int) -> date:
    """R-15: the last day of a period of `months` months from `day` (Civil Code §§120-121).

    The first day does not count. The period ends the day before the day that corresponds to the next day; where the next day is
    the first of a month that is the end of the last month; without a corresponding day, the end of that month.
    """
    first = day + timedelta(days=1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    month += 1
    if first.day > monthrange(year, month)[1]:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, first.day) - timedelta(days=1)


def months_due(moment: datetime, months: int) -> datetime:
    """R-15: the first moment after a period of `months` months that began with `moment`, Taipei."""
    return clock.end_of(months_end(clock.taipei(moment).date(), months))
