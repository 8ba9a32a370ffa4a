"""Money that goes back: by how it was paid, everybody is told who sends it and where to, and nothing else (R-27, R-30)."""

from datetime import timedelta

import pytest
from django.core import mail

from tcloud.core.models import Event
from tcloud.orders import operations as orders
from tcloud.orders import returning
from tcloud.orders.effects import effects
from tcloud.orders.models import Order
from tcloud.outbox import operations as outbox
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, PaymentAccount
from tcloud.payments.rules import WayBack, way_back
from tests import factories
from tests.factories import NOW
from tests.orders.test_transfers import confirm, with_bank
from tests.payments.gateway import answering, notice, settle
from tests.web.order_pages import browser, page, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-27", "R-30")]

CARD, BANK, OFFICE, SUPPLIER = "card", "bank", "ATM to the programme", "shop to the supplier"
COMPANY_READS = {
    CARD: "NT$30,000會由金流退回原來的信用卡",
    BANK: "由供應商把NT$30,000匯還到您匯出的帳戶（末五碼12345）",
    OFFICE: "執行單位會聯絡您確認收款帳戶，再把NT$30,000匯還給您",
    SUPPLIER: "供應商會聯絡您確認收款帳戶，再把NT$30,000匯還給您",
}
SUPPLIER_READS = {
    CARD: "NT$30,000由金流退回企業的信用卡，貴公司不需要匯款",
    BANK: "請把NT$30,000全額匯還到企業匯出的帳戶（末五碼12345",
    OFFICE: "NT$30,000由執行單位匯還企業，貴公司不需要匯款",
    SUPPLIER: "請聯絡企業確認收款帳戶，把NT$30,000全額匯還",
}
OFFICER_READS = {
    CARD: "系統還在向金流平台辦理這筆退款",
    BANK: "這筆錢在供應商的銀行帳戶，不在計畫的帳戶",
    OFFICE: "請聯絡企業確認收款帳戶，把NT$30,000匯還",
    SUPPLIER: "供應商須聯絡企業確認收款帳戶，把NT$30,000匯還",
}
BUTTON_SAYS = {
    CARD: "信用卡由金流退回原卡。",
    BANK: "匯款由供應商匯還到企業匯出的帳戶。",
    OFFICE: "由執行單位聯絡企業後匯還。",
    SUPPLIER: "由供應商聯絡企業後匯還。",
}
WAYS = [CARD, BANK, OFFICE, SUPPLIER]


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


def owned(order):
    return PaymentAccount.objects.create(
        company=order.supplier.company, kind="ecpay", merchant_id="1", secrets="x", created_at=NOW
    )


def paid(way):
    """An order that was paid so."""
    if way == BANK:
        order = with_bank()
        confirm(order)
        return Order.objects.get()
    edition = factories.programme()
    order = factories.paid(edition, factories.granted(edition))
    if way != CARD:
        account = owned(order) if way == SUPPLIER else None
        with factories.guards_off():
            Charge.objects.update(method="ATM_TAISHIN" if way == OFFICE else "CVS", account=account)
    return order


def letters(type, order):
    """The letters of the newest event of that type: the company's, the supplier's."""
    mail.outbox.clear()
    outbox.deliver(Event.objects.filter(type=type).latest("id").pk, at=NOW)
    by_address = {sent.to[0]: sent.body for sent in mail.outbox}
    return by_address.get(order.contact_email, ""), by_address.get(order.supplier.contact_email, "")


def others(table, way):
    return [words for each, words in table.items() if each != way]


