"""“Ask an expert” in a real browser: the company on a phone, officer and expert at desks, every step looked at by axe (R-35)."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tcloud.core import clock
from tcloud.support.models import ExpertFeedback, ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_visits
from tests import factories
from tests.browser.conftest import Person
from tests.support import expert_scene as scene

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def begun(case: ExpertRequest) -> None:
    """Let the agreed hour have begun, as time does."""
    with factories.guards_off():
        for slot in ExpertSlot.objects.filter(request=case, state="agreed"):
            start = clock.now() - timedelta(minutes=30)
            ExpertSlot.objects.filter(pk=slot.pk).update(
                starts_at=start, ends_at=start + timedelta(minutes=90)
            )


@pytest.mark.rule("R-35")
def test_company_asks_officer_assigns_expert_visits_and_reports(
    person: Callable[..., Person], tmp_path: Path, deliver_mail: Callable[[], None], mailoutbox: list[Any]
) -> None:
    edition = factories.programme(code="tcloud")
    company = factories.participant(edition)
    owner, staff, adviser = factories.user(company), factories.user(staff_role="officer"), scene.expert()
    phone, office, desk = person(390), person(1280), person(1280)
    for who, account in ((phone, owner), (office, staff), (desk, adviser)):
        who.sign_in(account.email)

    # the company asks, first with something missing
    phone.look("/member/experts/")
    phone.follow("申請專家服務")
    phone.press("送出申請")
    assert phone.page.locator(".errsum").is_visible()
    phone.page.get_by_label("資訊安全").check()
    phone.page.get_by_label("想解決的問題").fill("三台電腦沒有備份，想知道怎麼開始。")
    phone.page.get_by_label("地址（選填）").fill("中正區寶慶路1號")
    phone.press("送出申請")
    case = ExpertRequest.objects.get()
    assert phone.page.locator(".confirm .ref").inner_text() == case.reference

    # an officer assigns
    office.look("/office/")
    office.follow(re.compile("等待指派"))
    office.follow(company.name)
    office.press("指派")
    assert office.page.get_by_text("請選擇一位專家。").first.is_visible()
    office.page.get_by_label("李專家").check()
    office.press("指派")

    # the expert proposes
    desk.look("/support/visits/")
    desk.follow(company.name)
    for number, (day, hour) in enumerate(((3, "14:00"), (4, "09:30")), 1):
        desk.page.locator(f"select[name=day{number}]").select_option(index=day)
        desk.page.locator(f"select[name=hour{number}]").select_option(hour)
    desk.press("送出時間")

    # the company chooses
    phone.look(f"/member/experts/{case.reference}/")
    phone.press("選定這個時間")
    assert phone.page.get_by_text("請選擇一個時間。").first.is_visible()
    phone.page.locator("input[name=slot]").first.check()
    phone.press("選定這個時間")
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name=re.compile("加入行事曆")).click()
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("BEGIN:VCALENDAR")

    # visit, note, report
    begun(case)
    desk.look(f"/support/visits/{case.reference}/")
    desk.page.get_by_label("新的紀錄").fill("現場有兩台電腦系統過舊")
    desk.press("加上紀錄")
    desk.press("登錄訪視完成")
    file = tmp_path / "建議書.pdf"
    file.write_bytes(scene.PDF)
    desk.press("送出報告")
    assert desk.page.locator(".errsum").is_visible()
    desk.page.get_by_label("訪視發現").fill("備份不足。")
    desk.page.get_by_label("建議", exact=True).fill("採用雲端備份。")
    desk.page.set_input_files("input[type=file]", file)
    desk.press("送出報告")

    # the company reads it and says how it was
    phone.look(f"/member/experts/{case.reference}/")
    assert "現場有兩台電腦系統過舊" not in phone.page.content()
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name="建議書.pdf").click()
    assert Path(download.value.path()).read_bytes() == scene.PDF
    phone.press("送出回饋並結案")
    phone.page.get_by_label("4分：有幫助").check()
    phone.press("送出回饋並結案")
    assert ExpertFeedback.objects.get().score == 4
    assert ExpertRequest.objects.get().state == "CLOSED"
    deliver_mail()
    told = [letter.subject for letter in mailoutbox if owner.email in letter.to]
    assert [subject for subject in told if case.reference in subject]
    for who in (phone, office, desk):
        assert [
            said for said in who.complaints if "422" not in said
        ] == []  # forms sent with something missing


@pytest.mark.rule("R-35")
@pytest.mark.parametrize(("width", "language"), [(320, ""), (1280, "/en")], ids=["phone", "desk-en"])
def test_every_state_fits_a_phone_and_a_desk(
    person: Callable[..., Person], width: int, language: str
) -> None:
    edition = factories.programme(code="tcloud")
    adviser = scene.expert()
    cases = {}
    for number, (state, make) in enumerate(scene.AT_STATE.items()):
        values = {} if state in ("REQUESTED", "DECLINED", "WITHDRAWN") else {"to": adviser}
        if state not in ("REQUESTED", "ASSIGNED", "DECLINED", "WITHDRAWN"):
            values["times"] = (scene.MONDAY + timedelta(days=number),)
        if state in ("VISITED", "REPORTED", "CLOSED", "UNREPORTED"):
            values.pop("times")
            values["to"] = scene.expert(name=f"專家{number}")
        cases[state] = make(edition=edition, **values)
    expert_visits.add_note(cases["AGREED"], "紀錄", by=scene.expert_of(cases["AGREED"]), at=factories.NOW)
    staff = factories.user(staff_role="officer")
    office, desk = person(width), person(width)
    office.sign_in(staff.email)
    desk.sign_in(adviser.email)
    people = f"/office/experts/people/{adviser.pk}/"
    for path in ("/office/experts/?state=all", "/office/experts/people/", people):
        office.look(language + path)
    for path in ("/support/visits/", "/support/visits/?ended=1", "/support/visits/profile/"):
        desk.look(language + path)
    for state, case in cases.items():
        office.look(f"{language}/office/experts/{case.reference}/")
        if case.expert_id == adviser.pk:
            desk.look(f"{language}/support/visits/{case.reference}/")
        phone = person(width)
        phone.sign_in(scene.owner(case.company).email)
        phone.look(f"{language}/member/experts/{case.reference}/")
        if state == "AGREED":
            phone.look(f"{language}/member/experts/{case.reference}/withdrawal/")
        assert not phone.complaints
    assert not office.complaints
    assert not desk.complaints
