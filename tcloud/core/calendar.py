"""The office calendar in force (R-28): the shipped years, overlaid by the changes that were recorded (`CalendarChange`).

A process keeps the calendar it has read and looks, by one small query, whether another change was recorded since: what sets or judges a
deadline always looks (`in_force`, `due`, `steps`), what only shows one looks once a request (`shown`). So several web processes and
workers agree without restart (docs/decisions/0013-office-calendar.md).
"""

import csv
import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tcloud.core.models import CalendarChange
from tcloud.core.refusals import Refusal
from tcloud.core.workdays import CalendarMissing, Due, OfficeCalendar, Step, Year

_FILE: Final = Path(__file__).parent / "data" / "office_calendar.csv"
_BEGINNING: Final = datetime(1912, 1, 1, tzinfo=UTC)


class YearMissing(Refusal):
    """R-28: the act needs a deadline in a year that has no official calendar; an officer must import it first."""

    def __init__(self, year: int) -> None:
        super().__init__(
            "calendar.missing",
            _(
                "%(year)s年的政府行政機關辦公日曆還沒有匯入，無法計算期限，所以這個動作暫時不能完成。承辦人員匯入後就能繼續，請稍後再試。"
            ),
            year=year,
        )


@contextmanager
def refusing() -> Iterator[None]:
    """Within the block, a year without data is a refusal that people can read."""
    try:
        yield
    except CalendarMissing as error:
        raise YearMissing(error.year) from error


@functools.cache
def shipped() -> OfficeCalendar:
    """The calendar of the package alone, without the database."""
    off: dict[int, set[date]] = {}
    names: dict[int, dict[date, str]] = {}
    with _FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            days = off.setdefault(day.year, set())
            if row["is_day_off"] == "1":
                days.add(day)
            if row["name"]:
                names.setdefault(day.year, {})[day] = row["name"]
    return OfficeCalendar({year: Year(frozenset(days), names.get(year, {})) for year, days in off.items()})


_kept: tuple[Step, ...] = ()


def _read() -> tuple[Step, ...]:
    """Every step of the calendar, the shipped one first, as the database has it now."""
    global _kept
    serial = serial_now()
    kept = _kept
    if not kept or kept[-1].serial != serial:
        kept = (Step(0, _BEGINNING, shipped()),)
        for change in CalendarChange.objects.select_related("revokes").filter(id__lte=serial).order_by("id"):
            kept = (*kept, Step(change.pk, change.at, after(kept[-1].calendar, change), why(change)))
        _kept = kept
    return kept


def serial_now() -> int:
    """The number of the latest change that was recorded; 0 when there is none."""
    with connection.cursor() as cursor:  # by each act that has a deadline
        cursor.execute("SELECT coalesce(max(id), 0) FROM core_calendarchange")
        (serial,) = cursor.fetchone()
    return int(serial)


def after(calendar: OfficeCalendar, change: CalendarChange) -> OfficeCalendar:
    """`calendar` with a change; the change need not have been saved (to see what it would do)."""
    serial = change.pk or calendar.serial
    if change.year is not None:
        return calendar.with_year(
            change.year, Year.from_codes(change.year, change.days, change.names), serial=serial
        )
    closure = change.revokes or change
    if closure.date is None:
        raise ValueError(f"calendar change {serial} closes no day")
    act = calendar.without_closure if change.revokes else calendar.with_closure
    return act(closure.date, closure.county, serial=serial)


def why(change: CalendarChange) -> dict[str, Any]:
    """What a change was, as JSON for the events of what it moved."""
    closure = change.revokes or change
    return {
        "serial": change.pk,
        "kind": change.kind,
        "year": change.year,
        "date": closure.date.isoformat() if closure.date else None,
        "county": closure.county,
        "reason": closure.reason,
    }


def in_force() -> OfficeCalendar:
    """The calendar in force now; looks at the database."""
    return _read()[-1].calendar


def in_force_or_shipped() -> tuple[OfficeCalendar, str]:
    """For the operator: the calendar in force and "database"; where no migrated database is at hand, what ships and "shipped"."""
    directory = settings.DATABASES["default"].get("DATA_DIRECTORY")
    if directory and not Path(directory).exists():  # looking would make the embedded server begin a database
        return shipped(), "shipped"
    try:
        return in_force(), "database"
    except Exception:  # whatever keeps the database away, the shipped calendar can be told
        return shipped(), "shipped"


def steps(since: int) -> tuple[Step, ...]:
    """Every change after the serial `since`, oldest first; looks at the database."""
    return tuple(step for step in _read() if step.serial > since)


def would_be(changes: Iterable[CalendarChange]) -> tuple[Step, ...]:
    """The steps that `changes`, not saved, would be: to see what they would do."""
    last = _read()[-1]
    found: list[Step] = []
    for change in changes:
        made = replace(after(last.calendar, change), serial=last.serial + 1)
        last = Step(made.serial, change.at, made, why(change))
        found.append(last)
    return tuple(found)


def due(event: datetime | date, working_days: int, county: str = "") -> tuple[Due, int]:
    """R-28: the deadline `working_days` after the day of `event`, and the serial of the calendar it follows from.

    Raises YearMissing, ValueError when `working_days` < 1.
    """
    calendar = in_force()
    with refusing():
        return calendar.due(event, working_days, county), calendar.serial


_look: ContextVar[list[OfficeCalendar] | None] = ContextVar("calendar_look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Within the block (a request), `shown` asks the database once at most."""
    token = _look.set([])
    try:
        yield
    finally:
        _look.reset(token)


def shown() -> OfficeCalendar:
    """The calendar for what only shows deadlines; within `one_look` as it was at the first asking."""
    look = _look.get()
    if look is None:
        return in_force()
    if not look:
        look.append(in_force())
    return look[0]
