"""R-15 and R-28 as tables, and a second opinion on every day of the calendar."""

from datetime import date, datetime, timedelta

import holidays
import pytest

from tcloud.core import calendar
from tcloud.core.calendar import CalendarMissing
from tcloud.core.clock import TAIPEI


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.mark.rule("R-28")
def test_every_day_agrees_with_an_independent_calendar():
    other = holidays.country_holidays("TW", years=range(2024, 2028))
    day, apart = date(2024, 1, 1), []
    while day.year < 2028:
        if calendar.is_working_day(day) != other.is_working_day(day):
            apart.append(day)
        day += timedelta(days=1)
    assert apart == []


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("after", "days", "last_day"),
    [
        ("2027-01-11T09:00", 2, "2027-01-13"),
        ("2027-01-11T00:00", 2, "2027-01-13"),  # the day of the event never counts
        ("2027-01-11T23:59", 2, "2027-01-13"),
        ("2027-01-15T10:00", 1, "2027-01-18"),  # over a weekend
        ("2027-01-16T10:00", 1, "2027-01-18"),  # from a weekend
        ("2027-02-03T10:00", 2, "2027-02-12"),  # over the new-year holidays
        ("2027-02-06T10:00", 1, "2027-02-11"),
        ("2027-02-26T10:00", 1, "2027-03-02"),  # 28 February falls on a Sunday, its Monday is off
        ("2024-02-15T10:00", 2, "2024-02-17"),  # a make-up Saturday is a working day
        ("2025-02-07T10:00", 1, "2025-02-08"),
        ("2025-02-08T10:00", 1, "2025-02-10"),
        ("2024-02-28T10:00", 1, "2024-02-29"),  # 28 February is off, the leap day is not
        ("2026-12-24T10:00", 1, "2026-12-28"),
        ("2026-12-31T10:00", 1, "2027-01-04"),  # over the year's end
    ],
)
def test_due_is_the_end_of_the_last_working_day(after, days, last_day):
    due = calendar.due(at(after), days)
    assert due.day.isoformat() == last_day
    assert due.at == at(f"{last_day}T00:00") + timedelta(days=1)


@pytest.mark.rule("R-28")
def test_due_counts_from_the_day_in_taipei():
    late_in_london = datetime.fromisoformat("2027-01-11T17:00+00:00")  # already Tuesday in Taipei
    assert calendar.due(late_in_london, 1).day == date(2027, 1, 13)


@pytest.mark.rule("R-28")
@pytest.mark.parametrize("after", ["2027-12-30T10:00", "2028-01-03T10:00", "2023-12-28T10:00"])
def test_due_refuses_a_year_without_calendar(after):
    with pytest.raises(CalendarMissing) as missing:
        calendar.due(at(after), 1)
    assert str(missing.value.year) in str(missing.value)


def test_due_takes_at_least_one_day():
    with pytest.raises(ValueError, match="one working day"):
        calendar.due(at("2027-01-11T10:00"), 0)


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2027-02-03T23:59", 2),
        ("2027-02-08T12:00", 2),
        ("2027-02-11T00:00", 1),
        ("2027-02-12T00:00", 0),
        ("2027-02-12T23:59", 0),
        ("2027-02-20T00:00", 0),
    ],
)
def test_working_days_left_counts_down_to_the_last_day(now, left):
    assert calendar.working_days_left(at(now), at("2027-02-13T00:00")) == left


@pytest.mark.rule("R-15")
@pytest.mark.parametrize(
    ("day", "months", "last_day"),
    [
        ("2027-01-15", 1, "2027-02-15"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2027-02-28", 1, "2027-03-31"),
        ("2027-01-30", 1, "2027-02-28"),
        ("2027-01-28", 1, "2027-02-28"),  # the 29th has no counterpart
        ("2027-01-27", 1, "2027-02-27"),
        ("2028-01-28", 1, "2028-02-28"),  # in a leap year it has
        ("2028-01-29", 1, "2028-02-29"),
        ("2028-02-28", 1, "2028-03-28"),
        ("2028-02-29", 1, "2028-03-31"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-11-29", 3, "2027-02-28"),
        ("2027-12-31", 1, "2028-01-31"),
        ("2027-08-30", 1, "2027-09-30"),
        ("2027-08-31", 1, "2027-09-30"),
        ("2027-01-31", 12, "2028-01-31"),
    ],
)
def test_months_end_by_the_civil_code(day, months, last_day):
    assert calendar.months_end(date.fromisoformat(day), months).isoformat() == last_day
    due = calendar.months_due(at(f"{day}T23:59"), months)
    assert due == at(f"{last_day}T00:00") + timedelta(days=1)
