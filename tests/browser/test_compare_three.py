"""“Compare three”: search, tick three, read only what differs on a phone, save, choose with a reason, and find it in the order."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tcloud.catalogue.models import Category
from tcloud.choosing.models import Choice, Comparison
from tests import factories
from tests.browser.conftest import Person, accessible
from tests.choosing import scene
from tests.web.test_compare import TEMPLATE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def shop() -> dict[str, object]:
    """Four plans of one category, a company with its points and a colleague, and what others have said."""
    edition = factories.programme(code="tcloud")
    supplier = factories.supplier()
    Category.objects.filter(code="stock").update(answer_template=TEMPLATE)
    plans = [
        factories.plan(
            supplier, price_twd=20_000 + 10_000 * n, solution_zh=f"雲倉{name}", answers={"offline": n > 0, "sites": n + 1}
        )
        for n, name in enumerate("甲乙丙丁")
    ]  # fmt: skip
    company = factories.granted(edition)
    owner = factories.user(company, email="owner@example.tw")
    factories.user(company, email="colleague@example.tw", name="陳同事")
    buyer = factories.granted(edition)
    scene.reviewed(scene.completed(edition, buyer, plans[0]))
    scene.answered(scene.asked(buyer, plans[0]))
    return {"plans": plans, "owner": owner, "company": company}


def test_compare_three(shop: dict[str, object], person: Callable[..., Person], tmp_path: Path) -> None:
    somebody = person(390)
    somebody.sign_in("owner@example.tw")
    page = somebody.page

    somebody.open("/plans/?q=雲倉")
    for name in "甲乙丙":
        page.get_by_role("checkbox", name=re.compile(f"雲倉{name}")).check()
    assert "已選3個方案" in page.locator("[data-compare-note]").inner_text()
    somebody.turn(page.get_by_role("button", name="比較方案"))
    somebody.arrive(re.compile("/plans/compare/"))
    accessible(somebody)
    assert page.locator(".cmp-tbl thead th:visible").count() == 3  # the question and two plans

    somebody.follow(re.compile("只看不同的"))
    somebody.arrive(re.compile("differ=1"))
    shown = page.locator(".cmp-tbl tbody tr:not(.group)")
    assert shown.count() == page.locator(".cmp-tbl tbody tr.diff").count() > 3
    page.get_by_role("checkbox", name=re.compile("雲倉乙")).uncheck()
    page.get_by_role("checkbox", name=re.compile("雲倉甲")).check()
    somebody.turn(page.get_by_role("button", name="只看這兩個"))
    somebody.arrive(re.compile("show="))
    heads = page.locator(".cmp-tbl thead th:visible").all_inner_texts()
    assert [name in "".join(heads) for name in ("雲倉甲", "雲倉乙", "雲倉丙")] == [True, False, True]

    page.get_by_label("名稱").fill("門市三家")
    somebody.turn(page.get_by_role("button", name="儲存比較"))
    somebody.arrive(re.compile(r"/member/choosing/comparisons/\d+/"))
    accessible(somebody)
    assert Comparison.objects.get().columns.count() == 3
    page.pdf(path=str(tmp_path / "comparison.pdf"), prefer_css_page_size=True)
    somebody.press("寄出")
    assert "已寄給陳同事" in page.locator("main").inner_text()

    somebody.follow(re.compile("選這個方案.*雲倉丙"))
    somebody.arrive(re.compile("/member/orders/new/"))
    page.get_by_label(re.compile("為什麼選這個方案")).fill("價格在預算內，離線也能用。")
    page.get_by_label("聯絡電話").fill("02-2345-6789")
    somebody.press("建立訂單")
    somebody.arrive(re.compile(r"/member/orders/CE\d+/"))
    said = page.locator("main").inner_text()
    assert "價格在預算內，離線也能用。" in said
    assert "雲倉乙" in said
    assert "NT$30,000" in said
    assert Choice.objects.get().considered.count() == 2
    assert somebody.complaints == []


def test_print_has_all_columns_and_every_line(shop: dict[str, object], person: Callable[..., Person]) -> None:
    reader = person(390)
    codes = "&".join(f"compare={plan.code}" for plan in shop["plans"])  # type: ignore[attr-defined]
    reader.open(f"/plans/compare/?{codes}")
    reader.page.emulate_media(media="print")
    assert reader.page.locator(".cmp-tbl thead th:visible").count() == 5
    assert not reader.page.get_by_role("button", name="列印").is_visible()
    assert not reader.page.locator(".pick").is_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_of_choosing_is_accessible(
    width: int, shop: dict[str, object], person: Callable[..., Person]
) -> None:
    plan, second = shop["plans"][:2]  # type: ignore[index]
    codes = f"compare={plan.code}&compare={second.code}"
    visitor = person(width)
    for path in (f"/plans/{plan.code}/", f"/plans/compare/?{codes}", f"/plans/compare/?compare={plan.code}",
                 f"/plans/{plan.code}/reviews/", f"/en/plans/{plan.code}/questions/", f"/en/plans/{plan.code}/"):  # fmt: skip
        visitor.open(path)
        accessible(visitor)
    owner = person(width)
    owner.sign_in("owner@example.tw")
    for path in (f"favourites/{plan.code}/", "", "searches/", "searches/new/?q=x", "comparisons/", "questions/", "reviews/",
                 f"questions/new/{plan.code}/"):  # fmt: skip
        owner.open(f"/member/choosing/{path}")
        accessible(owner)
    owner.open(f"/plans/{plan.code}/")
    accessible(owner)
    owner.turn(owner.page.get_by_role("button", name="收藏"))
    assert owner.page.get_by_role("button", name="已收藏，取消收藏").is_visible()
    owner.open("/member/choosing/")
    accessible(owner)
