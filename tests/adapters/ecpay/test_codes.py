"""Codes for paying at a machine: how long they are asked to live, and what the gateway says of them (PROTOCOLS §5)."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tcloud.adapters.ecpay.client import EcpayClient, http_client
from tcloud.adapters.ecpay.mac import check_mac_value
from tcloud.adapters.gateway_port import ChargeRequest, ForgedCallback, MalformedCallback, Method
from tcloud.adapters.merchant import Credentials

KEYS = Credentials("3002607", "test-hash-key-16", "test-hash-iv--16")
CLIENT = EcpayClient(
    http_client(transport=httpx.MockTransport(lambda _: httpx.Response(500))), "https://p.test", KEYS
)
MADE = datetime(2027, 1, 15, 2, 0, tzinfo=UTC)  # Friday 10:00 in Taipei
MIDNIGHT = datetime(2027, 1, 19, 16, 0, tzinfo=UTC)  # the first moment after Tuesday the 19th
ATM = {
    "MerchantID": "3002607", "MerchantTradeNo": "CE0000000001A", "RtnCode": "2", "RtnMsg": "Get VirtualAccount Succeeded",
    "TradeNo": "2701151000001", "TradeAmt": "30000", "PaymentType": "ATM_TAISHIN", "BankCode": "812",
    "vAccount": "9103522175887271", "ExpireDate": "2027/01/19",
}  # fmt: skip


def signed(fields):
    return {**fields, "CheckMacValue": check_mac_value(fields, KEYS.hash_key, KEYS.hash_iv)}


@pytest.mark.rule("R-23")
@pytest.mark.parametrize(
    ("method", "made", "field", "value"),
    [
        (Method.ATM, MADE, "ExpireDate", "4"),  # the end of the 19th, not the 20th
        (Method.ATM, MIDNIGHT - timedelta(hours=1), "ExpireDate", "1"),  # the gateway knows no shorter time
        (Method.CVS, MADE, "StoreExpireDate", str((4 * 24 + 14) * 60)),
        (Method.CVS, MIDNIGHT - timedelta(seconds=90), "StoreExpireDate", "1"),
        (Method.CVS, MIDNIGHT - timedelta(days=90), "StoreExpireDate", "43200"),
        (Method.BARCODE, MADE, "StoreExpireDate", "4"),  # 96 hours: less than until the deadline
        (Method.BARCODE, MIDNIGHT - timedelta(hours=1), "StoreExpireDate", "1"),
    ],
)
def test_code_lives_no_longer_than_the_time_to_pay(method, made, field, value):
    request = ChargeRequest(
        "CE0000000001A", 5000, made, "雲端", ("方案",), "https://t.test/r", method=method, pay_before=MIDNIGHT
    )
    fields = CLIENT.checkout_form(request).fields
    assert fields[field] == value
    assert not {"ExpireDate", "StoreExpireDate"} - {field} & set(fields)


def test_methods_are_those_that_take_the_amount():
    assert CLIENT.methods(5_000) == (Method.CARD, Method.ATM, Method.CVS, Method.BARCODE)
    assert CLIENT.methods(30_000) == (Method.CARD, Method.ATM)
    assert CLIENT.methods(70_000) == (Method.CARD,)


def test_account_with_the_first_moment_after_its_last_day():
    said = CLIENT.parse_codes(signed(ATM))
    assert (said.issued, said.method, said.bank_code, said.number) == (
        True,
        Method.ATM,
        "812",
        "9103522175887271",
    )
    assert said.expires_at == MIDNIGHT


def test_barcodes_in_their_order():
    bars = {"Barcode1": "1601196EA", "Barcode2": "3453010539048619", "Barcode3": "011500000030000"}
    fields = ATM | {"RtnCode": "10100073", "PaymentType": "BARCODE_BARCODE"} | bars
    said = CLIENT.parse_codes(signed(fields | {"ExpireDate": "2027/01/19 10:00:00"}))
    assert said.barcodes == tuple(bars.values())
    assert said.expires_at == datetime(2027, 1, 19, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "sign", "error"),
    [
        ({}, False, ForgedCallback),
        ({"vAccount": '"><script>'}, True, MalformedCallback),
        ({"vAccount": ""}, True, MalformedCallback),
        ({"PaymentType": "Credit_CreditCard"}, True, MalformedCallback),
        ({"TradeAmt": "30000.5"}, True, MalformedCallback),
    ],
)
def test_nothing_else_is_believed(changes, sign, error):
    fields = ATM | changes
    with pytest.raises(error):
        CLIENT.parse_codes(signed(fields) if sign else fields)


def test_code_of_another_kind_is_not_issued():
    assert not CLIENT.parse_codes(signed(ATM | {"RtnCode": "10100073"})).issued
