"""NewebPay's client: vectors from its manual, checked by openssl as well, and a gateway made of functions (PROTOCOLS §5)."""

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest

from tcloud.adapters.gateway_http import http_client
from tcloud.adapters.gateway_port import (
    ChargeRequest,
    ForgedCallback,
    GatewayUnavailable,
    MalformedCallback,
    Method,
    RefundOutcomeUnknown,
    RefundRefused,
    TradeStatus,
)
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.newebpay import crypto
from tcloud.adapters.newebpay.client import NewebpayClient

AT = datetime(2027, 1, 15, 2, 0, tzinfo=UTC)
# The example of the manual
MANUAL = Credentials("3430112", "12345678901234567890123456789012", "1234567890123456")
ASKED = "MerchantID=3430112&RespondType=JSON&TimeStamp=1485232229&Version=1.4&MerchantOrderNo=S_1485232229&Amt=40&ItemDesc=UnitTest"
INFO = (
    "ff91c8aa01379e4de621a44e5f11f72e4d25bdb1a18242db6cef9ef07d80b0165e476fd1d9acaa53170272c82d122961e1a0700a7427cfa1"
    "cf90db7f6d6593bbc93102a4d4b9b66d9974c13c31a7ab4bba1d4e0790f0cbbbd7ad64c6d3c8012a601ceaa808bff70f94a8efa5a4f984b9"
    "d41304ffd879612177c622f75f4214fa"
)
SHA = "EA0A6CC37F40C1EA5692E7CBB8AE097653DF3E91365E6A9CD7E91312413C7BB8"
KEYS = Credentials("MS000000001", "k" * 32, "i" * 16)


def openssl(text, *, back=False):
    """AES-256-CBC by another implementation."""
    command = [
        "openssl",
        "enc",
        "-aes-256-cbc",
        "-K",
        KEYS.hash_key.encode().hex(),
        "-iv",
        KEYS.hash_iv.encode().hex(),
    ]
    data = bytes.fromhex(text) if back else text.encode()
    done = subprocess.run([*command, "-d"] if back else command, input=data, capture_output=True, check=True)
    return done.stdout.decode() if back else done.stdout.hex()


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest().upper()


def client(handler=lambda request: httpx.Response(500)):
    return NewebpayClient(http_client(transport=httpx.MockTransport(handler)), "https://pay.test", KEYS)


def sent(status="SUCCESS", **result):
    """A message as the gateway posts it."""
    info = openssl(json.dumps({"Status": status, "Message": "ok", "Result": result}))
    return {
        "Status": status,
        "MerchantID": "MS000000001",
        "TradeInfo": info,
        "TradeSha": sha(f"HashKey={'k' * 32}&{info}&HashIV={'i' * 16}"),
    }


PAID = {
    "MerchantID": "MS000000001", "Amt": 30000, "TradeNo": "27011510000001", "MerchantOrderNo": "CE000000000101",
    "PaymentType": "CREDIT", "PayTime": "2027-01-15 10:00:05",
}  # fmt: skip
VACC = {
    "MerchantID": "MS000000001", "Amt": 30000, "TradeNo": "27011510000001", "MerchantOrderNo": "CE000000000101",
    "PaymentType": "VACC", "BankCode": "017", "CodeNo": "1234567890", "ExpireDate": "2027-01-19", "ExpireTime": "23:59:59",
}  # fmt: skip


def test_vectors_of_the_manual():
    assert crypto.encrypt(ASKED, MANUAL) == INFO
    assert crypto.decrypt(INFO, MANUAL) == ASKED
    assert crypto.trade_sha(INFO, MANUAL) == SHA


def test_signatures_of_questions_and_answers():
    asked, said = (
        "Amt=5&MerchantID=MS000000001&MerchantOrderNo=T1",
        "Amt=5&MerchantID=MS000000001&MerchantOrderNo=T1&TradeNo=9",
    )
    assert crypto.check_value("T1", 5, KEYS) == sha(f"IV={'i' * 16}&{asked}&Key={'k' * 32}")
    assert crypto.check_code("T1", 5, "9", KEYS) == sha(f"HashIV={'i' * 16}&{said}&HashKey={'k' * 32}")


@pytest.mark.rule("R-23")
@pytest.mark.parametrize(
    ("method", "name"), [(Method.CARD, "CREDIT"), (Method.ATM, "VACC"), (Method.BARCODE, "BARCODE")]
)
def test_checkout_says_one_way_and_a_last_day(method, name):
    midnight = datetime(2027, 1, 19, 16, 0, tzinfo=UTC)
    request = ChargeRequest(
        "CE000000000101", 3000, AT, "雲市集", ("方案",), "https://t.test/n", payment_info_url="https://t.test/c",
        method=method, pay_before=midnight,
    )  # fmt: skip
    form = client().checkout_form(request)
    asked = dict(parse_qsl(openssl(form.fields["TradeInfo"], back=True)))
    assert (form.url, asked["MerchantOrderNo"], asked["Amt"], asked[name]) == (
        "https://pay.test/MPG/mpg_gateway",
        "CE000000000101",
        "3000",
        "1",
    )
    assert not {"CREDIT", "VACC", "CVS", "BARCODE"} - {name} & set(asked)
    assert asked.get("ExpireDate") == (None if method is Method.CARD else "20270119")
    assert form.fields["TradeSha"] == sha(f"HashKey={'k' * 32}&{form.fields['TradeInfo']}&HashIV={'i' * 16}")


