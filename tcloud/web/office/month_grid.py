"""A year of the office calendar as its page shows it: twelve months of weeks, and the days that are not like others of their weekday."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tcloud.core.deadlines import english, places_words
from tcloud.core.workdays import OfficeCalendar, days_of

SUNDAY_FIRST: Final = (6, 0, 1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Cell:
    """One day: `kind` is work, weekend, holiday, makeup, closed or partly (closed in some counties); `mark` stands under the figure."""

    day: date
    kind: str
    mark: str
    words: str
    today: bool


@dataclass(frozen=True)
class Month:
    """A month: its first day, and its weeks from Sunday, None outside the month."""

    first: date
    weeks: list[list[Cell | None]]


@dataclass(frozen=True)
class Special:
    """A day to be named in the list below the months."""

    day: date
    kind: str
    words: str


def weekdays() -> list[tuple[str, str | Promise]]:
    """The heads of the columns, short and in full: 日 星期日 / Su Sunday."""
    names = [WEEKDAYS[number] for number in SUNDAY_FIRST]
    return [(str(name)[:2] if english() else str(name)[-1], name) for name in names]


def kind_of(calendar: OfficeCalendar, day: date) -> str:
    """What kind of day it is; see Cell. Raises KeyError for a year without data."""
    if day in calendar.years[day.year].off:
        return "weekend" if day.weekday() >= 5 else "holiday"
    if where := calendar.closures.get(day):
        return "closed" if "" in where else "partly"
    return "makeup" if day.weekday() >= 5 else "work"


def words_of(calendar: OfficeCalendar, day: date) -> str:
    """What is to be said of a day: its name in the official calendar, where offices are closed; empty for a day like others."""
    said = {
        "weekend": "",
        "holiday": _("放假"),
        "makeup": _("補行上班"),
        "closed": _("全國停班"),
        "partly": _("%(places)s停班") % {"places": places_words(sorted(calendar.closures.get(day, ())))},
        "work": "",
    }[kind_of(calendar, day)]
    name = calendar.years[day.year].names.get(day, "")
    if name and name != said:
        return _("%(kind)s：%(name)s") % {"kind": said, "name": name} if said else name
    return said


def months(calendar: OfficeCalendar, year: int, *, today: date) -> list[Month]:
    """The twelve months of a year that has data."""
    marks = {"holiday": _("休"), "makeup": _("補"), "closed": _("停"), "partly": _("停")}
    weekend = _("放假")

    def cell(day: date) -> Cell:
        kind = kind_of(calendar, day)
        words = words_of(calendar, day) or (weekend if kind == "weekend" else "")
        return Cell(day, kind, marks.get(kind, ""), words, day == today)

    return [Month(date(year, month, 1), _weeks(year, month, cell)) for month in range(1, 13)]


def _weeks(year: int, month: int, cell: Callable[[date], Cell]) -> list[list[Cell | None]]:
    first = date(year, month, 1)
    start = first - timedelta(days=(first.weekday() + 1) % 7)
    weeks: list[list[Cell | None]] = []
    while start.month == month or start < first:
        days = [start + timedelta(days=n) for n in range(7)]
        weeks.append([cell(day) if day.month == month else None for day in days])
        start += timedelta(days=7)
    return weeks


def specials(calendar: OfficeCalendar, year: int) -> list[Special]:
    """Holidays from Monday to Friday, make-up days and closures, in order."""
    return [
        Special(day, kind, words_of(calendar, day))
        for day in days_of(year)
        if (kind := kind_of(calendar, day)) not in ("work", "weekend")
    ]


def working_days(calendar: OfficeCalendar, year: int) -> int:
    """How many working days the year has where no county is closed."""
    return sum(calendar.is_working_day(day) for day in days_of(year))


def changed(old: OfficeCalendar, new: OfficeCalendar, days: Iterable[date]) -> list[dict[str, object]]:
    """Days that are others in `new`: {day, before, after}."""
    names = {True: _("上班"), False: _("放假")}
    return [
        {
            "day": day,
            "before": names[day not in old.years[day.year].off],
            "after": names[day not in new.years[day.year].off],
        }
        for day in days
    ]
