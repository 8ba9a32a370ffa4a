"""A supplier's own account: sealed keys, pinned charges, and why its signature alone pays nothing (R-30)."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from django.test import Client

from tcloud.adapters.ecpay.client import EcpayClient
from tcloud.adapters.ecpay.mac import check_mac_value
from tcloud.adapters.gateway_http import http_client
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.newebpay import crypto
from tcloud.adapters.newebpay.client import NewebpayClient
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.core.sealed_secrets import SealBroken, unseal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.payments import gateway as gateways
from tcloud.payments import operations as payments
from tcloud.payments.checks import accounts_of_test_merchants
from tcloud.payments.models import Charge, GatewayMessage, PayCode, PaymentAccount
from tests import factories
from tests.factories import NOW
from tests.payments import gateway as programme

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30")]
OWN = Credentials("1234567", "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS")
OWN_NEWEBPAY = Credentials("MS000000009", "k" * 32, "i" * 16)


class Wire:
    """What a supplier's gateway answers to queries; `paid` is what it knows."""

    def __init__(self):
        self.paid, self.queries, self.keys_known = False, 0, True

    def ecpay(self, request):
        self.queries += 1
        asked = dict(httpx.QueryParams(request.content.decode()))
        said = {
            "MerchantID": asked["MerchantID"], "MerchantTradeNo": asked["MerchantTradeNo"], "TradeNo": "27", "TradeAmt": "30000",
            "PaymentType": "Credit_CreditCard", "PaymentDate": "2027/01/15 10:00:00", "TradeStatus": "1" if self.paid else "0",
        }  # fmt: skip
        if not self.keys_known:
            return httpx.Response(200, text="10200073|CheckMacValue Error")
        return httpx.Response(
            200, text=urlencode(said | {"CheckMacValue": check_mac_value(said, OWN.hash_key, OWN.hash_iv)})
        )

    def newebpay(self, request):
        self.queries += 1
        number = dict(httpx.QueryParams(request.content.decode()))["MerchantOrderNo"]
        said = {
            "MerchantID": OWN_NEWEBPAY.merchant_id, "Amt": 30000, "TradeNo": "27", "MerchantOrderNo": number,
            "TradeStatus": "1" if self.paid else "0", "PaymentType": "CREDIT", "PayTime": "2027-01-15 10:00:00",
            "CheckCode": crypto.check_code(number, 30000, "27", OWN_NEWEBPAY),
        }  # fmt: skip
        return httpx.Response(200, json={"Status": "SUCCESS", "Message": "", "Result": said})


@pytest.fixture
def wire(monkeypatch):
    wire = Wire()

    def connect(kind, keys, **_where):
        make, answer = {"ecpay": (EcpayClient, wire.ecpay), "newebpay": (NewebpayClient, wire.newebpay)}[kind]
        return make(http_client(transport=httpx.MockTransport(answer)), "https://own.test", keys)

    monkeypatch.setattr(gateways, "client", connect)
    kept = (gateways._programmes, gateways._of_account)
    for clients in kept:
        clients.cache_clear()
    wire.connect = connect
    with clock.moved_to(NOW):
        yield wire
    for clients in kept:
        clients.cache_clear()


def own_account(supplier, wire, kind="ecpay", keys=OWN):
    by = factories.actor(supplier.company, "supplier")
    return payments.set_gateway_account(
        supplier.company, kind=kind, keys=keys, by=by, at=NOW, connect=wire.connect
    )


def order_with(wire, kind="ecpay", keys=OWN):
    supplier, edition = factories.supplier(), factories.programme()
    account = own_account(supplier, wire, kind, keys)
    return factories.accepted(edition, factories.granted(edition), factories.plan(supplier)), account


def own_notice(order, **changes):
    """Signed with the supplier's own keys, which the supplier knows."""
    fields = programme.callback_fields(order, at=NOW, MerchantID=OWN.merchant_id, **changes)
    return fields | {"CheckMacValue": check_mac_value(fields, OWN.hash_key, OWN.hash_iv)}


def newebpay_notice(order, keys=OWN_NEWEBPAY, **changes):
    result = {
        "MerchantID": keys.merchant_id, "Amt": 30000, "TradeNo": "27", "PaymentType": "CREDIT",
        "MerchantOrderNo": Charge.objects.get(order_number=order.number).trade_no, "PayTime": "2027-01-15 10:00:00",
    } | changes  # fmt: skip
    info = crypto.encrypt(json.dumps({"Status": "SUCCESS", "Result": result}), keys)
    return {
        "Status": "SUCCESS",
        "MerchantID": keys.merchant_id,
        "TradeInfo": info,
        "TradeSha": crypto.trade_sha(info, keys),
    }


