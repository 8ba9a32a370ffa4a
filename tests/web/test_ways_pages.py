"""Colleague and owner, several orders of one grant, renewal and change of plan, in the browser (R-17, R-37)."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.members import operations as members
from tcloud.members.models import Invitation, Membership
from tcloud.orders.models import DraftRequest, Order
from tcloud.outbox import operations as outbox
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW, PASSWORD
from tests.web.order_pages import browser, hidden, page, sign, with_test_cards

pytestmark = pytest.mark.django_db
LIST, PEOPLE = "/member/orders/", "/member/people/"


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def company(edition):
    made = factories.granted(edition)
    factories.user(made, email="owner@example.tw", name="張老闆")
    return made


@pytest.fixture
def owner(company):
    return browser(company)


@pytest.fixture
def helper(company):
    """The browser of a colleague without the right to order."""
    user = factories.user(email="helper@example.tw", name="陳同事")
    Membership.objects.create(user=user, company=company, role="colleague", may_order=False)
    return factories.signed_in(user)


def ordered(client, plan, query="", **changes):
    """Fill the form of a new order in and post it."""
    text = page(client.get(f"{LIST}new/{plan.code}/{query}"))
    values = {name: hidden(text, name) for name in ("plan", "version", "key")}
    values |= {
        "points": "1000",
        "contact_name": "陳同事",
        "contact_email": "helper@example.tw",
        "contact_phone": "",
    }
    if found := re.search(r'name="follows" value="(\w+)"', text):
        values["follows"] = found[1]
    return client.post(LIST, values | changes)


def letters(type_):
    mail.outbox.clear()
    outbox.deliver(Event.objects.filter(type=type_).latest("id").pk, at=NOW)
    return {sent.to[0]: sent.body for sent in mail.outbox}


def plain(response, status=200):
    """The page's text, its no-break spaces as spaces."""
    return page(response, status).replace("\u00a0", " ")


# People


def test_owner_invites_by_mail_and_the_colleague_makes_her_account(owner, company):
    assert owner.post(PEOPLE, {"email": "new@example.tw"})["Location"] == PEOPLE
    (body,) = letters("member.invited").values()
    path = re.search(r"/member/invitations/[\w-]+/", body)[0]
    stranger = Client()
    assert "張老闆 邀請您代表" in page(stranger.get(path))
    assert "密碼" in page(
        stranger.post(path, {"name": "林新人", "phone": "02-12345678", "password": "short"}), 422
    )
    done = stranger.post(path, {"name": "林新人", "phone": "02-12345678", "password": PASSWORD})
    assert done["Location"] == "/member/"
    assert "公司資料" in page(stranger.get("/member/"))
    row = Membership.objects.get(user__email="new@example.tw")
    assert (row.company, row.may_order) == (company, False)
    assert "已經接受過" in page(Client().get(path), 409)


def test_who_has_an_account_signs_in_first_and_comes_back(owner, company):
    user = factories.user(factories.company(), email="known@example.tw")
    owner.post(PEOPLE, {"email": user.email, "may_order": "on"})
    path = f"/member/invitations/{Invitation.objects.get().token}/"
    client = Client()
    assert f"/account/login/?next={path}" in page(client.get(path))
    assert page(client.post(path), 422)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(path)["Location"] == "/member/"
    assert Membership.objects.get(user=user, company=company).may_order


def test_only_the_owner_sees_forms_and_others_are_refused(owner, helper, company):
    row = Membership.objects.get(user__email="helper@example.tw")
    other = browser(factories.granted(factories.programme()))
    assert "寄出邀請" not in page(helper.get(PEOPLE))
    assert "只有貴公司的負責帳號" in page(helper.post(PEOPLE, {"email": "x@example.tw"}), 409)
    assert page(helper.post(f"{PEOPLE}{row.pk}/right/", {"may_order": "1"}), 409)
    assert other.get(f"{PEOPLE}{row.pk}/removal/").status_code == 404
    assert "立刻不能再代表貴公司" in page(owner.get(f"{PEOPLE}{row.pk}/removal/"))
    assert owner.post(f"{PEOPLE}{row.pk}/right/", {"may_order": "1"}).status_code == 302
    row.refresh_from_db()
    assert row.may_order
    owner.post(f"{PEOPLE}{row.pk}/removal/")
    assert helper.get(f"{LIST}").status_code == 403


def test_an_invitation_of_another_company_is_not_found(owner, company):
    other = factories.company()
    user = factories.user(other)
    theirs = members.invite(
        other, email="x@example.tw", may_order=True, user=user, by=factories.actor(other, by=user), at=NOW
    )
    assert owner.post(f"{PEOPLE}invitations/{theirs.pk}/revocation/").status_code == 404
    assert Client().get("/member/invitations/no-such-token/").status_code == 404


