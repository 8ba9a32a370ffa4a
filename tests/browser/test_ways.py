"""Colleague and owner, renewal, and lead codes in a real browser: axe finds nothing, nothing scrolls sideways."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tcloud.assessment import operations as assessment
from tcloud.core import clock
from tcloud.leads import operations as leads
from tcloud.leads.models import Lead
from tcloud.members import operations as members
from tcloud.members.models import Invitation, Membership
from tcloud.orders.models import DraftRequest, Order
from tests import factories
from tests.adapters.card import authorities
from tests.browser.conftest import Person, accessible

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A company with an owner and a colleague, a supplier with two plans, a served order, a code, an open invitation."""
    authorities.stand_in(monkeypatch)
    now = clock.now()
    edition = factories.programme(code="tcloud", at=now)
    assessment.publish_first(at=now)
    supplier = factories.supplier(at=now)
    seller = factories.user(supplier.company, email="seller@example.tw", name="賴業務")
    plan = factories.plan(supplier, price_twd=20_000, at=now)
    factories.plan(supplier, price_twd=30_000, at=now)
    company = factories.granted(edition, at=now)
    owner = factories.user(company, email="owner@example.tw", name="張老闆")
    helper = factories.user(email="helper@example.tw", name="陳同事")
    Membership.objects.create(user=helper, company=company, role="colleague", may_order=False)
    served = factories.delivered(edition, company, plan, at=now)
    factories.submitted(edition, company, plan, at=now, follows=served, points=5_000)
    lead = leads.make(
        supplier, plan=plan, company_ubn="", most_uses=100, days=30, note="11 月展場傳單", user=seller,
        by=factories.actor(supplier.company, "supplier"), at=now,
    )  # fmt: skip
    invitation = members.invite(
        company,
        email="new@example.tw",
        may_order=False,
        user=owner,
        by=factories.actor(company, by=owner),
        at=now,
    )
    return {"plan": plan, "served": served, "lead": lead, "invitation": invitation, "company": company}


def look(person: Person, path: str, name: str, pictures: Path) -> None:
    if path:
        person.open(path)
    accessible(person)
    width = person.page.viewport_size["width"] if person.page.viewport_size else 0
    person.page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_colleague_asks_the_owner_answers_and_a_code_is_taken_up(
    width: int, scene: dict[str, Any], person: Callable[..., Person], tmp_path: Path
) -> None:
    owner, helper, seller = person(width), person(width), person(width)
    for who, email in ((owner, "owner"), (helper, "helper"), (seller, "seller")):
        who.sign_in(f"{email}@example.tw")
    code, served = scene["lead"].code, scene["served"].number
    look(person(width), f"/go/{code}/", "go", tmp_path)
    stranger = person(width)
    stranger.open("/go/")
    stranger.page.fill("[name=code]", code[:-1] + ("0" if code[-1] != "0" else "1"))
    stranger.submit()
    look(stranger, "", "typo", tmp_path)
    look(stranger, f"/member/invitations/{scene['invitation'].token}/", "invitation", tmp_path)

    helper.open(f"/go/{code}/")
    helper.submit()
    helper.arrive("**/member/assessment/")
    look(helper, f"/member/orders/new/{scene['plan'].code}/?follows={served}", "new", tmp_path)
    helper.page.fill("[name=points]", "1000")
    helper.turn(helper.page.get_by_role("button", name="建立訂單"))
    helper.arrive("**/member/orders/CE*/")
    look(helper, "", "draft", tmp_path)
    helper.page.fill("[name=note]", "庫存要用")
    helper.turn(helper.page.get_by_role("button", name="送請核准"))
    helper.page.get_by_role("button", name="收回請求").wait_for()
    look(helper, "", "asked", tmp_path)
    number = DraftRequest.objects.get().order.number

    look(owner, "/member/", "centre", tmp_path)
    look(owner, f"/member/orders/{number}/", "approve", tmp_path)
    owner.turn(owner.page.get_by_role("button", name="核准並繼續"))
    owner.page.get_by_role("button", name="確認訂單與金額").wait_for()
    look(owner, "", "approved", tmp_path)
    assert Order.objects.get(number=number).lead == Lead.objects.get()
    look(owner, "/member/people/", "people", tmp_path)
    look(owner, f"/member/people/{Membership.objects.get(role='colleague').pk}/removal/", "removal", tmp_path)
    look(owner, f"/member/orders/{served}/renewal/", "renewal", tmp_path)
    look(owner, f"/member/orders/{served}/", "served", tmp_path)

    look(seller, "/supplier/leads/", "leads", tmp_path)
    look(seller, f"/supplier/leads/{scene['lead'].pk}/", "lead", tmp_path)
    look(seller, f"/supplier/orders/{served}/", "supplier-order", tmp_path)
    assert Invitation.objects.get().state == "INVITED"
    for who in (owner, helper, seller):
        assert who.complaints == []
