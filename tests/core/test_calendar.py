"""The office calendar in force: what ships, overlaid by what was recorded, the same in every process (R-28)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import holidays
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tcloud.core import calendar, operations
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.clock import TAIPEI
from tcloud.core.refusals import Refusal
from tcloud.core.workdays import OfficeCalendar, Year
from tests.factories import NOW

MONDAY, TUESDAY, WEDNESDAY = (date(2027, 1, day) for day in (11, 12, 13))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def close(day: date, county: str = "") -> None:
    operations.declare_closure(
        day,
        [county],
        reason="颱風",
        authority="測試機關",
        drawn_from=calendar.serial_now(),
        by=THE_SYSTEM,
        at=NOW,
    )


@pytest.mark.rule("R-28")
def test_every_day_agrees_with_an_independent_calendar() -> None:
    other = holidays.country_holidays("TW", years=range(2024, 2028))
    day, apart = date(2024, 1, 1), []
    while day.year < 2028:
        if calendar.shipped().is_working_day(day) != other.is_working_day(day):
            apart.append(day)
        day += timedelta(days=1)
    assert apart == []


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("now", "county", "left"),
    [
        ("2027-02-03T23:59", "", 2),
        ("2027-02-08T12:00", "", 2),
        ("2027-02-11T00:00", "", 1),
        ("2027-02-12T00:00", "", 0),
        ("2027-02-12T23:59", "", 0),
        ("2027-02-20T00:00", "", 0),
        ("2027-02-03T23:59", "臺北市", 1),
        ("2027-02-03T23:59", "高雄市", 2),
    ],
)
def test_working_days_left_counts_down_to_the_last_day(now: str, county: str, left: int) -> None:
    made = calendar.shipped().with_closure(date(2027, 2, 11), "臺北市", serial=1)
    assert made.working_days_left(at(now), at("2027-02-13T00:00"), county) == left


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("today", "year"),
    [
        ("2027-11-01", None),
        ("2027-11-02", 2028),
        ("2027-12-31", 2028),
        ("2028-01-05", 2028),
        ("2026-12-31", None),
    ],
)
def test_runs_out_is_said_sixty_days_ahead_and_from_then_on(today: str, year: int | None) -> None:
    assert calendar.shipped().runs_out(date.fromisoformat(today)) == year


@pytest.mark.rule("R-28")
@pytest.mark.django_db
def test_due_in_a_year_without_calendar_is_a_refusal_that_names_it() -> None:
    with pytest.raises(Refusal) as refused:
        calendar.due(at("2027-12-30T10:00"), 1)
    assert refused.value.code == "calendar.missing"
    assert "2028年" in refused.value.text()


@pytest.mark.django_db
def test_in_force_forgets_what_was_rolled_back() -> None:
    (change,) = operations.closures(TUESDAY, [""], reason="颱風", authority="測試機關", by=THE_SYSTEM, at=NOW)
    with transaction.atomic():
        change.save()
        assert not calendar.in_force().is_working_day(TUESDAY)
        transaction.set_rollback(True)
    assert calendar.in_force() == calendar.shipped()


@pytest.mark.rule("R-28")
@pytest.mark.concurrency
@pytest.mark.xdist_group("concurrency")
@pytest.mark.django_db(transaction=True)
def test_in_force_is_the_same_in_every_connection_at_once(at_once: Callable[..., list[Any]]) -> None:
    """As in another web process or worker: what it has kept is out of date, and it sees that."""
    assert at_once(lambda: calendar.due(MONDAY, 1)[0].day) == [TUESDAY]
    kept = calendar._kept
    close(TUESDAY)
    calendar._kept = kept  # what another process still holds
    assert at_once(lambda: calendar.due(MONDAY, 1)[0].day) == [WEDNESDAY]


@pytest.mark.django_db
def test_shown_looks_once_a_request_and_in_force_each_time() -> None:
    close(TUESDAY)
    calendar.in_force()
    with CaptureQueriesContext(connection) as queries, calendar.one_look():
        first = calendar.shown()
        close_later = [calendar.shown() for _ in range(5)]
    assert len(queries) == 1
    assert all(later is first for later in close_later)
    with CaptureQueriesContext(connection) as queries:
        calendar.in_force(), calendar.shown()
    assert len(queries) == 2


def test_with_year_replaces_it_and_keeps_the_closures() -> None:
    made = calendar.shipped().with_closure(TUESDAY, "", serial=1)
    all_off = Year(frozenset({MONDAY}))
    replaced = made.with_year(2027, all_off, serial=2)
    assert (replaced.is_working_day(MONDAY), replaced.is_working_day(TUESDAY)) == (False, False)
    assert replaced.is_working_day(date(2027, 1, 1))
    assert made.changed_days(replaced)[:2] == [date(2027, 1, 1), date(2027, 1, 2)]


def test_codes_of_a_year_lead_back_to_it() -> None:
    for number, year in calendar.shipped().years.items():
        names = {day.isoformat(): name for day, name in year.names.items()}
        assert Year.from_codes(number, year.codes(number), names) == year


def test_workdays_command_tells_what_ships_where_no_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> OfficeCalendar:
        raise RuntimeError("no database")

    monkeypatch.setattr(calendar, "in_force", down)
    out = StringIO()
    call_command("workdays", "--after", "2027-02-03", "--days", "2", stdout=out)
    assert '"due_date": "2027-02-12"' in out.getvalue()
    assert '"calendar": "shipped"' in out.getvalue()