# A draft to approve


def test_colleague_asks_owner_returns_colleague_changes_and_owner_signs_and_sends(owner, helper, company):
    plan = factories.plan()
    ordered(helper, plan)
    order = Order.objects.get()
    base = f"{LIST}{order.number}/"
    text = page(helper.get(base))
    assert "送請核准" in text
    assert f'action="{base}contract/"' not in text
    for path in ("contract/", "contract/acknowledgement/", "signing/", "submission/"):
        assert helper.post(f"{base}{path}").status_code in (404, 409)
    assert helper.post(f"{base}request/", {"note": "庫存要用"}).status_code == 302
    assert letters("draft_request.asked").keys() == {"owner@example.tw"}
    assert f"核准訂單草稿：{order.number}" in page(owner.get("/member/"))
    asked = DraftRequest.objects.get()
    assert "庫存要用" in page(owner.get(base))
    assert "請寫明退回的原因" in page(owner.post(f"{base}request/{asked.pk}/return/", {"reason": ""}), 422)
    assert owner.post(f"{base}request/{asked.pk}/return/", {"reason": "點數多用一點"}).status_code == 302
    assert "點數多用一點" in letters("draft_request.returned")["helper@example.tw"]
    assert "修改被退回的草稿" in page(helper.get("/member/"))
    again = helper.post(f"{base}discarding/", {"again": "1"})["Location"]
    ordered(helper, plan, f"?{again.split('?')[1]}", points="20000")
    order = Order.objects.get(state="DRAFT")
    base = f"{LIST}{order.number}/"
    helper.post(f"{base}request/", {"note": ""})
    asked = DraftRequest.objects.get(order=order)
    assert owner.post(f"{base}contract/").status_code == 409  # she waits for an answer
    for _twice in range(2):
        assert owner.post(f"{base}request/{asked.pk}/approval/")["Location"] == base
    assert "核准了您準備" in letters("draft_request.approved")["helper@example.tw"]
    assert "張老闆 已核准" in page(helper.get(base))
    owner.post(f"{base}contract/")
    sign(owner, order, company)
    assert helper.post(f"{base}submission/").status_code == 409
    assert owner.post(f"{base}submission/").status_code == 302
    order.refresh_from_db()
    assert order.state == "SUBMITTED"
    assert "核准紀錄" in page(owner.get(base))
    supplier = browser(order.supplier.company)
    assert "核准" not in page(supplier.get(f"/supplier/orders/{order.number}/")).split("<main")[1]


def test_colleague_takes_a_request_back_and_requests_of_others_are_not_found(owner, helper, company):
    ordered(helper, factories.plan())
    base = f"{LIST}{Order.objects.get().number}/"
    helper.post(f"{base}request/", {"note": ""})
    asked = DraftRequest.objects.get()
    assert "收回請求" in page(helper.get(base))
    stranger = browser(factories.granted(factories.programme()))
    for act in ("approval", "return", "withdrawal"):
        assert stranger.post(f"{base}request/{asked.pk}/{act}/").status_code == 404
    assert page(helper.post(f"{base}request/{asked.pk}/approval/"), 409)
    for _twice in range(2):
        assert helper.post(f"{base}request/{asked.pk}/withdrawal/").status_code == 302
    text = page(owner.post(f"{base}request/{asked.pk}/approval/"), 409)
    assert "已經處理過（已收回）" in text


def test_colleague_reads_an_order_without_the_buttons_that_bind(owner, helper, edition, company):
    order = factories.delivered(edition, company)
    base = f"{LIST}{order.number}/"
    text = page(helper.get(base))
    assert "由有訂購權限的同事辦理" in text
    for act in ("confirmation", "dispute"):
        assert f"{base}{act}/" not in text
        assert f"{base}{act}/" in page(owner.get(base))
    assert page(helper.post(f"{base}confirmation/"), 409)
    order.refresh_from_db()
    assert order.state == "DELIVERED"


def test_centre_needs_as_many_queries_for_many_requests_as_for_one(owner, helper):
    ordered(helper, factories.plan())
    helper.post(f"{LIST}{Order.objects.get().number}/request/", {"note": ""})
    owner.get("/member/")
    with CaptureQueriesContext(connection) as one:
        owner.get("/member/")
    for _ in range(3):
        helper.post(ordered(helper, factories.plan())["Location"] + "request/", {"note": ""})
    with CaptureQueriesContext(connection) as many:
        page(owner.get("/member/"))
    assert len(many) <= len(one)


# Several orders of one grant