def post(fields, path="gateway/callback"):
    return Client().post(f"/api/{path}/", urlencode(fields), content_type="application/x-www-form-urlencoded")


def verdicts():
    return list(GatewayMessage.objects.order_by("id").values_list("kind", "verdict"))


def test_keys_are_sealed_and_never_change(wire):
    account = own_account(factories.supplier(), wire)
    assert OWN.hash_key not in account.secrets
    assert unseal(account.secrets)["hash_iv"] == OWN.hash_iv
    assert account.hint == "…67"


def test_new_key_seals_and_the_old_one_still_opens(settings, wire):
    from cryptography.fernet import Fernet

    account = own_account(factories.supplier(), wire)
    old = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *old]
    assert unseal(account.secrets)
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    with pytest.raises(SealBroken):
        unseal(account.secrets)


@pytest.mark.parametrize(
    ("keys", "known", "code"),
    [
        (Credentials("1234567", "short", OWN.hash_iv), True, "account.form"),
        (Credentials("20 132", OWN.hash_key, OWN.hash_iv), True, "account.form"),
        (OWN, False, "account.not_accepted"),
    ],
)
def test_wrong_keys_are_refused(wire, keys, known, code):
    wire.keys_known = known
    with pytest.raises(Refusal) as refused:
        own_account(factories.supplier(), wire, keys=keys)
    assert refused.value.code == code
    assert not PaymentAccount.objects.exists()


def test_public_test_merchant_is_refused_on_a_public_site(wire, settings):
    public = Credentials("2000132", OWN.hash_key, OWN.hash_iv)
    settings.DEBUG = True
    assert own_account(factories.supplier(), wire, keys=public)
    settings.DEBUG = False
    assert [error.id for error in accounts_of_test_merchants(databases=["default"])] == ["tcloud.E024"]
    with pytest.raises(Refusal) as refused:
        own_account(factories.supplier(), wire, keys=public)
    assert refused.value.code == "account.test_merchant"


def test_charge_goes_to_the_account_and_keeps_it_when_another_replaces_it(wire):
    order, account = order_with(wire)
    charge = Charge.objects.get()
    assert charge.account == account
    form = orders.checkout(
        order,
        gateway=programme.answering(),
        site_url="https://t.test",
        by=factories.actor(order.company),
        at=NOW,
    )
    assert (form.url, form.fields["MerchantID"]) == (
        "https://own.test/Cashier/AioCheckOut/V5",
        OWN.merchant_id,
    )
    payments.retire_account(account, by=factories.supplier_actor(order), at=NOW)
    again = orders.checkout(
        order,
        gateway=programme.answering(),
        site_url="https://t.test",
        by=factories.actor(order.company),
        at=NOW,
    )
    assert again.fields["MerchantID"] == programme.KEYS.merchant_id
    assert set(Charge.objects.values_list("account", "state")) == {(account.pk, "CLOSED"), (None, "OPEN")}


@pytest.mark.parametrize(("paid", "state"), [(True, "PAID"), (False, "ACCEPTED")])
def test_what_a_supplier_signs_itself_makes_us_ask_the_gateway(wire, paid, state):
    order, _account = order_with(wire)
    wire.paid, wire.queries = paid, 0
    assert post(own_notice(order)).status_code == 200
    assert Order.objects.get().state == state
    assert verdicts() == [("callback", "asked"), ("query", "paid" if paid else "not_paid")]
    assert post(own_notice(order)).status_code == 200
    assert wire.queries == (1 if paid else 2)  # what is paid is not asked about again


def test_no_account_speaks_for_another(wire):
    """Own keys under the programme's number, for its charge or a rival's, pay nothing."""
    order, _account = order_with(wire)
    edition = factories.programme()
    foreign = factories.accepted(edition, factories.granted(edition))
    assert post(own_notice(foreign)).status_code == 400  # the programme's charge, a supplier's keys
    assert (
        post(programme.callback_fields(order, at=NOW)).status_code == 200
    )  # a supplier's charge, the programme's keys
    own_account(factories.supplier(), wire, "newebpay", OWN_NEWEBPAY)
    assert post(newebpay_notice(order), "newebpay/callback").status_code == 200
    assert post(newebpay_notice(foreign), "newebpay/callback").status_code == 200
    assert {state for (state,) in Order.objects.values_list("state")} == {"ACCEPTED"}
    assert [verdict for _kind, verdict in verdicts()] == ["forged", "merchant", "merchant", "merchant"]


