"""Working days by the government office calendar (R-28), pure: a calendar is a value, made by `tcloud.core.calendar`.

行政機關辦公日曆表 of the Directorate-General of Personnel Administration with its make-up Saturdays, and the closures (停班) that were
announced. A year that is not there is an error, never a guess.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from tcloud.core import clock

ALARM_DAYS: Final = 60  # before the first day that has no calendar
DAY_OFF: Final = "2"  # 是否放假 as the official file writes it
WORKING: Final = "0"


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


@dataclass(frozen=True)
class Year:
    """One official year: the days off, and what the official file says beside a day (備註)."""

    off: frozenset[date]
    names: Mapping[date, str] = field(default_factory=dict)

    @classmethod
    def from_codes(cls, year: int, codes: str, names: Mapping[str, str]) -> "Year":
        """From one official code a day (0 working, 2 off) and names by ISO date."""
        off = frozenset(day for day, code in zip(days_of(year), codes, strict=True) if code == DAY_OFF)
        return cls(off, {date.fromisoformat(day): name for day, name in names.items()})

    def codes(self, year: int) -> str:
        """The way back: one official code a day."""
        return "".join(DAY_OFF if day in self.off else WORKING for day in days_of(year))


def days_of(year: int) -> list[date]:
    """Every day of a year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@dataclass(frozen=True)
class OfficeCalendar:
    """The calendar in force after the change `serial` (0: as shipped). `closures` says for a day where offices are closed, "" everywhere."""

    years: Mapping[int, Year]
    closures: Mapping[date, frozenset[str]] = field(default_factory=dict)
    serial: int = 0

    def is_working_day(self, day: date, county: str = "") -> bool:
        """R-28: whether offices work on `day`; in `county`, or for a party whose county is not known (""). Raises CalendarMissing."""
        year = self.years.get(day.year)
        if year is None:
            raise CalendarMissing(day.year)
        return day not in year.off and not self.is_closed(day, county)

    def is_closed(self, day: date, county: str = "") -> bool:
        """Whether a closure was announced for `day` in the whole nation, or in `county`."""
        where = self.closures.get(day, frozenset())
        return "" in where or county in where

    def due(self, after: datetime | date, working_days: int, county: str = "") -> Due:
        """R-28: the end (24:00 Taipei) of the N-th working day after the day of the event, in `county`.

        The day of the event does not count, whatever its hour. Raises CalendarMissing, ValueError when `working_days` < 1.
        """
        if working_days < 1:
            raise ValueError("at least one working day")
        day = clock.taipei(after).date() if isinstance(after, datetime) else after
        left = working_days
        while left:
            day += timedelta(days=1)
            left -= self.is_working_day(day, county)
        return Due(day, clock.end_of(day))

    def working_days_left(self, at: datetime, due_at: datetime, county: str = "") -> int:
        """剩 N 個工作天: working days from the day after `at` to the deadline's last day; 0 on that day, negative never.

        `due_at` is the first moment after the deadline. Raises CalendarMissing.
        """
        day, last = clock.taipei(at).date(), last_day(due_at)
        left = 0
        while day < last:
            day += timedelta(days=1)
            left += self.is_working_day(day, county)
        return left

    def ends_in(self, today: date) -> tuple[int, int]:
        """The first year from today's on that has no data, and how many days from `today` until it begins (negative: begun)."""
        year = today.year
        while year in self.years:
            year += 1
        return year, (date(year, 1, 1) - today).days

    def runs_out(self, today: date) -> int | None:
        """R-28: the year that must be imported now, because it begins within ALARM_DAYS days; None when there is time."""
        year, days = self.ends_in(today)
        return year if days <= ALARM_DAYS else None

    def changed_days(self, other: "OfficeCalendar") -> list[date]:
        """Days that are working days somewhere in one of the two calendars and not in the other, among the years both have."""
        apart: set[date] = set()
        for year in self.years.keys() & other.years.keys():
            apart |= self.years[year].off ^ other.years[year].off
        for day in self.closures.keys() | other.closures.keys():
            if self.closures.get(day, frozenset()) != other.closures.get(day, frozenset()):
                apart.add(day)
        return sorted(apart)

    def with_year(self, year: int, data: Year, *, serial: int) -> "OfficeCalendar":
        """This calendar with one year put in or replaced; closures stay."""
        return replace(self, years={**self.years, year: data}, serial=serial)

    def with_closure(self, day: date, county: str, *, serial: int) -> "OfficeCalendar":
        """This calendar with a closure more."""
        where = self.closures.get(day, frozenset()) | {county}
        return replace(self, closures={**self.closures, day: where}, serial=serial)

    def without_closure(self, day: date, county: str, *, serial: int) -> "OfficeCalendar":
        """This calendar with a closure less."""
        where = self.closures.get(day, frozenset()) - {county}
        rest = {other: there for other, there in self.closures.items() if other != day}
        return replace(self, closures=rest | ({day: where} if where else {}), serial=serial)