@pytest.mark.rule("R-17")
def test_three_orders_share_a_grant_and_the_form_tells_what_is_left(owner, edition, company):
    plan = factories.plan()
    factories.submitted(edition, company, plan, points=10_000)
    text = plain(owner.get(f"{LIST}new/{plan.code}/"))
    assert "可用 20,000 點，另有 10,000 點保留在 1 張訂單。" in text
    assert 'max="20000"' in text
    factories.submitted(edition, company, factories.plan(), points=12_000)
    text = plain(owner.get(f"{LIST}new/{plan.code}/"))
    assert "可用 8,000 點，另有 22,000 點保留在 2 張訂單。" in text
    assert 'name="points" value="8000"' in text
    assert "使用點數須在 1 到 8,000 之間" in page(ordered(owner, plan, points="8001"), 422)
    third = factories.submitted(edition, company, plan, points=8_000)
    assert third.state == "SUBMITTED"
    assert "現在有 30,000 點保留在 3 張訂單。" in plain(owner.get(f"{LIST}new/{plan.code}/"))


# Renewal and change of plan


def test_renewal_leads_from_the_order_to_a_new_one_and_both_show_it(owner, edition, company):
    plan = factories.plan(price_twd=20_000)
    other = factories.plan(plan.solution.supplier, price_twd=10_000)
    served = factories.delivered(edition, company, plan)
    base = f"{LIST}{served.number}/"
    assert f'href="{base}renewal/"' in page(owner.get(base))
    text = page(owner.get(f"{base}renewal/"))
    for each in (plan, other):
        assert f"new/{each.code}/?follows={served.number}" in text
    assert "續約" in page(owner.get(f"{LIST}new/{plan.code}/?follows={served.number}"))
    made = ordered(owner, other, f"?follows={served.number}")
    change = Order.objects.get(previous_order=served)
    assert (change.kind, made["Location"]) == ("plan_change", f"{LIST}{change.number}/")
    assert served.number in page(owner.get(made["Location"]))
    renewal = factories.submitted(edition, company, plan, follows=served, points=5_000)
    assert renewal.number in page(owner.get(base))
    supplier = browser(served.supplier.company)
    assert renewal.number in page(supplier.get(f"/supplier/orders/{served.number}/"))
    assert served.number in page(supplier.get(f"/supplier/orders/{renewal.number}/"))


def test_changing_a_draft_of_a_renewal_keeps_what_it_follows(owner, edition, company):
    plan = factories.plan(price_twd=20_000)
    served = factories.delivered(edition, company, plan)
    ordered(owner, plan, f"?follows={served.number}")
    draft = Order.objects.get(previous_order=served)
    again = owner.post(f"{LIST}{draft.number}/discarding/", {"again": "1"})["Location"]
    ordered(owner, plan, f"?{again.split('?')[1]}", points="2000")
    assert Order.objects.get(state="DRAFT").previous_order == served


def test_renewal_says_honestly_why_it_is_not_possible(owner, edition, company):
    plan = factories.plan(price_twd=60_000)
    served = factories.delivered(edition, company, plan)
    base = f"{LIST}{served.number}/renewal/"
    text = page(owner.get(base))
    assert "沒有可用的點數，不能在這裡續約" in text
    assert f"mailto:{served.supplier.contact_email}" in text
    assert "不能在這裡續約" in page(owner.get(f"{LIST}new/{plan.code}/?follows={served.number}"))
    Programme.objects.update(renewals_with_points=False)
    assert "只用於新導入的服務" in page(owner.get(base))
    assert "只用於新導入的服務" in page(owner.get(f"{LIST}new/{plan.code}/?follows={served.number}"), 409)


def test_renewal_of_another_companys_order_is_not_found_and_one_without_service_leads_back(
    owner, edition, company
):
    other = factories.delivered(edition, factories.granted(edition))
    mine = factories.submitted(edition, company)
    assert owner.get(f"{LIST}{other.number}/renewal/").status_code == 404
    assert owner.get(f"{LIST}{mine.number}/renewal/")["Location"] == f"{LIST}{mine.number}/"
    assert owner.get(f"{LIST}new/{other.plan_version.plan.code}/?follows={other.number}").status_code == 404


def test_letter_before_the_end_leads_to_the_renewal(owner, edition, company):
    served = factories.completed(edition, company, factories.plan(price_twd=20_000))
    from tcloud.orders import operations as orders

    due = served.renewal_notice_at
    assert orders.send_renewal_notices(at=due) == 1
    with clock.moved_to(due):
        body = letters("order.term_ending")["owner@example.tw"]
    assert f"/member/orders/{served.number}/renewal/" in body
    assert "2028年1月15日" in body
