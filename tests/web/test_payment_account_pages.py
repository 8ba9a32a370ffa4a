"""收款設定 in the browser: the owner alone, after the password once more, and nobody ever sees a key again (R-23, R-37)."""

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client

from tcloud.core.models import Event
from tcloud.members import operations as members
from tcloud.members.models import Membership
from tcloud.outbox import operations as outbox
from tcloud.payments.models import PaymentAccount
from tests import factories
from tests.factories import NOW
from tests.payments.test_accounts import OWN, wire  # noqa: F401  a fixture
from tests.web.order_pages import browser, page

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-37")]
URL = "/supplier/payment-accounts/"
GATEWAY = {
    "act": "gateway", "gateway-kind": "ecpay", "gateway-merchant_id": OWN.merchant_id, "gateway-hash_key": OWN.hash_key,
    "gateway-hash_iv": OWN.hash_iv,
}  # fmt: skip
BANK = {
    "act": "bank",
    "bank-bank_code": "004",
    "bank-bank_name": "臺灣銀行",
    "bank-account_no": "012345678901",
    "bank-account_name": "測試",
}


@pytest.fixture
def supplier():
    factories.programme()
    return factories.supplier()


def sure(client):
    """The password was just entered."""
    client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    return client


def test_owner_enters_the_password_first(supplier):
    client = browser(supplier.company)
    for answer in (client.get(URL), client.post(URL, GATEWAY)):
        assert answer["Location"].startswith("/account/reauthenticate/?next=")
    assert OWN.hash_key not in str(dict(client.session.items()))


def test_colleague_is_refused(supplier):
    user = members.register_person(
        supplier.company, email="colleague@example.tw", name="同事", phone="02", password_hash=make_password(factories.PASSWORD),
        language="zh-hant", by=factories.officer(), at=NOW,
    )  # fmt: skip
    Membership.objects.filter(user=user).update(role="colleague")
    client = Client()
    client.force_login(user)
    assert sure(client).get(URL).status_code == 403


def test_keys_are_saved_and_never_shown_again(supplier, wire):  # noqa: F811
    client = sure(browser(supplier.company))
    assert "目前使用計畫的金流平台" in page(client.get(URL))
    assert client.post(URL, GATEWAY)["Location"] == URL
    text = page(client.get(URL))
    assert "…67" in text
    for secret in (OWN.merchant_id, OWN.hash_key, OWN.hash_iv):
        assert secret not in text
    assert outbox.deliver(Event.objects.get(type="payment_account.set").pk, at=NOW)
    assert OWN.hash_key not in mail.outbox[0].body
    officer = Client()
    officer.force_login(factories.user(staff_role="officer"))
    listed = page(officer.get("/office/payment-accounts/"))
    assert "綠界科技 ECPay" in listed
    assert OWN.merchant_id not in listed
    account = PaymentAccount.objects.get()
    client.post(URL, {"act": "retire", "account": account.pk})
    assert "目前使用計畫的金流平台" in page(client.get(URL))


def test_what_the_gateway_does_not_confirm_is_said(supplier, wire):  # noqa: F811
    wire.keys_known = False
    text = page(sure(browser(supplier.company)).post(URL, GATEWAY), 409)
    assert "金流平台沒有確認這組特店編號與金鑰" in text
    assert OWN.hash_key not in text
    assert not PaymentAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bank-bank_code": "4"}, "銀行代碼是 3 位數字"),
        ({"bank-account_no": "12-34567"}, "銀行代碼是 3 位數字"),
        ({"bank-account_no": ""}, "請填寫帳號"),
    ],
)
def test_wrong_bank_account_is_said_and_kept(supplier, changes, said):
    answer = sure(browser(supplier.company)).post(URL, BANK | changes)
    text = page(answer, answer.status_code)
    assert said in text
    assert "臺灣銀行" in text


def test_somebody_elses_account_is_not_retired(supplier):
    client = sure(browser(supplier.company))
    client.post(URL, BANK)
    other = sure(browser(factories.supplier().company))
    assert other.post(URL, {"act": "retire", "account": PaymentAccount.objects.get().pk}).status_code == 404
    assert "004" in page(client.get(URL))
