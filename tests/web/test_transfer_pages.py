"""Remitting in the browser: the account, the word, the evidence, and what officers see (R-23, R-30)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.orders.models import Order
from tcloud.outbox import operations as outbox
from tcloud.payments.models import BankReceipt, Charge
from tests import factories
from tests.factories import NOW
from tests.orders.test_transfers import DUE_DAY, confirm, with_bank
from tests.web.order_pages import browser, page, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-23", "R-30")]
DAY = {"paid_on_year": "2027", "paid_on_month": "1", "paid_on_day": "15"}
RECEIVED = {"received_on_year": "116", "received_on_month": "1", "received_on_day": "15"}


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def order():
    return with_bank()


def evidence(content=b"%PDF-1.7 x", name="入帳.pdf"):
    return SimpleUploadedFile(name, content)


def test_from_the_account_over_the_word_to_the_payment(order):
    mine, theirs = browser(order.company), browser(order.supplier.company)
    base = f"/member/orders/{order.number}/payment"
    assert "改用銀行匯款到供應商帳戶" in page(mine.get(f"{base}/"))
    assert 'data-copy="012345678901"' in page(mine.get(f"{base}/transfer/"))
    wrong = page(mine.post(f"{base}/transfer/", {"last_five": "12", **DAY}), 409)
    assert "共 5 位數字" in wrong
    assert 'value="12"' in wrong
    assert mine.post(f"{base}/transfer/", {"last_five": "12345", **DAY})["Location"] == f"{base}/transfer/"
    assert "末五碼 12345" in page(mine.get(f"{base}/transfer/"))
    assert outbox.deliver(Event.objects.get(type="transfer.stated").pk, at=NOW)
    url = f"/supplier/orders/{order.number}/transfer/"
    assert "企業表示已匯款，請查對" in page(theirs.get(f"/supplier/orders/{order.number}/"))
    assert "12345" in page(theirs.get(url))
    data = {"amount_twd": "30000", "last_five": "12345", **RECEIVED}
    assert "請附上入帳證明" in page(theirs.post(url, data), 422)
    assert "不是可以附上的檔案" in page(theirs.post(url, data | {"evidence": evidence(b"MZ", "a.exe")}), 422)
    assert "應收金額是30,000元" in page(
        theirs.post(url, data | {"amount_twd": "1", "evidence": evidence()}), 422
    )
    assert (
        theirs.post(url, data | {"evidence": evidence()})["Location"] == f"/supplier/orders/{order.number}/"
    )
    assert Order.objects.get().state == "PAID"
    assert mine.get(f"{base}/transfer/")["Location"] == f"{base}/result/"
    assert "付款完成" in page(mine.get(f"{base}/result/"))
    assert "付款成立" in page(theirs.get(url))


def test_supplier_found_nothing(order):
    mine, theirs = browser(order.company), browser(order.supplier.company)
    mine.post(f"/member/orders/{order.number}/payment/transfer/", {"last_five": "12345", **DAY})
    theirs.post(f"/supplier/orders/{order.number}/transfer/", {"act": "deny"})
    assert outbox.deliver(Event.objects.get(type="transfer.not_found").pk, at=NOW)
    url = f"/member/orders/{order.number}/payment/transfer/"
    assert "沒有查到您的匯款" in page(mine.get(url))
    again = page(mine.post(url, {"last_five": "12345", **DAY}, follow=True))
    assert "已通知供應商查對入帳" in again
    assert "在那之前訂單不會因付款期限而取消" in again


def test_after_the_deadline_nobody_is_asked_to_remit(order):
    with clock.moved_to(Charge.objects.get().expires_at):
        text = page(browser(order.company).get(f"/member/orders/{order.number}/payment/transfer/"))
    assert "請不要再匯款" in text
    assert "012345678901" not in text


def test_officer_sees_the_evidence_and_that_it_went_back(order, client):
    due = Charge.objects.get().expires_at
    confirm(order, received_on=DUE_DAY + timedelta(days=1), at=due)
    assert outbox.deliver(Event.objects.get(type="transfer.owed_back").pk, at=due)
    client.force_login(factories.user(staff_role="officer"))
    receipt = BankReceipt.objects.get()
    url = f"/office/transfers/{receipt.pk}/"
    assert url in page(client.get("/office/refunds/"))
    assert "逾期，待退還" in page(client.get(url))
    file = client.get(f"{url}file/")
    assert (file.content, file["X-Content-Type-Options"]) == (b"%PDF-1.7 x", "nosniff")
    assert file["Content-Disposition"].startswith("attachment")
    assert "請填寫匯款的序號" in page(client.post(url, {"reference": ""}), 422)
    client.post(url, {"reference": "匯款 5"})
    assert "已退還" in page(client.get(url))


def test_strangers_find_nothing(order):
    assert (
        browser(factories.granted(order.programme))
        .get(f"/member/orders/{order.number}/payment/transfer/")
        .status_code
        == 404
    )
    other = browser(factories.supplier().company)
    assert other.get(f"/supplier/orders/{order.number}/transfer/").status_code == 404
    with override("en"):
        assert page(browser(order.company).get(f"/en/member/orders/{order.number}/payment/transfer/"))
        assert page(browser(order.supplier.company).get(f"/en/supplier/orders/{order.number}/transfer/"))


def test_word_lapses_with_time(order):
    mine = browser(order.company)
    mine.post(f"/member/orders/{order.number}/payment/transfer/", {"last_five": "12345", **DAY})
    assert "2027年1月21日（四）24:00" in page(mine.get(f"/member/orders/{order.number}/payment/transfer/"))
