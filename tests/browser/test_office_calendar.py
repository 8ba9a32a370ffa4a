"""The office calendar in a real browser: on a phone and on a desk, in both languages, with errors and without; axe finds nothing."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tcloud.core.models import CalendarChange
from tests import factories
from tests.browser.conftest import Person, accessible
from tests.core.official import official_csv

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def signed_in(person: Person, role: str) -> None:
    account = factories.user(staff_role=role, email=f"{role}@calendar.example")
    person.sign_in(account.email)


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(("width", "language"), [(320, ""), (1280, "/en")], ids=["phone", "desk-en"])
def test_officer_declares_revokes_and_imports(
    person: Callable[..., Person], tmp_path: Path, width: int, language: str
) -> None:
    factories.programme()
    good, bad = tmp_path / "2028.csv", tmp_path / "bad.csv"
    good.write_bytes(official_csv(2028).encode("cp950"))
    bad.write_text(official_csv(2028).replace("20280103,一", "20280103,二"), encoding="utf-8")
    officer = person(width)
    signed_in(officer, "officer")
    page = officer.page

    officer.open(f"{language}/office/calendar/closure/")
    officer.press(re.compile("下一步|Next"))  # with nothing filled in
    assert page.locator(".error-summary, [role=alert]").count()
    page.get_by_label(re.compile("花蓮縣|Hualien")).check()
    for name, text in (("date_year", "2027"), ("date_month", "12"), ("date_day", "7")):
        page.fill(f"input[name={name}]", text)
    page.fill("input[name=authority]", "花蓮縣政府")
    page.fill("input[name=reason]", "颱風")
    officer.press(re.compile("下一步|Next"))
    assert not CalendarChange.objects.exists()
    officer.press(re.compile("確認公告停班|Announce the closure"))
    assert CalendarChange.objects.get().county == "花蓮縣"
    assert page.locator(".day--partly").count() == 2  # the day, and the legend

    officer.turn(page.locator(".console-main").get_by_role("link", name=re.compile("^(撤銷|Revoke)")))
    accessible(officer)
    page.fill("input[name=reason]", "誤植")
    officer.press(re.compile("撤銷停班公告|Revoke a closure"))
    assert page.locator(".day--partly").count() == 1

    officer.open(f"{language}/office/calendar/import/")
    accessible(officer)
    page.set_input_files("input[type=file]", bad)
    officer.press(re.compile("檢查檔案|Check the file"))
    page.set_input_files("input[type=file]", good)
    officer.press(re.compile("檢查檔案|Check the file"))
    officer.press(re.compile("確認匯入|Import it"))
    assert CalendarChange.objects.filter(year=2028).exists()
    assert not officer.complaints


@pytest.mark.rule("R-37")
def test_auditor_reads_it(person: Callable[..., Person]) -> None:
    factories.programme()
    auditor = person(390)
    signed_in(auditor, "auditor")
    for path in ("", "?year=2028", "closure/", "import/"):
        auditor.open(f"/office/calendar/{path}")
        accessible(auditor)
        assert not auditor.page.locator("main input[name=serial], main input[type=file]").count()