def last_day(due_at: datetime) -> date:
    """The last day, in Taipei, of a period whose first moment after is `due_at`."""
    return (clock.taipei(due_at) - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class Step:
    """One change of the calendar: when it was recorded, the calendar after it, and what it was (`why`, JSON values)."""

    serial: int
    at: datetime
    calendar: OfficeCalendar
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved:
    """Where a deadline stands after some changes of the calendar: its first moment after, and the changes that moved it."""

    due_at: datetime
    because: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Impact:
    """What a change of the calendar would do: how many open deadlines move, and how many that had passed before it are not reopened."""

    moving: int = 0
    passed: int = 0

    def __add__(self, other: "Impact") -> "Impact":
        return Impact(self.moving + other.moving, self.passed + other.passed)


def impact(
    due_at: datetime,
    *,
    begins_at: datetime,
    working_days: int,
    county: str,
    over: bool,
    before: Sequence[Step],
    change: Sequence[Step],
    count: int = 1,
) -> Impact:
    """What `change` would do to `count` deadlines like this one, after the changes `before` it that they have not seen yet.

    `over`: they had passed before the change.
    """

    def after(steps: Sequence[Step]) -> datetime | None:
        try:
            return moved(
                due_at, begins_at=begins_at, working_days=working_days, county=county, steps=steps
            ).due_at
        except CalendarMissing:  # beyond the last day that is known
            return None

    if not over:
        return Impact(moving=count if after(before) != after([*before, *change]) else 0)
    try:
        reached = change[-1].calendar.due(begins_at, working_days, county).at > due_at
    except CalendarMissing:
        reached = True
    return Impact(passed=count if reached else 0)


def moved(
    due_at: datetime, *, begins_at: datetime, working_days: int, county: str, steps: Iterable[Step]
) -> Moved:
    """R-28: a deadline of `working_days` after `begins_at`, which stood at `due_at`, after the changes `steps`, one after the other.

    - A deadline that had passed when a change was recorded is not reopened by it.
    - A change that brings a deadline forward (a closure revoked, a year corrected), or tells it for the first time, leaves one full
      working day after the day on which it was recorded; brought forward it is never later than it was.
    - While the change needs a year that has no data, the deadline lies beyond all known days: not passed. Raises CalendarMissing when
      that is still so at the end.
    """
    stands: datetime | None = due_at
    because: list[Step] = []
    missing: CalendarMissing | None = None
    for step in steps:
        if stands is not None and stands <= step.at:
            break
        try:
            new = step.calendar.due(begins_at, working_days, county).at
            if stands is None or new < stands:
                earliest = step.calendar.due(step.at, 1, county).at
                new = max(new, earliest if stands is None else min(stands, earliest))
        except CalendarMissing as error:
            stands, missing = None, error
            because.append(step)
            continue
        if new != stands:
            because.append(step)
            stands = new
    if stands is None:
        raise missing or CalendarMissing(due_at.year)
    return Moved(stands, tuple(because) if stands != due_at else ())
