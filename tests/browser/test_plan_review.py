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
        supplier.sign_in(seller.email)
        supplier.look("/supplier/plans/", f"/supplier/plans/listed/{plan.code}/")
        supplier.press("修改這個方案")
        change = PlanChange.objects.get()
        where = f"/supplier/plans/changes/{change.pk}/"
        supplier.look(
            *(f"{where}sections/{section}/" for section in ("basics", "answers", "details")),
            f"{where}files/",
        )
        supplier.page.get_by_label("圖片（PNG、JPEG、WebP，2 MB以內）").check()
        supplier.page.set_input_files("input[name=upload]", tmp_path / "shot.png")
        supplier.page.fill("input[name=title]", "今日庫存的畫面")
        supplier.press("加入")
        assert supplier.page.get_by_alt_text("今日庫存的畫面").is_visible()
        supplier.open(f"{where}sections/price/")
        supplier.page.fill("input[name=price_twd]", "一萬")
        supplier.press("儲存並繼續")
        assert supplier.page.locator("[role=alert]").count()
        supplier.page.fill("input[name=price_twd]", "66,000")
        supplier.press("儲存，回到總覽")
        assert "NT$66,000" in supplier.page.locator("main").inner_text()
        supplier.look(f"{where}preview/", where)
        supplier.press("送審")
        deliver_mail()
        assert any("請審查方案" in letter.subject for letter in mail.outbox)

        office.sign_in(officer.email)
        office.look("/office/plans/", "/office/plans/?state=plans", f"/office/plans/changes/{change.pk}/")
        assert "NT$60,000" in office.page.locator("tr.diff", has_text="價格（含稅）").inner_text()
        office.press("退回補正")  # without a reason
        assert office.page.locator("[role=alert]").count()
        office.page.get_by_label("退回「價格（含稅）」的理由").fill("調幅請在一成以內")
        office.press("退回補正")
        deliver_mail()

        supplier.look(where, f"{where}sections/price/")
        assert "調幅請在一成以內" in supplier.page.locator("main").inner_text()
        supplier.page.fill("input[name=price_twd]", "65000")
        supplier.press("儲存，回到總覽")
        supplier.press("送審")
        buyer.open(f"/plans/{plan.code}/")
        assert "NT$60,000" in buyer.page.locator("main").inner_text()

        office.open(f"/office/plans/changes/{change.pk}/")
        office.press("核准")
        office.look(f"/office/plans/listed/{plan.code}/", "/office/plans/?state=APPROVED")
        buyer.open(f"/plans/{plan.code}/")
        accessible(buyer)
        assert "NT$65,000" in buyer.page.locator("main").inner_text()
        supplier.look(where, f"/en/supplier/plans/listed/{plan.code}/", "/en/supplier/plans/")
        order.refresh_from_db()
        assert (order.price_twd, order.plan_version.number) == (60_000, 1)
        assert Plan.objects.get(pk=plan.pk).current.number == 2
        for somebody in (supplier, office, buyer):
            unexpected = [text for text in somebody.complaints if not re.search("409|429", text)]
            assert unexpected == []
