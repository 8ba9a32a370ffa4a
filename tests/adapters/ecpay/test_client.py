"""The gateway's client against a gateway made of functions."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from tcloud.adapters.ecpay.client import EcpayClient, clean_text, form_fields, http_client, item_name
from tcloud.adapters.ecpay.mac import check_mac_value, mac_is_right
from tcloud.adapters.gateway_port import (
    ChargeRequest,
    ForgedCallback,
    GatewayTooFast,
    GatewayUnavailable,
    MalformedCallback,
    Method,
    RefundOutcomeUnknown,
    RefundRefused,
    TradeStatus,
)
from tcloud.adapters.merchant import Credentials

AT = datetime(2026, 11, 22, 7, 4, 5, tzinfo=UTC)
KEYS = Credentials("3002607", "test-hash-key-16", "test-hash-iv--16")
PAID = {
    "MerchantID": "3002607",
    "MerchantTradeNo": "CE0000000001A",
    "StoreID": "",
    "RtnCode": "1",
    "RtnMsg": "交易成功",
    "TradeNo": "2611221504051234",
    "TradeAmt": "30000",
    "PaymentDate": "2026/11/22 15:10:00",
    "PaymentType": "Credit_CreditCard",
    "PaymentTypeChargeFee": "600",
    "TradeDate": "2026/11/22 15:04:05",
    "SimulatePaid": "0",
    "CustomField1": "CE0000000001",
}
QUERIED = {
    key: PAID[key] for key in ("MerchantID", "MerchantTradeNo", "TradeNo", "TradeAmt", "PaymentType")
} | {"TradeStatus": "1", "PaymentDate": "2026/11/22 15:10:00", "CustomField1": ""}


def signed(fields):
    return {**fields, "CheckMacValue": check_mac_value(fields, KEYS.hash_key, KEYS.hash_iv)}


def client(handler=lambda request: httpx.Response(500)):
    http = http_client(transport=httpx.MockTransport(handler))
    return EcpayClient(http, "https://pay.test/gw/", KEYS, public_url="https://pay.example")


def answering(fields, status=200):
    return client(lambda request: httpx.Response(status, text=urlencode(fields)))


def charge(**changes):
    values = {
        "trade_no": "CE0000000001A",
        "amount_twd": 30000,
        "made_at": AT,
        "description": "雲端解決方案",
        "items": ('庫存#1 "專業\\版"',),
        "return_url": "https://tcloud.test/api/ecpay/return",
    }
    return ChargeRequest(**(values | changes))


def test_checkout_form_is_signed_and_in_taipei_time():
    form = client().checkout_form(charge(method=Method.ATM, pay_before=AT + timedelta(days=2)))
    assert form.url == "https://pay.example/Cashier/AioCheckOut/V5"
    assert form.fields["MerchantTradeDate"] == "2026/11/22 15:04:05"
    assert form.fields["ItemName"] == "庫存＃1 ＂專業＼版＂"
    assert form.fields["ChoosePayment"] == "ATM"
    assert form.fields["ExpireDate"] == "2"
    assert mac_is_right(form.fields, KEYS.hash_key, KEYS.hash_iv)


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_no": "CE-1"},
        {"trade_no": "C" * 21},
        {"trade_no": "１"},
        {"amount_twd": 0},
        {"made_at": datetime(2026, 1, 1)},
        {"items": ()},
        {"items": ("\n",)},
        {"return_url": ""},
        {"return_url": "javascript:x"},
        {"return_url": "https://t.test/" + "x" * 200},
        {"pay_before": AT},
        {"custom_fields": ("1", "2", "3", "4", "5")},
    ],
    ids=str,
)
def test_checkout_form_refuses_what_the_gateway_could_not_take(changes):
    with pytest.raises(ValueError):
        client().checkout_form(charge(**changes))


def test_clean_text_and_item_name_cut_at_whole_characters_and_lines():
    assert clean_text("雲" * 100, 200) == "雲" * 66
    assert clean_text("a\r\n\tb\u202ec", 50) == "a b c"
    assert item_name(("雲" * 100, "端" * 34)) == "雲" * 100
    assert item_name(("一", "", "二")) == "一#二"
    assert len(item_name(("雲" * 300,)).encode()) == 399


@pytest.mark.rule("R-30")
def test_parse_callback_reads_a_signed_message():
    callback = client().parse_callback(signed(PAID))
    assert callback.paid
    assert (callback.trade_no, callback.amount_twd, callback.charge_fee_twd) == ("CE0000000001A", 30000, 600)
    assert callback.paid_at.isoformat() == "2026-11-22T15:10:00+08:00"
    assert callback.custom_fields == ("CE0000000001", "", "", "")
    assert "CheckMacValue" not in callback.raw


@pytest.mark.rule("R-30")
@pytest.mark.parametrize(
    "form",
    [
        {**signed(PAID), "TradeAmt": "1"},
        {**signed(PAID), "CheckMacValue": "0" * 64},
        PAID,
        {},
        {**signed(PAID), "Injected": "1"},
        {key: value for key, value in signed(PAID).items() if key != "StoreID"},
    ],
)
def test_parse_callback_refuses_forged_messages(form):
    with pytest.raises(ForgedCallback):
        client().parse_callback(form)


@pytest.mark.rule("R-30")
@pytest.mark.parametrize(
    "change",
    [{"TradeAmt": "3e4"}, {"TradeAmt": "-1"}, {"TradeAmt": "３"}, {"RtnCode": ""}, {"MerchantTradeNo": ""}],
    ids=str,
)
def test_parse_callback_refuses_signed_nonsense(change):
    with pytest.raises(MalformedCallback):
        client().parse_callback(signed(PAID | change))


@pytest.mark.rule("R-30")
def test_parse_callback_never_takes_simulated_money_for_paid():
    for flag in ("1", "true"):
        callback = client().parse_callback(signed(PAID | {"SimulatePaid": flag}))
        assert callback.simulated
        assert not callback.paid


def test_form_fields_keeps_blanks_and_refuses_a_field_twice():
    assert form_fields(b"a=&b=%E9%9B%B2+x") == {"a": "", "b": "雲 x"}
    for body in (b"a=1&a=2", b"\xff=1", b"", b"x" * 100_001, b"a=%ff"):
        with pytest.raises(MalformedCallback):
            form_fields(body)


@pytest.mark.parametrize(
    ("code", "status", "paid"),
    [
        ("1", TradeStatus.PAID, True),
        ("0", TradeStatus.UNPAID, False),
        ("10200095", TradeStatus.FAILED, False),
        ("10200047", TradeStatus.NOT_FOUND, False),
        ("77", TradeStatus.OTHER, False),
    ],
)
def test_query_reads_the_signed_answer(code, status, paid):
    asked = []

    def gateway(request):
        asked.append((request.url.path, dict(parse_qsl(request.content.decode()))))
        return httpx.Response(200, text=urlencode(signed(QUERIED | {"TradeStatus": code})))

    result = client(gateway).query("CE0000000001A", amount_twd=30000, at=AT)
    assert (result.status, result.paid, result.amount_twd) == (status, paid, 30000)
    [(path, fields)] = asked
    assert path == "/gw/Cashier/QueryTradeInfo/V5"
    assert fields["TimeStamp"] == str(int(AT.timestamp()))
    assert mac_is_right(fields, KEYS.hash_key, KEYS.hash_iv)


@pytest.mark.parametrize(
    ("gateway", "error"),
    [
        (answering(QUERIED), ForgedCallback),
        (answering({**signed(QUERIED), "TradeAmt": "1"}), ForgedCallback),
        (answering(signed(QUERIED | {"MerchantTradeNo": "OTHER"})), ForgedCallback),
        (answering(signed(QUERIED | {"TradeAmt": "x"})), MalformedCallback),
        (answering(signed(QUERIED), status=403), GatewayTooFast),
        (answering(signed(QUERIED), status=502), GatewayUnavailable),
        (client(lambda request: httpx.Response(200, text="<html>")), GatewayUnavailable),
        (client(lambda request: httpx.Response(200, text="")), GatewayUnavailable),
    ],
)
def test_query_trusts_nothing_else(gateway, error):
    with pytest.raises(error):
        gateway.query("CE0000000001A", amount_twd=30000, at=AT)


REFUND = {
    "trade_no": "CE0000000001A",
    "gateway_trade_no": "2611221504051234",
    "amount_twd": 30000,
    "payment_type": "Credit_CreditCard",
}
REFUNDED = {
    "MerchantID": "3002607",
    "MerchantTradeNo": "CE0000000001A",
    "TradeNo": "2611221504051234",
    "RtnCode": "1",
    "RtnMsg": "OK",
}


@pytest.mark.parametrize("fields", [REFUNDED, signed(REFUNDED)])
def test_refund_succeeds_signed_or_not(fields):
    assert answering(fields).refund(**REFUND).amount_twd == 30000


def raising(error):
    def gateway(request):
        raise error("…", request=request)

    return client(gateway)


@pytest.mark.parametrize(
    ("gateway", "error"),
    [
        (answering(REFUNDED | {"RtnCode": "10100050"}), RefundRefused),
        (answering(signed(REFUNDED) | {"RtnMsg": "changed"}), RefundOutcomeUnknown),
        (answering(REFUNDED | {"TradeNo": "9"}), RefundOutcomeUnknown),
        (answering(REFUNDED, status=500), RefundOutcomeUnknown),
        (raising(httpx.ReadTimeout), RefundOutcomeUnknown),
        (client(lambda request: httpx.Response(200, text="")), RefundOutcomeUnknown),
    ],
)
def test_refund_never_takes_doubt_for_success(gateway, error):
    with pytest.raises(error):
        gateway.refund(**REFUND)


def test_refund_that_was_not_sent_may_be_tried_again():
    with pytest.raises(GatewayUnavailable) as caught:
        raising(httpx.ConnectError).refund(**REFUND)
    assert not isinstance(caught.value, RefundOutcomeUnknown)


def test_refund_of_an_atm_payment_is_refused_without_asking():
    with pytest.raises(RefundRefused):
        raising(AssertionError).refund(**REFUND | {"payment_type": "ATM_TAISHIN"})


def test_credentials_never_show_their_keys():
    text = repr(client()) + repr(KEYS)
    assert KEYS.hash_key not in text
    assert KEYS.hash_iv not in text
