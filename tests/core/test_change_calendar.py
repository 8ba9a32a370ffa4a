"""Changing the office calendar: each act recorded once, drawn from what was in force, refused with nothing changed (R-28)."""

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core import calendar, calendar_file, operations, queries
from tcloud.core.models import CalendarChange, Event
from tcloud.core.refusals import Refusal
from tests import factories
from tests.core.official import official_csv
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TUESDAY, SUNDAY = date(2027, 1, 12), date(2027, 1, 17)
BY = factories.officer()


def declare(day: date = TUESDAY, counties: tuple[str, ...] = ("",), **changes: Any) -> list[CalendarChange]:
    terms = {
        "reason": "颱風",
        "authority": "測試機關",
        "drawn_from": calendar.serial_now(),
        "by": BY,
        "at": NOW,
    }
    return operations.declare_closure(day, counties, **terms | changes)


def put_in(content: str, **changes: Any) -> CalendarChange:
    file = calendar_file.read(content.encode())
    terms = {
        "name": "116.csv",
        "digest": file.sha256,
        "drawn_from": calendar.serial_now(),
        "by": BY,
        "at": NOW,
    }
    return operations.import_year(file, **terms | changes)


def refused(act: Any, *args: Any, **changes: Any) -> str:
    """The code of the refusal; nothing was changed, recorded or queued."""
    before = (CalendarChange.objects.count(), Event.objects.count(), ProcrastinateJob.objects.count())
    with pytest.raises(Refusal) as refusal:
        act(*args, **changes)
    assert (CalendarChange.objects.count(), Event.objects.count(), ProcrastinateJob.objects.count()) == before
    return refusal.value.code


@pytest.mark.rule("R-28")
def test_declare_closure_is_recorded_and_has_the_deadlines_moved() -> None:
    first, second = declare(counties=("臺北市", "新北市"))
    assert (second.follows_id, calendar.serial_now()) == (first.pk, second.pk)
    in_force = calendar.in_force()
    assert [in_force.is_working_day(TUESDAY, county) for county in ("臺北市", "新北市", "高雄市", "")] == [
        False, False, True, True,
    ]  # fmt: skip
    event = Event.objects.filter(type="calendar.closure_declared").latest("id")
    assert event.case == "calendar/2027"
    assert event.data == {"date": "2027-01-12", "county": "新北市", "reason": "颱風", "authority": "測試機關"}
    jobs = set(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert set(operations.MOVE_TASKS) <= jobs


@pytest.mark.rule("R-28")
def test_declare_closure_refuses_what_closes_nothing() -> None:
    assert refused(declare, SUNDAY) == "calendar.not_a_working_day"
    assert refused(declare, date(2027, 2, 8)) == "calendar.not_a_working_day"
    assert refused(declare, date(2031, 1, 7)) == "calendar.missing"
    assert refused(declare, counties=()) == "calendar.no_place"
    assert refused(declare, reason=" ") == "calendar.reason_missing"
    assert refused(declare, authority="") == "calendar.reason_missing"
    declare()
    assert refused(declare) == "calendar.not_a_working_day"
    assert refused(declare, counties=("臺北市",)) == "calendar.not_a_working_day"


@pytest.mark.rule("R-28")
def test_a_change_drawn_from_an_older_calendar_is_stale() -> None:
    (closure,) = declare()
    assert refused(declare, date(2027, 1, 13), drawn_from=0) == "stale"
    assert refused(declare, date(2027, 1, 13), drawn_from=closure.pk + 1) == "stale"
    revoke = operations.revoke_closure
    assert refused(revoke, closure, reason="誤植", drawn_from=0, by=BY, at=NOW) == "stale"
    assert refused(put_in, official_csv(2028), drawn_from=0) == "stale"


@pytest.mark.rule("R-28")
def test_revoke_closure_happens_once_and_the_day_can_be_closed_again() -> None:
    (closure,) = declare()
    terms = {"reason": "誤植", "by": BY, "at": NOW}
    assert refused(operations.revoke_closure, closure, drawn_from=closure.pk, **terms | {"reason": ""}) == (
        "calendar.reason_missing"
    )
    operations.revoke_closure(closure, drawn_from=closure.pk, **terms)
    assert calendar.in_force().is_working_day(TUESDAY)
    serial = calendar.serial_now()
    assert (
        refused(operations.revoke_closure, closure, drawn_from=serial, **terms) == "calendar.revoked_already"
    )
    declare()
    assert [row.revoked_by is not None if hasattr(row, "revoked_by") else False for row in queries.closures(2027)] == [
        True, False,
    ]  # fmt: skip


@pytest.mark.rule("R-28")
def test_import_year_puts_in_a_missing_year_and_replaces_a_corrected_one() -> None:
    assert 2028 not in calendar.in_force().years
    put_in(official_csv(2028))
    assert calendar.in_force().is_working_day(date(2028, 1, 3))
    corrected = put_in(official_csv(2028, off=("2028-01-03",)))
    assert not calendar.in_force().is_working_day(date(2028, 1, 3))
    latest = queries.latest_import(2028)
    assert latest == corrected
    assert latest.source_sha256 == calendar_file.read(official_csv(2028, off=("2028-01-03",)).encode()).sha256
    assert calendar.in_force().years[2027] == calendar.shipped().years[2027]


@pytest.mark.rule("R-28")
def test_import_year_refuses_a_wrong_file_another_file_and_what_is_in_force() -> None:
    assert refused(put_in, official_csv(2028).replace("20280105", "20280106")) == "calendar.file_wrong"
    assert refused(put_in, official_csv(2028), digest="0" * 64) == "stale"
    assert refused(put_in, official_csv(2027)) == "calendar.same"


@pytest.mark.rule("R-28")
def test_calendar_import_command_imports_or_says_every_error(tmp_path: Path) -> None:
    good, bad = tmp_path / "117.csv", tmp_path / "bad.csv"
    good.write_bytes(official_csv(2028).encode("cp950"))
    bad.write_text(official_csv(2028).replace("20280105,三", "20280105,二"), encoding="utf-8")
    out = StringIO()
    with pytest.raises(SystemExit) as status:
        call_command("calendar_import", str(bad), stdout=out)
    assert status.value.code == 1
    assert '"line": 6' in out.getvalue()
    assert not CalendarChange.objects.exists()
    out = StringIO()
    call_command("calendar_import", str(good), stdout=out)
    assert '"year": 2028' in out.getvalue()
    assert CalendarChange.objects.get().source_name == "117.csv"
    with pytest.raises(CommandError, match="2028"):
        call_command("calendar_import", str(good), stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("calendar_import", str(tmp_path / "none.csv"), stdout=StringIO())
