"""R-15 and R-28 on a table of cases, worked out by hand from the law and the official calendar: by the functions and by the commands."""

import csv
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tcloud.core import calendar, months, operations, queries
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.clock import TAIPEI
from tcloud.core.counties import county_of
from tcloud.core.workdays import CalendarMissing, OfficeCalendar
from tests.factories import NOW


@dataclass(frozen=True)
class Case:
    """One row. `expected` is the last day, for terms of activation and of use; or "missing <year>", or "refused"."""

    command: str
    given: str
    days: str
    county: str
    closures: str
    expected: str
    why: str

    @property
    def moment(self) -> date | datetime:
        if len(self.given) == 10:
            return date.fromisoformat(self.given)
        moment = datetime.fromisoformat(self.given)
        return moment if moment.tzinfo else moment.replace(tzinfo=TAIPEI)

    def announced(self) -> list[tuple[bool, date, str]]:
        """(declared or revoked, day, county) of each closure."""
        rows = [row.removeprefix("-").split() for row in self.closures.split(";") if row]
        kept = [not row.startswith("-") for row in self.closures.split(";") if row]
        return [
            (declared, date.fromisoformat(day), county_of(where))
            for declared, (day, where) in zip(kept, rows, strict=True)
        ]


with (Path(__file__).parent / "deadline_cases.csv").open(encoding="utf-8") as file:
    CASES = [Case(**row) for row in csv.DictReader(file)]
WORKDAYS = [case for case in CASES if case.command == "workdays"]
TERMS = [case for case in CASES if case.command == "terms"]


def ids(case: Case) -> str:
    return case.why


def first_moments_after(expected: str) -> list[str]:
    days = [date.fromisoformat(day) + timedelta(days=1) for day in expected.split()]
    return [datetime(day.year, day.month, day.day, tzinfo=TAIPEI).isoformat() for day in days]


def announce(case: Case) -> None:
    """Put the closures into the database, as officers do."""
    for declared, day, county in case.announced():
        terms = {"drawn_from": calendar.serial_now(), "by": THE_SYSTEM, "at": NOW}
        if declared:
            operations.declare_closure(day, [county], reason="颱風", authority="測試機關", **terms)
        else:
            closure = queries.closures(day.year).get(date=day, county=county, revoked_by=None)
            operations.revoke_closure(closure, reason="誤植", **terms)


def overlaid(case: Case) -> OfficeCalendar:
    """The shipped calendar with the closures, without the database."""
    made = calendar.shipped()
    for declared, day, county in case.announced():
        act = made.with_closure if declared else made.without_closure
        made = act(day, county, serial=made.serial + 1)
    return made


def run(command: str, *arguments: str) -> dict[str, str]:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    answer: dict[str, str] = json.loads(out.getvalue())
    return answer


def test_table_is_large_enough() -> None:
    assert len(CASES) >= 80
    assert len(set(CASES)) == len(CASES)


@pytest.mark.rule("R-28")
@pytest.mark.parametrize("case", WORKDAYS, ids=ids)
def test_due_is_the_end_of_the_last_working_day(case: Case) -> None:
    def answer() -> str:
        due = overlaid(case).due(case.moment, int(case.days), county_of(case.county))
        assert due.at.isoformat() == first_moments_after(due.day.isoformat())[0]
        return due.day.isoformat()

    if case.expected.startswith("missing"):
        with pytest.raises(CalendarMissing) as missing:
            answer()
        assert f"missing {missing.value.year}" == case.expected
    elif case.expected == "refused":
        with pytest.raises(ValueError, match="one working day"):
            answer()
    else:
        assert answer() == case.expected


@pytest.mark.rule("R-28")
@pytest.mark.django_db
@pytest.mark.parametrize("case", WORKDAYS, ids=ids)
def test_workdays_command_answers_as_the_table_says(case: Case) -> None:
    announce(case)
    arguments = ["--after", case.given, "--days", case.days, "--county", case.county]
    if case.expected.startswith(("missing", "refused")):
        with pytest.raises(CommandError) as error:
            run("workdays", *arguments)
        assert case.expected.removeprefix("missing ").removeprefix("refused") in str(error.value)
        return
    answer = run("workdays", *arguments)
    assert [answer["due_date"], answer["due_at"]] == [case.expected, *first_moments_after(case.expected)]
    assert answer["calendar"] == "database"


@pytest.mark.rule("R-15")
@pytest.mark.parametrize("case", TERMS, ids=ids)
def test_months_end_by_the_civil_code(case: Case) -> None:
    assert isinstance(case.moment, datetime)
    ends = [months.months_due(case.moment, length).isoformat() for length in (1, 3)]
    assert ends == first_moments_after(case.expected)


@pytest.mark.rule("R-13", "R-14", "R-15")
@pytest.mark.django_db
@pytest.mark.parametrize("case", TERMS, ids=ids)
def test_terms_command_answers_as_the_table_says(case: Case) -> None:
    announce(case)
    answer = run("terms", "--granted-at", case.given)
    assert [answer["activate_before"], answer["expires_at"]] == first_moments_after(case.expected)