NEWEBPAY = {
    "paid": ({}, "asked", "PAID"),
    "wrong amount is found by asking": ({"Amt": 1}, "asked", "PAID"),
    "not paid": ({"PayTime": ""}, "not_paid", "ACCEPTED"),
    "unknown trade": ({"MerchantOrderNo": "CE99"}, "unknown_trade", "ACCEPTED"),
    "malformed": ({"Amt": "many"}, "malformed", "ACCEPTED"),
}


@pytest.mark.parametrize("name", NEWEBPAY)
def test_newebpay_notices(wire, name):
    changes, verdict, state = NEWEBPAY[name]
    order, _account = order_with(wire, "newebpay", OWN_NEWEBPAY)
    wire.paid = True
    post(newebpay_notice(order, **changes), "newebpay/callback")
    assert verdicts()[0] == ("callback", verdict)
    assert Order.objects.get().state == state
    if verdict == "asked":
        assert post(newebpay_notice(order), "newebpay/callback").status_code == 200
        assert verdicts()[-1] == ("callback", "repeated")


def test_newebpay_forged_and_after_a_refund(wire):
    order, _account = order_with(wire, "newebpay", OWN_NEWEBPAY)
    assert post(newebpay_notice(order) | {"TradeSha": "0" * 64}, "newebpay/callback").status_code == 400
    assert post({"TradeInfo": "00", "MerchantID": "MS1"}, "newebpay/callback").status_code == 400
    wire.paid = True
    post(newebpay_notice(order), "newebpay/callback")
    orders.refund(Order.objects.get(), reason="r", by=factories.officer(), at=NOW)
    post(newebpay_notice(order), "newebpay/callback")
    assert verdicts()[-1] == ("callback", "repeated")
    assert Charge.objects.get().state == "TO_REFUND"


@pytest.mark.rule("R-23")
def test_newebpay_codes_come_by_the_payers_browser_which_goes_on_to_the_order(wire):
    order, _account = order_with(wire, "newebpay", OWN_NEWEBPAY)
    codes = {
        "PaymentType": "VACC",
        "BankCode": "017",
        "CodeNo": "1234567890",
        "ExpireDate": "2027-01-19",
        "ExpireTime": "23:59:59",
    }
    answer = post(newebpay_notice(order, **codes), "newebpay/codes")
    assert answer["Location"] == f"/member/orders/{order.number}/payment/result/"
    assert PayCode.objects.get().number == "1234567890"
    assert GatewayMessage.objects.get().trade_no == Charge.objects.get().trade_no


def test_programmes_own_newebpay_is_believed_at_once(monkeypatch, settings, wire):
    """When the programme itself uses NewebPay its notices count as they come."""
    settings.GATEWAY = settings.GATEWAY | {"kind": "newebpay"}
    client = wire.connect("newebpay", OWN_NEWEBPAY)
    monkeypatch.setattr("tcloud.web.api.views.gateway", lambda: client)
    edition = factories.programme()
    order = factories.accepted(edition, factories.granted(edition))
    stories = [({"Amt": 1}, "amount"), ({}, "paid"), ({}, "repeated")]
    for changes, verdict in stories:
        post(newebpay_notice(order, **changes), "newebpay/callback")
        assert verdicts()[-1] == ("callback", verdict)
    assert wire.queries == 0
    assert Order.objects.get().state == "PAID"


def test_one_suppliers_silent_gateway_holds_up_nobody_else(wire):
    order, _account = order_with(wire)
    edition = factories.programme()
    other = factories.accepted(edition, factories.granted(edition))
    Charge.objects.update(next_query_at=NOW)
    wire.keys_known = False
    due = NOW + timedelta(days=10)
    answer = {
        "MerchantID": programme.KEYS.merchant_id, "MerchantTradeNo": Charge.objects.get(order_number=other.number).trade_no,
        "TradeNo": "1", "TradeAmt": "30000", "TradeStatus": "0", "PaymentType": "", "PaymentDate": "",
    }  # fmt: skip
    orders.close_deadlines(gateway=programme.answering(**answer), at=due)
    assert {each.number: each.state for each in Order.objects.all()} == {
        order.number: "ACCEPTED",
        other.number: "UNPAID",
    }


def test_refund_leaves_by_the_account_the_money_came_by(wire, monkeypatch):
    order, _account = order_with(wire)
    wire.paid = True
    post(own_notice(order))
    orders.refund(Order.objects.get(), reason="r", by=factories.officer(), at=NOW)
    asked = []
    monkeypatch.setattr(
        EcpayClient, "refund", lambda self, **what: asked.append((self.merchant_id, what["amount_twd"]))
    )
    assert payments.refund_owed(gateway=programme.answering(), at=NOW) == 1
    assert asked == [(OWN.merchant_id, 30_000)]