@pytest.mark.parametrize("way", WAYS)
def test_everybody_reads_how_a_refunded_order_goes_back(way, client):
    order = paid(way)
    orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    charge = Charge.objects.get()
    client.force_login(factories.user(staff_role="officer"))
    company, supplier = letters("order.refunded", order)
    owed = f"/office/refunds/charge/{charge.pk}/"
    texts = {
        "company's letter": (company, COMPANY_READS),
        "company's page": (
            page(browser(order.company).get(f"/member/orders/{order.number}/")),
            COMPANY_READS,
        ),
        "company's payment": (
            page(browser(order.company).get(f"/member/orders/{order.number}/payment/result/")),
            COMPANY_READS,
        ),
        "supplier's letter": (supplier, SUPPLIER_READS),
        "officer's page": (page(client.get(owed)), OFFICER_READS),
    }
    for reader, (text, table) in texts.items():
        assert table[way] in text, reader
        assert not [words for words in others(table, way) if words in text], reader
    assert ("您不需要做任何事" in company) == (way in (CARD, BANK))
    desk = browser(order.supplier.company)
    to_do = page(desk.get(f"/supplier/orders/{order.number}/"))
    assert ("待辦：匯還企業" in to_do) == (SUPPLIER_READS[way] in to_do) == (way in (BANK, SUPPLIER))
    whom = {
        BANK: order.supplier.contact_email,
        SUPPLIER: order.supplier.contact_email,
        OFFICE: order.contact_email,
    }
    if way != CARD:
        assert whom[way] in texts["officer's page"][0]
        assert client.post(owed, {"reference": "匯款 7788"})["Location"] == "/office/refunds/"
        assert "待辦：匯還企業" not in page(desk.get(f"/supplier/orders/{order.number}/"))
        told, _none = letters("charge.refunded", order)
        assert "匯款 7788" in told
        assert "信用卡" not in told


@pytest.mark.parametrize("way", WAYS)
def test_both_read_how_a_part_goes_back(way):
    order = paid(way)
    orders.refund_part(order, 10_000, reason="少用", by=factories.officer(), at=NOW)
    for text, table in zip(
        letters("order.part_refunded", order), (COMPANY_READS, SUPPLIER_READS), strict=True
    ):
        assert table[way].replace("30,000", "10,000") in text
    assert len(returning.of_supplier(order.number)) == (way in (BANK, SUPPLIER))


@pytest.mark.parametrize("way", WAYS)
def test_the_button_says_it_before(way):
    order = paid(way)
    for act in ("refund", "part_refund", "propose_refund"):
        said = {each.aspect: each.sentence for each in effects(order, act, at=NOW)}
        assert said["money"].endswith(BUTTON_SAYS[way])


@pytest.mark.parametrize("way", [CARD, OFFICE, SUPPLIER])
def test_money_that_came_too_late_is_told_to_who_sends_it_back(way):
    edition = factories.programme()
    order = factories.accepted(edition, factories.granted(edition))
    late = NOW + timedelta(days=10)
    orders.close_deadlines(gateway=answering(), at=late)
    method = {CARD: "Credit_CreditCard", OFFICE: "ATM_TAISHIN", SUPPLIER: "CVS_CVS"}[way]
    assert settle(notice(order, at=late, PaymentType=method), at=late) == "to_refund"
    if way == SUPPLIER:
        with factories.guards_off():
            Charge.objects.update(account=owned(order))
    company, supplier = letters("charge.to_refund", order)
    assert COMPANY_READS[way] in company
    assert (SUPPLIER_READS[way] in supplier) == bool(supplier) == (way == SUPPLIER)


@pytest.mark.parametrize(
    ("method", "suppliers", "way"),
    [
        ("Credit_CreditCard", False, WayBack.CARD),
        ("CREDIT", True, WayBack.CARD),
        ("bank_transfer", True, WayBack.REMITTED),
        (payments.BY_BANK, False, WayBack.REMITTED),
        ("ATM_TAISHIN", False, WayBack.OFFICE),
        ("VACC", True, WayBack.SUPPLIER),
        ("WEBATM", True, WayBack.SUPPLIER),
        ("CVS_CVS", False, WayBack.OFFICE),
        ("BARCODE", True, WayBack.SUPPLIER),
        ("", False, WayBack.OFFICE),
    ],
)
def test_way_back(method, suppliers, way):
    assert way_back(method, suppliers_account=suppliers) is way
