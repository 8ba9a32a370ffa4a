"""Where a deadline stands after changes of the calendar (R-28): the rule itself, without a database."""

from datetime import date, datetime, timedelta

import pytest

from tcloud.core import calendar
from tcloud.core.clock import TAIPEI, end_of
from tcloud.core.workdays import CalendarMissing, Impact, OfficeCalendar, Step, Year, days_of, impact, moved

BEGUN = datetime(2027, 1, 11, 9, 0, tzinfo=TAIPEI)  # a Monday
MON, TUE, WED, THU, FRI, NEXT_MON = (date(2027, 1, day) for day in (11, 12, 13, 14, 15, 18))
ORDINARY = calendar.shipped()


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, 0, tzinfo=TAIPEI)


def steps(*changes: tuple[datetime, OfficeCalendar]) -> list[Step]:
    return [Step(number, at, made) for number, (at, made) in enumerate(changes, 1)]


def closed(*days: date, county: str = "", on: OfficeCalendar = ORDINARY) -> OfficeCalendar:
    for day in days:
        on = on.with_closure(day, county, serial=on.serial + 1)
    return on


def stands(
    changes: list[Step], *, due: date = WED, days: int = 2, county: str = "", begun: datetime = BEGUN
) -> date:
    """The last day of a deadline that was `due`, after the changes."""
    result = moved(end_of(due), begins_at=begun, working_days=days, county=county, steps=changes)
    return (result.due_at - timedelta(days=1)).date()


@pytest.mark.rule("R-28")
def test_moved_by_a_closure_within_the_time() -> None:
    assert stands(steps((noon(MON), closed(TUE)))) == THU
    assert stands(steps((noon(MON), closed(WED)))) == THU
    assert stands(steps((noon(MON), closed(TUE, WED)))) == FRI
    assert stands(steps((noon(MON), closed(FRI)))) == WED
    assert stands(steps((noon(MON), closed(MON)))) == WED


@pytest.mark.rule("R-28")
def test_moved_only_where_the_party_is() -> None:
    changes = steps((noon(MON), closed(TUE, county="臺北市")))
    assert stands(changes, county="臺北市") == THU
    assert stands(changes, county="高雄市") == WED
    assert stands(changes) == WED  # not known where: closures of the nation alone


@pytest.mark.rule("R-28")
def test_moved_by_a_closure_recorded_on_its_very_day_or_after_it() -> None:
    assert stands(steps((noon(TUE), closed(TUE)))) == THU
    assert stands(steps((noon(WED), closed(TUE)))) == THU
    assert stands(steps((end_of(WED) - timedelta(microseconds=1), closed(TUE)))) == THU


@pytest.mark.rule("R-28")
def test_moved_never_reopens_what_had_passed_when_the_change_was_recorded() -> None:
    assert stands(steps((end_of(WED), closed(TUE)))) == WED
    assert stands(steps((noon(THU), closed(WED)))) == WED
    # nor by a later change that would reach it
    assert stands(steps((noon(THU), closed(WED)), (noon(FRI), closed(WED, THU, FRI)))) == WED


@pytest.mark.rule("R-28")
def test_moved_step_by_step_reaches_what_an_earlier_step_kept_open() -> None:
    first, second = closed(WED), closed(WED, THU)
    assert stands(steps((noon(TUE), first), (noon(THU), second))) == FRI
    # without the first, the second would have come too late
    assert stands(steps((noon(THU), second))) == WED


@pytest.mark.rule("R-28")
def test_moved_back_leaves_a_full_working_day() -> None:
    change = closed(TUE)
    assert stands(steps((noon(MON), change), (noon(MON), ORDINARY))) == WED  # at once: as if nothing had been
    assert stands(steps((noon(MON), change), (noon(TUE), ORDINARY))) == WED
    assert stands(steps((noon(MON), change), (noon(WED), ORDINARY))) == THU
    assert stands(steps((noon(MON), change), (noon(THU), ORDINARY))) == THU  # never later than it stood
    long = closed(TUE, WED, THU, FRI)
    assert stands(steps((noon(MON), long), (noon(FRI), ORDINARY))) == NEXT_MON  # it stood on the 19th


@pytest.mark.rule("R-28")
def test_moved_back_stays_where_it_is_when_something_else_changes() -> None:
    elsewhere = ORDINARY.with_closure(TUE, "連江縣", serial=9)
    changes = steps((noon(MON), closed(TUE)), (noon(WED), ORDINARY), (noon(THU), elsewhere))
    assert stands(changes) == THU


@pytest.mark.rule("R-28")
def test_moved_by_a_corrected_year() -> None:
    year = ORDINARY.years[2027]
    corrected = ORDINARY.with_year(2027, Year(year.off | {TUE}), serial=1)
    assert stands(steps((noon(MON), corrected))) == THU


def of_2028() -> Year:
    return Year(frozenset(day for day in days_of(2028) if day.weekday() >= 5))


@pytest.mark.rule("R-28")
def test_moved_into_a_year_without_calendar_is_open_until_it_is_imported() -> None:
    begun, due = datetime(2027, 12, 28, 9, 0, tzinfo=TAIPEI), date(2027, 12, 30)
    closing = (noon(date(2027, 12, 29)), closed(date(2027, 12, 30)))
    with pytest.raises(CalendarMissing):
        stands(steps(closing), due=due, begun=begun)
    in_time = (noon(date(2027, 12, 29)), closing[1].with_year(2028, of_2028(), serial=2))
    assert stands(steps(closing, in_time), due=due, begun=begun) == date(2028, 1, 3)
    # imported after the day on which it would have ended: it is told for the first time, with a full working day
    late = (noon(date(2028, 1, 5)), closing[1].with_year(2028, of_2028(), serial=2))
    assert stands(steps(closing, late), due=due, begun=begun) == date(2028, 1, 6)


@pytest.mark.rule("R-28")
def test_moved_names_the_changes_that_moved_it_and_no_other() -> None:
    elsewhere = closed(TUE, county="連江縣")
    changes = steps((noon(MON), elsewhere), (noon(MON), closed(TUE, on=elsewhere)))
    result = moved(end_of(WED), begins_at=BEGUN, working_days=2, county="臺北市", steps=changes)
    assert [step.serial for step in result.because] == [2]
    back = moved(
        end_of(WED),
        begins_at=BEGUN,
        working_days=2,
        county="",
        steps=steps((noon(MON), closed(TUE)), (noon(MON), ORDINARY)),
    )
    assert back.because == ()  # there and back: nothing to tell


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("day", "over", "expected"),
    [
        (TUE, False, Impact(moving=3)),
        (FRI, False, Impact()),
        (TUE, True, Impact(passed=3)),
        (FRI, True, Impact()),
    ],
)
def test_impact_counts_what_moves_and_what_is_not_reopened(day: date, over: bool, expected: Impact) -> None:
    at = noon(THU) if over else noon(MON)
    terms = {"begins_at": BEGUN, "working_days": 2, "county": ""}
    change = steps((at, closed(day)))
    assert impact(end_of(WED), over=over, before=[], change=change, count=3, **terms) == expected
