"""The pages on which the parties of an order agree upon changes."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.core import clock
from tcloud.orders import operations as orders
from tcloud.orders.models import OrderChange
from tests import factories
from tests.factories import NOW
from tests.web.order_pages import browser, page
from tests.web.test_order_thread import paths, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    cache.clear()
    with clock.moved_to(NOW):
        edition = factories.programme(code="tcloud")
        yield factories.accepted(edition, factories.granted(edition))


def test_company_proposes_and_supplier_agrees(order):
    company, supplier = browser(order.company), browser(order.supplier.company)
    mine, theirs, office = paths(order)
    text = page(company.get(f"{mine}changes/"))
    assert "還沒有補充約定" in text
    new = f"{mine}changes/new/contact/"
    assert 'value="owner@example.tw"' in page(company.get(new))
    text = page(company.post(new, {"name": "", "email": "not-one", "phone": "02"}), 422)
    assert "請填寫聯絡人姓名" in text
    assert 'value="not-one"' in text
    assert company.post(new, {"name": "李小華", "email": "lee@example.tw", "phone": ""}).status_code == 302
    assert "等待對方回覆" in page(company.get(f"{mine}changes/"))
    assert "對方提議變更，等您回覆" in page(supplier.get(theirs))
    text = page(supplier.get(f"{theirs}changes/"))
    assert "契約全文、方案、價格、點數與各項期限都不變" in text
    decision = f"{theirs}changes/{OrderChange.objects.get().pk}/decision/"
    assert "請說明不同意的原因" in page(supplier.post(decision, {"decision": "refuse"}), 409)
    assert supplier.post(decision, {"decision": "nonsense"}).status_code == 404
    for _ in range(2):
        assert supplier.post(decision, {"decision": "agree"}).status_code == 302
    for client, path in ((company, mine), (supplier, theirs), (staff("auditor"), office)):
        text = page(client.get(path))
        assert "李小華" in text
        assert "雙方同意變更，列為補充約定" in text


def test_seats_and_start_are_proposed_and_taken_back(order):
    company, (mine, *_rest) = browser(order.company), paths(order)
    assert "契約總價包含3人" in page(company.get(f"{mine}changes/new/seats/"))
    assert "1到3人之間" in page(company.post(f"{mine}changes/new/seats/", {"seats": "9"}), 409)
    day = {"start_date_year": "116", "start_date_month": "2", "start_date_day": "1"}
    assert company.post(f"{mine}changes/new/start/", day).status_code == 302
    assert "2027年2月1日（一）" in page(company.get(f"{mine}changes/"))
    decision = f"{mine}changes/{OrderChange.objects.get().pk}/decision/"
    assert company.post(decision, {"decision": "agree"}).status_code == 409
    assert company.post(decision, {"decision": "withdraw"}).status_code == 302
    assert "已收回" in page(company.get(f"{mine}changes/"))


@pytest.mark.rule("R-37")
def test_changes_are_for_the_parties_alone(order):
    change = orders.propose_change(order, "seats", {"seats": 2}, by=factories.actor(order.company), at=NOW)
    other = factories.accepted(order.programme, factories.granted(order.programme))
    strangers = (
        (browser(other.company), "/member/orders/"),
        (browser(other.supplier.company), "/supplier/orders/"),
    )
    for client, path in strangers:
        assert client.get(f"{path}{order.number}/changes/").status_code == 404
        assert client.get(f"{path}{order.number}/changes/new/seats/").status_code == 404
        for number in (order.number, other.number):
            decision = f"{path}{number}/changes/{change.pk}/decision/"
            assert client.post(decision, {"decision": "agree"}).status_code == 404
    assert OrderChange.objects.get().state == "PROPOSED"


def test_a_plan_without_seats_and_a_confirmed_order_have_nothing_to_propose(order):
    company, (mine, *_rest) = browser(order.company), paths(order)
    assert company.get(f"{mine}changes/new/nonsense/").status_code == 404
    type(order).objects.filter(pk=order.pk).update(state="UNPAID")
    assert "才能變更約定" in page(company.get(f"{mine}changes/"))
    assert company.get(f"{mine}changes/new/seats/").status_code == 302


def test_page_takes_the_same_queries_however_many_changes(order):
    company, (mine, *_rest) = browser(order.company), paths(order)

    def agree(*numbers):
        for seats in numbers:
            change = orders.propose_change(
                order, "seats", {"seats": seats}, by=factories.actor(order.company), at=NOW
            )
            orders.agree_change(change, by=factories.supplier_actor(order), at=NOW)

    agree(2)
    company.get(f"{mine}changes/")  # what every page shows is read now
    with CaptureQueriesContext(connection) as few:
        page(company.get(f"{mine}changes/"))
    agree(3, 1, 2)
    with CaptureQueriesContext(connection) as many:
        page(company.get(f"{mine}changes/"))
    assert len(many) == len(few)
