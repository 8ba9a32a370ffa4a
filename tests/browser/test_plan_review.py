"""A supplier changes a price, an officer returns it, the supplier mends it, the officer approves: in real browsers, axe finding nothing."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import mail

from tcloud.catalogue.models import Plan, PlanChange
from tcloud.core import clock
from tests import factories
from tests.browser.conftest import Person, accessible
from tests.catalogue import uploads
from tests.factories import NOW

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def sign_in(person: Person, email: str) -> None:
    person.open("/account/login/")
    person.page.fill("input[name=login]", email)
    person.page.fill("input[name=password]", factories.PASSWORD)
    person.page.locator("main form .btn").first.click()
    person.page.wait_for_url(lambda url: "login" not in url)


def press(person: Person, name: str) -> None:
    person.page.locator("main").get_by_role("button", name=name, exact=True).click()
    person.page.wait_for_load_state()
    accessible(person)


def look(person: Person, *paths: str) -> None:
    for path in paths:
        person.open(path)
        accessible(person)


@pytest.mark.rule("R-32")
@pytest.mark.rule("R-19")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_price_is_changed_returned_mended_and_approved(
    person: Callable[..., Person], deliver_mail: Callable[[], None], tmp_path: Path, width: int
) -> None:
    with clock.moved_to(NOW):
        edition = factories.programme()
        plan = factories.plan(price_twd=60_000, answers=factories.answers_for("stock"))
        company = factories.granted(edition)
        order = factories.accepted(edition, company, plan)
        seller = factories.user(plan.solution.supplier.company, email="seller@plans.example")
        officer = factories.user(staff_role="officer", email="officer@plans.example")
        (tmp_path / "shot.png").write_bytes(uploads.image())

        supplier, office, buyer = person(width), person(width), person(width)
        sign_in(supplier, seller.email)
        look(supplier, "/supplier/plans/", f"/supplier/plans/listed/{plan.code}/")
        press(supplier, "修改這個方案")
        change = PlanChange.objects.get()
        where = f"/supplier/plans/changes/{change.pk}/"
        look(
            supplier,
            *(f"{where}sections/{section}/" for section in ("basics", "answers", "details")),
            f"{where}files/",
        )
        supplier.page.get_by_label("圖片（PNG、JPEG、WebP，2 MB以內）").check()
        supplier.page.set_input_files("input[name=upload]", tmp_path / "shot.png")
        supplier.page.fill("input[name=title]", "今日庫存的畫面")
        press(supplier, "加入")
        assert supplier.page.get_by_alt_text("今日庫存的畫面").is_visible()
        supplier.open(f"{where}sections/price/")
        supplier.page.fill("input[name=price_twd]", "一萬")
        press(supplier, "儲存並繼續")
        assert supplier.page.locator("[role=alert]").count()
        supplier.page.fill("input[name=price_twd]", "66,000")
        press(supplier, "儲存，回到總覽")
        assert "NT$66,000" in supplier.page.locator("main").inner_text()
        look(supplier, f"{where}preview/", where)
        press(supplier, "送審")
        deliver_mail()
        assert any("請審查方案" in letter.subject for letter in mail.outbox)

        sign_in(office, officer.email)
        look(office, "/office/plans/", "/office/plans/?state=plans", f"/office/plans/changes/{change.pk}/")
        assert "NT$60,000" in office.page.locator("tr.diff", has_text="價格（含稅）").inner_text()
        press(office, "退回補正")  # without a reason
        assert office.page.locator("[role=alert]").count()
        office.page.get_by_label("退回「價格（含稅）」的理由").fill("調幅請在一成以內")
        press(office, "退回補正")
        deliver_mail()

        look(supplier, where, f"{where}sections/price/")
        assert "調幅請在一成以內" in supplier.page.locator("main").inner_text()
        supplier.page.fill("input[name=price_twd]", "65000")
        press(supplier, "儲存，回到總覽")
        press(supplier, "送審")
        buyer.open(f"/plans/{plan.code}/")
        assert "NT$60,000" in buyer.page.locator("main").inner_text()

        office.open(f"/office/plans/changes/{change.pk}/")
        press(office, "核准")
        look(office, f"/office/plans/listed/{plan.code}/", "/office/plans/?state=APPROVED")
        buyer.open(f"/plans/{plan.code}/")
        accessible(buyer)
        assert "NT$65,000" in buyer.page.locator("main").inner_text()
        look(supplier, where, f"/en/supplier/plans/listed/{plan.code}/", "/en/supplier/plans/")
        order.refresh_from_db()
        assert (order.price_twd, order.plan_version.number) == (60_000, 1)
        assert Plan.objects.get(pk=plan.pk).current.number == 2
        for somebody in (supplier, office, buyer):
            unexpected = [text for text in somebody.complaints if not re.search("409|429", text)]
            assert unexpected == []
