"""Lead codes in the browser: made and printed, followed or typed, through sign-in and assessment to the plan (R-37, R-39)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tcloud.core import clock
from tcloud.leads import operations as leads
from tcloud.leads.models import Introduction, Lead
from tests import factories
from tests.factories import NOW, PASSWORD
from tests.web.order_pages import browser, page

pytestmark = pytest.mark.django_db
LEADS = "/supplier/leads/"


@pytest.fixture(autouse=True)
def _moment():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def supplier():
    made = factories.supplier()
    factories.user(made.company)
    return made


@pytest.fixture
def plan(supplier):
    return factories.plan(supplier)


@pytest.fixture
def lead(supplier, plan):
    return make(supplier, plan)


@pytest.fixture
def company(edition):
    made = factories.granted(edition)
    factories.user(made, email="owner@example.tw")
    return made


def make(supplier, plan=None, **changes):
    values = {
        "company_ubn": "", "most_uses": 2, "days": 30, "note": "祕密備註", "at": NOW,
        "user": supplier.company.memberships.first().user, "by": factories.actor(supplier.company, "supplier"),
    }  # fmt: skip
    return leads.make(supplier, plan=plan, **values | changes)


def test_supplier_makes_a_code_prints_it_and_ends_it(supplier, plan, settings):
    desk = browser(supplier.company)
    bad = desk.post(
        LEADS, {"plan": plan.pk, "days": "30", "most_uses": "0", "company_ubn": "12", "note": "x"}
    )
    assert page(bad, 422).count('href="#id_') == 2
    good = {"plan": "0", "days": "30", "most_uses": "5", "company_ubn": "", "note": "展場"}
    made = desk.post(LEADS, good)
    lead = Lead.objects.get()
    assert made["Location"] == f"{LEADS}{lead.pk}/"
    text = page(desk.get(made["Location"]))
    assert f"{settings.SITE_URL}/go/{lead.code}/" in text
    assert "不得附帶現金回饋" in text
    picture = desk.get(f"{LEADS}{lead.pk}/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture.content.lstrip().startswith((b"<?xml", b"<svg"))
    for _twice in range(2):
        assert desk.post(f"{LEADS}{lead.pk}/ending/").status_code == 302
    assert "已停用" in page(desk.get(LEADS))
    other = browser(factories.supplier().company)
    for path in ("", "qr.svg"):
        assert other.get(f"{LEADS}{lead.pk}/{path}").status_code == 404
    assert other.post(f"{LEADS}{lead.pk}/ending/").status_code == 404


def test_typing_a_code_forgives_form_but_not_a_wrong_symbol(lead):
    client = Client()
    right = client.post("/go/", {"code": f" {lead.printed.lower()} "})
    assert right["Location"] == f"/go/{lead.code}/"
    swapped = lead.code[1] + lead.code[0] + lead.code[2:]
    wrong = swapped if swapped != lead.code else lead.code[:-1] + ("0" if lead.code[-1] != "0" else "1")
    text = page(client.post("/go/", {"code": wrong}), 422)
    assert "可能打錯了" in text
    assert f'value="{wrong}"' in text
    assert "可能打錯了" in page(client.get(f"/go/{wrong}/"), 404)
    assert "查不到這個代碼" in page(client.get("/go/0000016JD/"), 404)
    assert client.get(f"/go/{lead.code.lower()}/")["Location"] == f"/go/{lead.code}/"


def test_opening_counts_each_browser_once_and_shows_nothing_of_the_note(lead):
    first, second = Client(), Client()
    for client in (first, first, second):
        text = page(client.get(f"/go/{lead.code}/"))
    assert "祕密備註" not in text
    assert "不得附帶現金回饋" in text
    lead.refresh_from_db()
    assert lead.opened == 2


def test_visitor_signs_in_and_comes_back_to_take_it_up_and_orders_with_it(edition, lead, plan, company):
    client, here = Client(), f"/go/{lead.code}/"
    to = client.post(here, {"go": "sign_in"})["Location"]
    assert to == f"/account/login/?next=%2Fgo%2F{lead.code}%2F"
    back = client.post(to, {"login": "owner@example.tw", "password": PASSWORD})
    assert back["Location"] == here
    assert "回到供應商介紹的方案" in page(client.get("/member/"))
    assert "以 測試商行" in page(client.get(here))
    # its assessment is not done yet, so that comes first
    assert client.post(here)["Location"] == "/member/assessment/"
    assert "回到供應商介紹的方案" not in page(client.get("/member/"))
    text = page(client.get(f"/member/orders/new/{plan.code}/"))
    assert "您由「" in text
    order = factories.draft(edition, company, plan)
    assert order.lead == lead
    drop = re.search(r'action="(/member/introductions/\d+/drop/)"', text)[1]
    assert client.post(drop, {"next": "https://evil.example/"})["Location"] == "/member/"
    assert client.post(drop, {"next": f"/member/orders/{order.number}/"})["Location"].endswith(
        f"{order.number}/"
    )
    order.refresh_from_db()
    assert order.lead is None
    assert "您由「" not in page(client.get(f"/member/orders/new/{plan.code}/"))


def test_visitor_who_joins_is_led_back_from_the_end_of_joining(lead):
    client = Client()
    assert client.post(f"/go/{lead.code}/", {"go": "join"})["Location"] == "/member/join/"
    assert client.session["lead"] == lead.code


@pytest.mark.rule("R-37")
def test_what_cannot_be_taken_up_is_said_and_another_companys_introduction_is_not_found(
    edition, supplier, plan, company, lead
):
    other = factories.granted(edition)
    for_other = make(supplier, plan, company_ubn=other.ubn)
    client = browser(company)
    assert "給另一家企業" in page(client.get(f"/go/{for_other.code}/"), 409)
    assert "給另一家企業" in page(client.post(f"/go/{for_other.code}/"), 409)
    with clock.moved_to(NOW + timedelta(days=31)):
        assert "已過有效期限" in page(Client().get(f"/go/{lead.code}/"), 409)
    theirs = browser(other)
    theirs.post(f"/go/{for_other.code}/")
    assert client.post(f"/member/introductions/{Introduction.objects.get().pk}/drop/").status_code == 404
    assert Introduction.objects.get().dropped_at is None


@pytest.mark.rule("R-37")
def test_supplier_sees_counts_and_a_name_only_after_the_order(edition, supplier, plan, company, lead):
    client, desk = browser(company), browser(supplier.company)
    client.get(f"/go/{lead.code}/")
    client.post(f"/go/{lead.code}/")
    draft = factories.draft(edition, company, plan)
    for text in (page(desk.get(LEADS)), page(desk.get(f"{LEADS}{lead.pk}/"))):
        assert company.name not in text
        assert company.ubn not in text
    draft = factories.submitted(edition, company, plan)
    text = page(desk.get(f"{LEADS}{lead.pk}/"))
    assert company.name in text
    assert draft.number in text
    assert lead.printed in page(desk.get(f"/supplier/orders/{draft.number}/"))


def test_list_needs_as_many_queries_for_many_codes_as_for_one(supplier, plan, lead):
    desk = browser(supplier.company)
    desk.get(LEADS)
    with CaptureQueriesContext(connection) as one:
        desk.get(LEADS)
    for _ in range(4):
        make(supplier, plan)
    with CaptureQueriesContext(connection) as many:
        page(desk.get(LEADS))
    assert len(many) == len(one)


def test_guessing_is_slowed_down():
    client = Client()
    answers = [client.get("/go/0000016JD/").status_code for _ in range(31)]
    assert set(answers[:30]) == {404}
    assert answers[30] == 429