def test_payment_and_account_are_read():
    notice = client().parse_callback(sent(**PAID))
    assert (notice.paid, notice.amount_twd, notice.trade_no) == (True, 30000, "CE000000000101")
    assert notice.paid_at == datetime(2027, 1, 15, 2, 0, 5, tzinfo=UTC)
    assert client().parse_callback(sent(**PAID | {"PayTime": "2027-01-1510:00:05"})).paid_at == notice.paid_at
    assert not client().parse_callback(sent("MPG03009", **PAID)).paid
    codes = client().parse_codes(sent(**VACC))
    assert (codes.issued, codes.method, codes.bank_code, codes.number) == (
        True,
        Method.ATM,
        "017",
        "1234567890",
    )
    assert codes.expires_at == datetime(2027, 1, 19, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (sent(**PAID) | {"TradeSha": "0" * 64}, ForgedCallback),
        ({"TradeInfo": INFO}, ForgedCallback),
        ({}, ForgedCallback),
        (sent(**PAID | {"Amt": "many"}), MalformedCallback),
        (sent(**PAID | {"Amt": True}), MalformedCallback),
        (sent(**PAID | {"MerchantOrderNo": ""}), MalformedCallback),
        (
            {"TradeInfo": "zz", "TradeSha": sha(f"HashKey={'k' * 32}&zz&HashIV={'i' * 16}")}, MalformedCallback,
        ),
    ],
    ids=str,
)  # fmt: skip
def test_nothing_else_is_believed(form, error):
    with pytest.raises(error):
        client().parse_callback(form)


def answering(status="SUCCESS", result=None, **changes):
    said = {**PAID, "TradeStatus": "1"} | changes
    number = f"Amt={said['Amt']}&MerchantID=MS000000001&MerchantOrderNo={said['MerchantOrderNo']}&TradeNo={said['TradeNo']}"
    said["CheckCode"] = changes.get("CheckCode") or sha(f"HashIV={'i' * 16}&{number}&HashKey={'k' * 32}")
    body = {"Status": status, "Message": "x", "Result": said if result is None else result}
    return client(lambda request: httpx.Response(200, json=body))


@pytest.mark.parametrize(
    ("code", "status"),
    [("0", TradeStatus.UNPAID), ("1", TradeStatus.PAID), ("2", TradeStatus.FAILED), ("6", TradeStatus.OTHER)],
)
def test_query_reads_the_status(code, status):
    assert answering(TradeStatus=code).query("CE000000000101", amount_twd=30000, at=AT).status is status


@pytest.mark.parametrize(
    ("gateway", "error"),
    [
        (answering(CheckCode="0" * 64), ForgedCallback),
        (answering(MerchantOrderNo="OTHER"), ForgedCallback),
        (answering("TRA10009", result=[]), GatewayUnavailable),
        (client(), GatewayUnavailable),
        (client(lambda request: httpx.Response(200, text="<html>")), GatewayUnavailable),
    ],
)
def test_query_trusts_nothing_else(gateway, error):
    with pytest.raises(error):
        gateway.query("CE000000000101", amount_twd=30000, at=AT)


def test_query_of_a_number_nobody_has():
    assert answering("TRA10021", result=[]).query("X", amount_twd=1, at=AT).status is TradeStatus.NOT_FOUND


REFUND = {
    "trade_no": "CE000000000101",
    "gateway_trade_no": "27011510000001",
    "amount_twd": 100,
    "payment_type": "CREDIT",
}


def test_refund_sends_a_part_and_says_what_became_of_it():
    asked = []

    def gateway(request):
        form = dict(parse_qsl(request.content.decode()))
        asked.append(dict(parse_qsl(openssl(form["PostData_"], back=True))))
        return httpx.Response(
            200, json={"Status": "SUCCESS", "Message": "", "Result": {"MerchantOrderNo": "CE000000000101"}}
        )

    assert client(gateway).refund(**REFUND).amount_twd == 100
    assert (asked[0]["CloseType"], asked[0]["Amt"], asked[0]["IndexType"]) == ("2", "100", "1")
    with pytest.raises(RefundRefused):
        answering("TRA10058", result=[]).refund(**REFUND)
    with pytest.raises(RefundRefused):
        client().refund(**REFUND | {"payment_type": "VACC"})
    with pytest.raises(RefundOutcomeUnknown):
        client().refund(**REFUND)
