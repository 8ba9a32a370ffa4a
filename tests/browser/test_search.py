"""Finding plans in a real browser: by a shop's word, narrowed, shared, without JavaScript, with nothing found; axe finds nothing."""

import re
from collections.abc import Callable

import pytest

from tcloud.catalogue.operations.search import import_synonyms
from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tests import factories
from tests.browser.conftest import Person, accessible
from tests.browser.test_office_calendar import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def shelf() -> None:
    factories.programme(at=clock.now())
    import_synonyms(by=THE_SYSTEM, at=clock.now())
    ours = factories.supplier()
    for number, months in enumerate((6, 12, 12)):
        factories.plan(
            ours,
            code=f"clock-{number}",
            category="attendance-shift",
            solution_zh=f"準時{number}",
            keywords_zh=["打卡"],
            term_months=months,
        )
    factories.plan(
        ours,
        code="pay",
        category="payroll",
        solution_zh="算薪",
        blurb_zh="讀打卡紀錄算薪水。",
        keywords_zh=["薪水"],
    )
    factories.plan(ours, code="stock", solution_zh="雲倉")


def plans(person: Person) -> list[str]:
    return person.page.locator(".plan-name a").all_inner_texts()


@pytest.mark.parametrize("width", [320, 1280])
def test_visitor_finds_by_a_shop_word_narrows_and_shares(person: Callable[..., Person], width: int) -> None:
    visitor = person(width)
    page = visitor.page
    visitor.open("/")
    page.fill("#q", "打卡")
    visitor.turn(page.get_by_role("button", name="搜尋"))
    visitor.arrive(re.compile(r"/plans/\?q="))
    accessible(visitor)
    assert len(plans(visitor)) == 4
    assert all("準時" in name for name in plans(visitor)[:3])

    if width < 960:
        page.locator(".fold > summary").click()
    page.locator("#f-term > summary").click()
    with page.expect_response(lambda answer: "term=12" in answer.url):
        page.locator("#term-12").check()
    page.wait_for_url(re.compile("term=12"))
    page.wait_for_function("document.querySelectorAll('.plan-name a').length === 3")
    # the facets were swapped under the finger
    page.wait_for_function("document.activeElement.id === 'term-12'")
    assert page.locator("#f-term").get_attribute("open") is not None
    page.locator("#live", has_text="共3項方案").wait_for(state="attached")
    accessible(visitor)

    friend = person(1280)
    friend.open(page.url.removeprefix(visitor.site))
    assert plans(friend) == plans(visitor)
    friend.follow(re.compile("^12個月"))
    assert len(plans(friend)) == 4
    assert not visitor.complaints + friend.complaints


def test_words_are_offered_while_typing(person: Callable[..., Person]) -> None:
    visitor = person(1280)
    visitor.open("/plans/")
    with visitor.page.expect_response(lambda answer: "/plans/suggestions/" in answer.url):
        visitor.page.locator("#q").press_sequentially("打", delay=20)
    visitor.page.wait_for_selector("#offered option", state="attached")
    offered = visitor.page.locator("#offered option").evaluate_all("options => options.map(o => o.value)")
    assert offered[0] == "打卡排班"
    accessible(visitor)
    assert not visitor.complaints


@pytest.mark.parametrize(
    "path",
    ["/plans/?q=量子力學", "/plans/?q=雲倉&price=to-10000", "/plans/?q=打咖", "/en/plans/?q=雲倉 算薪"],
)
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_that_lead_on_are_accessible(person: Callable[..., Person], path: str, width: int) -> None:
    visitor = person(width)
    visitor.open(path)
    accessible(visitor)


def test_everything_works_without_javascript(chromium, live_server) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="zh-TW"
    )
    page = context.new_page()
    page.goto(live_server.url + "/plans/")
    page.fill("#q", "打卡")
    page.locator(".fold > summary").click()
    page.locator("#f-term > summary").click()
    page.locator("#term-6").check()
    page.get_by_role("button", name="套用條件").click()
    page.wait_for_url(re.compile("term=6"))
    assert page.locator(".plan-name a").all_inner_texts() == ["準時0 標準版"]
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_officer_edits_synonyms(person: Callable[..., Person], width: int) -> None:
    officer = person(width)
    signed_in(officer, "officer")
    officer.open("/office/synonyms/")
    accessible(officer)
    officer.follow("新增一組")
    officer.press("儲存")  # with nothing filled in
    officer.page.locator("textarea[name=words]").fill("老闆看時間、打卡")
    officer.press("儲存")
    officer.open("/plans/?q=老闆看時間")
    assert len(plans(officer)) == 4
    officer.open("/office/synonyms/?q=老闆看")
    officer.follow(re.compile("老闆看時間"))
    officer.press("刪除")
    assert not officer.complaints
