"""The self-assessment left on a phone and finished on a desktop, and its versions at the office; axe finds nothing on the way."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tcloud.assessment import operations as assessments
from tcloud.assessment.models import Assessment, Questionnaire
from tcloud.catalogue import operations as catalogue
from tcloud.points.models import Grant
from tests import factories
from tests.browser.conftest import Person, accessible

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def press(person: Person, name: str) -> None:
    person.turn(person.page.get_by_role("button", name=re.compile(name)).first)


def answer(person: Person) -> None:
    """The first answer of every question on the page that has none yet; of the people, five to 29."""
    groups: set[str] = set()
    for field in person.page.locator("main form input:visible").all():
        name = field.get_attribute("name") or ""
        if name not in groups and not person.page.locator(f"input[name={name}]:checked").count():
            field.check()
        groups.add(name)
    few = person.page.locator("input[type=radio][name=staff_count][value=under_30]")
    if few.count():
        few.check()


def picture(person: Person, name: str) -> None:
    """Kept for looking at, where somebody asks for it."""
    if folder := os.environ.get("PICTURES"):
        person.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.rule("R-11")
def test_an_assessment_left_on_a_phone_is_finished_on_a_desktop(person: Callable[..., Person]) -> None:
    catalogue.import_categories()
    assessments.publish_first(at=factories.NOW)
    company = factories.participant(factories.programme(code="tcloud"))
    account = factories.user(company, email="owner@two-devices.example")

    phone = person(390)
    phone.sign_in(account.email)
    phone.open("/member/assessment/")
    accessible(phone)
    press(phone, "開始自評")
    phone.arrive("**/areas/daily_operations/")
    answer(phone)
    press(phone, "儲存並繼續")  # the number of people opens more questions on the same page
    accessible(phone)
    picture(phone, "area-390")
    answer(phone)
    press(phone, "儲存並繼續")
    phone.arrive("**/areas/production_scheduling/")
    phone.page.get_by_label("需要，我們生產或加工產品").check()
    press(phone, "儲存，稍後再填")
    phone.arrive(re.compile(r"/member/$"))
    assert "已完成1個部分，共7個" in phone.page.locator("main").inner_text()
    accessible(phone)
    picture(phone, "centre-390")
    phone.open("/member/assessment/areas/production_scheduling/")  # left open

    desk = person(1280)
    desk.sign_in(account.email)
    desk.follow(re.compile("繼續填寫"))
    picture(desk, "intro-1280")
    press(desk, "繼續填寫")
    desk.arrive("**/areas/production_scheduling/")
    assert desk.page.get_by_label("需要，我們生產或加工產品").is_checked()
    for _page in range(20):
        if "/areas/" not in desk.page.url:
            break
        answer(desk)
        press(desk, "儲存並繼續")
    desk.arrive("**/assessment/answers/")
    accessible(desk)
    before = Assessment.objects.get().answers

    press(phone, "儲存，稍後再填")  # the page left open knows nothing of the desktop's answers
    phone.arrive(re.compile(r"/member/$"))
    assert "兩邊的答案都已保留" in phone.page.locator("main").inner_text()
    assert Assessment.objects.get().answers == before

    press(desk, "送出並領取點數")
    desk.arrive("**/assessment/result/")
    assert Grant.objects.get().points == 30_000
    shown = desk.page.locator("main").inner_text()
    assert "30,000 點" in shown
    assert "您用紙本或打卡鐘記錄出勤" in shown or desk.page.locator(".need li").count() > 3
    assert desk.page.locator("svg.radar .radar-dot").count() == 7
    accessible(desk)
    picture(desk, "result-1280")
    for one, path in ((phone, "/member/assessment/result/"), (desk, "/en/member/assessment/result/")):
        one.open(path)
        accessible(one)
    picture(phone, "result-390")
    picture(desk, "result-1280-en")
    desk.page.emulate_media(media="print")
    assert desk.page.locator("svg.radar").is_visible()
    picture(desk, "result-print")
    assert not phone.complaints
    assert not desk.complaints


@pytest.mark.parametrize(("width", "language"), [(390, ""), (1280, "/en")], ids=["phone", "desk-en"])
def test_officer_writes_looks_and_publishes(person: Callable[..., Person], width: int, language: str) -> None:
    factories.programme(code="tcloud")
    catalogue.import_categories()
    assessments.publish_first(at=factories.NOW)
    account = factories.user(staff_role="officer", email="officer@questionnaire.example")
    officer = person(width)
    page = officer.page
    officer.sign_in(account.email)

    officer.open(f"{language}/office/questionnaires/")
    accessible(officer)
    press(officer, "從公布中的版本建立草稿|Begin a draft")
    officer.arrive(re.compile(r"/questionnaires/\d+/$"))
    page.locator("main details:not(.fold) summary").first.click()
    accessible(officer)
    picture(officer, f"draft-{width}")
    draft = Questionnaire.objects.get(state="DRAFT")
    at = f"{language}/office/questionnaires/{draft.pk}"

    officer.open(f"{at}/areas/sales_channels/new/")
    press(officer, "^(儲存|Save)$")  # with nothing filled in
    assert page.locator(".errsum").count()
    accessible(officer)
    for name, text in (
        ("code", "count_stock"),
        ("zh", "您每個月盤點嗎？"),
        ("en", "Do you count stock monthly?"),
    ):
        page.fill(f"[name={name}]", text)
    page.locator("input[name=kind][value=yes_no]").check()
    press(officer, "^(儲存|Save)$")
    accessible(officer)
    picture(officer, f"question-{width}")

    officer.open(f"{at}/questions/count_stock/options/no/")
    page.select_option("[name=need_sales_channels]", "2")
    page.select_option("[name=category_1]", "stock")
    page.select_option("[name=weight_1]", "2")
    accessible(officer)
    picture(officer, f"option-{width}")
    press(officer, "儲存選項|Save option")

    officer.open(f"{at}/questions/count_stock/condition/?earlier=keeps_stock")
    accessible(officer)
    page.locator("input[name=any_of][value=yes]").check()
    press(officer, "儲存顯示條件|Save condition")
    officer.open(f"{at}/")
    assert page.locator(".note--warn").first.is_visible()  # the reason is missing
    accessible(officer)
    officer.open(f"{at}/questions/count_stock/options/no/")
    page.fill("[name=reason_zh]", "您沒有每個月盤點")
    page.fill("[name=reason_en]", "you do not count stock monthly")
    press(officer, "儲存選項|Save option")

    officer.open(f"{at}/preview/daily_operations/")
    accessible(officer)
    picture(officer, f"preview-{width}")
    for _page in range(20):
        if "/preview/" not in page.url:
            break
        answer(officer)
        press(officer, "儲存並繼續|Save and continue")
    officer.arrive("**/result/*")
    accessible(officer)
    assert page.locator("svg.radar .radar-dot").count() == 7
    assert not Assessment.objects.exists()

    officer.open(f"{at}/publication/")
    accessible(officer)
    picture(officer, f"publication-{width}")
    press(officer, "公布這個版本|Publish this version")
    accessible(officer)
    draft.refresh_from_db()
    assert draft.number == 2
    assert not officer.complaints
