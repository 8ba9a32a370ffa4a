"""The gateway keeps to ECPay's interface: signature, checkout, callbacks, queries, refunds (PROTOCOLS §5)."""

import itertools
import json
import threading
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from sandbox.companies import DATA
from sandbox.gateway import mac
from sandbox.world import World

NUMBERS = itertools.count(1)
VECTORS = json.loads((DATA / "ecpay_vectors.json").read_text(encoding="utf-8"))


def order(shop: Any, **changes: str) -> dict[str, str]:
    params = {
        "MerchantID": mac.MERCHANT_ID,
        "MerchantTradeNo": f"T{time.time_ns() % 10**12}X{next(NUMBERS)}",
        "MerchantTradeDate": "2026/11/23 10:00:00",
        "PaymentType": "aio",
        "TotalAmount": "30000",
        "TradeDesc": "Tcloud",
        "ItemName": "雲端進銷存 年約方案",
        "ReturnURL": shop.url,
        "ChoosePayment": "ALL",
        "EncryptType": "1",
        "CustomField1": "CE0000000001",
        **changes,
    }
    return mac.signed(params)


def check_out(http: httpx.Client, params: dict[str, str]) -> httpx.Response:
    return http.post("/ecpay/Cashier/AioCheckOut/V5", data=params)


def opened(http: httpx.Client, shop: Any, **changes: str) -> str:
    params = order(shop, **changes)
    response = check_out(http, params)
    assert response.status_code == 303, response.text
    return params["MerchantTradeNo"]


def pay(http: httpx.Client, number: str, **more: Any) -> dict[str, Any]:
    response = http.post("/control/gateway/pay", json={"MerchantTradeNo": number, **more})
    assert response.status_code == 200, response.text
    return response.json()


def query(http: httpx.Client, number: str, *, stamp: int | None = None) -> dict[str, str]:
    params = {
        "MerchantID": mac.MERCHANT_ID,
        "MerchantTradeNo": number,
        "TimeStamp": str(stamp or int(time.time())),
    }
    response = http.post("/ecpay/Cashier/QueryTradeInfo/V5", data=mac.signed(params))
    return dict(parse_qsl(response.text, keep_blank_values=True))


def trade(http: httpx.Client, number: str) -> dict[str, Any]:
    return http.get(f"/control/gateway/trades/{number}").json()


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_check_mac_value_reproduces_the_vectors(vector: dict[str, Any]) -> None:
    assert mac.encoded(vector["params"], vector["hash_key"], vector["hash_iv"]) == vector["encoded"]
    value = mac.check_mac_value(vector["params"], vector["hash_key"], vector["hash_iv"])
    assert value == vector["check_mac_value"]
    assert (
        mac.check_mac_value({**vector["params"], "CheckMacValue": "X"}, vector["hash_key"], vector["hash_iv"])
        == value
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TotalAmount": "0"}, "10200050"),
        ({"TotalAmount": "15.5"}, "10200050"),
        ({"MerchantTradeNo": "TOO-LONG"}, "0"),
        ({"MerchantTradeDate": "2026-11-23"}, "0"),
        ({"ReturnURL": "ftp://x"}, "0"),
        ({"ItemName": ""}, "0"),
    ],
)
def test_check_out_refuses_wrong_orders(
    http: httpx.Client, shop: Any, changes: dict[str, str], code: str
) -> None:
    params = order(shop, **changes)
    response = check_out(http, params)
    assert (response.status_code, response.headers["X-Sandbox-Error"]) == (200, code)
    assert http.get(f"/control/gateway/trades/{params['MerchantTradeNo']}").status_code == 404


def test_check_out_refuses_a_wrong_mac_and_a_used_number(http: httpx.Client, shop: Any) -> None:
    params = order(shop)
    assert check_out(http, {**params, "TotalAmount": "1"}).headers["X-Sandbox-Error"] == "10200073"
    assert check_out(http, params).status_code == 303
    assert check_out(http, params).headers["X-Sandbox-Error"] == "10200047"


def test_a_payer_pays_on_the_page_and_goes_back_to_the_shop(
    world: World, http: httpx.Client, shop: Any
) -> None:
    number = opened(http, shop, OrderResultURL="http://127.0.0.1:1/result")
    address = f"/ecpay/Cashier/Checkout/{world.gateway.trades.get(number).token}"
    page = http.get(address).text
    assert "NT$ 30,000" in page
    assert "4311-9522-2222-2222" in page
    result = http.post(address, data={"method": "Credit", "card": "4311-9522-2222-2222"}).text
    assert 'action="http://127.0.0.1:1/result"' in result
    assert len(shop.wait_for(1)) == 1
    assert http.get(address).text.count("付款完成")


def test_the_callback_is_signed_and_complete(http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    answer = pay(http, number)
    (message,) = shop.wait_for(1)
    assert mac.is_signed(message)
    assert message["RtnCode"] == "1"
    assert message["TradeAmt"] == "30000"
    assert message["SimulatePaid"] == "0"
    assert message["CustomField1"] == "CE0000000001"
    expected = {"StoreID", "PlatformID", "PaymentDate", "PaymentTypeChargeFee", "TradeDate", "CustomField4"}
    assert expected <= set(message)
    assert answer["callback"]["delivered"] is True
    assert answer["TradeStatus"] == "1"


def test_a_trade_is_paid_once(http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    results = []

    def one() -> None:
        results.append(http.post("/control/gateway/pay", json={"MerchantTradeNo": number}).status_code)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [200, 409, 409, 409, 409, 409]
    assert len(shop.received) == 1


def test_a_callback_is_repeated_until_acknowledged(world: World, http: httpx.Client, shop: Any) -> None:
    world.switches.set("gateway_callback", "ok", retry_seconds=0.05)
    shop.answers = ["0|ERROR", "OK"]
    number = opened(http, shop)
    assert pay(http, number)["callback"]["delivered"] is False
    received = shop.wait_for(3)
    assert received[0] == received[2]


def test_a_callback_is_given_up_after_four_repeats_and_sent_again_on_request(
    world: World, http: httpx.Client, shop: Any
) -> None:
    world.switches.set("gateway_callback", "ok", retry_seconds=0.01)
    shop.answers = ["0|NO"] * 5
    number = opened(http, shop)
    pay(http, number)
    shop.wait_for(5)
    again = http.post("/control/gateway/resend", json={"MerchantTradeNo": number}).json()
    assert again["delivered"] is True
    assert len(shop.received) == 6


def test_callbacks_double_one_after_another_or_at_once(world: World, http: httpx.Client, shop: Any) -> None:
    world.switches.set("gateway_callback", "duplicate", n=3)
    pay(http, opened(http, shop))
    assert len(shop.wait_for(3)) == 3
    assert shop.most_together == 1
    shop.hold = threading.Barrier(4)
    world.switches.set("gateway_callback", "duplicate", n=4, concurrent=True)
    pay(http, opened(http, shop))
    assert len(shop.wait_for(7)) == 7
    assert shop.most_together == 4


@pytest.mark.parametrize(
    ("what", "signed", "changed"),
    [("mac", False, "CheckMacValue"), ("amount", True, "TradeAmt"), ("merchant", True, "MerchantID")],
)
def test_callbacks_are_forged_and_the_true_one_follows(
    world: World, http: httpx.Client, shop: Any, what: str, signed: bool, changed: str
) -> None:
    world.switches.set("gateway_callback", "forge", what=what, retry_seconds=0.2)
    shop.answers = ["0|NO"]
    answer = pay(http, opened(http, shop))
    world.switches.reset()
    assert answer["callback"]["delivered"] is False
    false, true = shop.wait_for(2)
    assert mac.is_signed(false) is signed
    assert mac.is_signed(true)
    assert {key for key in true if true[key] != false[key]} <= {changed, "CheckMacValue"}


def test_a_forged_claim_changes_nothing_at_the_gateway(http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    http.post("/control/gateway/forge", json={"MerchantTradeNo": number, "what": "mac"})
    (claim,) = shop.wait_for(1)
    assert (claim["RtnCode"], mac.is_signed(claim)) == ("1", False)
    assert query(http, number)["TradeStatus"] == "0"
    assert pay(http, number)["callback"]["delivered"] is True


def test_callbacks_are_lost_late_garbled_or_withheld(world: World, http: httpx.Client, shop: Any) -> None:
    world.switches.set("gateway_callback", "fail", retry_seconds=3600)
    lost = opened(http, shop)
    assert pay(http, lost)["callback"]["state"] == "pending"
    world.switches.set("gateway_callback", "silent")
    held = opened(http, shop)
    assert pay(http, held)["callback"]["state"] == "withheld"
    assert shop.received == []
    assert query(http, held)["TradeStatus"] == "1"
    world.switches.set("gateway_callback", "late", seconds=0.05)
    late = opened(http, shop)
    assert pay(http, late)["callback"]["attempts"] == []
    assert shop.wait_for(1)[0]["MerchantTradeNo"] == late
    world.switches.set("gateway_callback", "garbage", retry_seconds=3600)
    pay(http, opened(http, shop))
    shop.wait_for(2)
    assert b"CheckMacValue" not in shop.raw[-1]


def test_a_simulated_payment_says_so(http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    response = http.post(f"/ecpay/merchant/{number}/simulation")
    assert response.status_code == 303
    assert shop.wait_for(1)[0]["SimulatePaid"] == "1"


def test_a_declined_card_fails_for_good(http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    assert pay(http, number, declined=True)["TradeStatus"] == "10200095"
    assert shop.wait_for(1)[0]["RtnCode"] != "1"
    assert http.post("/control/gateway/pay", json={"MerchantTradeNo": number}).status_code == 409


@pytest.mark.parametrize(
    ("method", "code", "fields"),
    [
        ("ATM", "2", {"BankCode", "vAccount", "ExpireDate"}),
        ("CVS", "10100073", {"PaymentNo", "ExpireDate"}),
        ("BARCODE", "10100073", {"Barcode1", "Barcode2", "Barcode3"}),
    ],
)
def test_codes_are_issued_told_and_paid_later(
    http: httpx.Client, shop: Any, method: str, code: str, fields: set[str]
) -> None:
    number = opened(http, shop, PaymentInfoURL=shop.url)
    http.post("/control/gateway/codes", json={"MerchantTradeNo": number, "method": method})
    (info,) = shop.wait_for(1)
    assert info["RtnCode"] == code
    assert fields <= set(info)
    assert mac.is_signed(info)
    assert query(http, number)["TradeStatus"] == "0"
    assert pay(http, number)["PaymentType"].startswith(method)
    assert shop.wait_for(2)[1]["RtnCode"] == "1"


def test_an_expired_code_is_not_paid(world: World, http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop, ExpireDate="1")
    http.post("/control/gateway/codes", json={"MerchantTradeNo": number, "method": "ATM"})
    world.clock.shift(timedelta(days=3).total_seconds())
    assert http.post("/control/gateway/pay", json={"MerchantTradeNo": number}).status_code == 409
    assert trade(http, number)["status"] == "0"


def test_query_answers_signed_and_only_fresh_questions(world: World, http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    assert query(http, number)["TradeStatus"] == "0"
    pay(http, number)
    answer = query(http, number)
    assert mac.is_signed(answer)
    assert (answer["TradeStatus"], answer["TradeAmt"]) == ("1", "30000")
    assert query(http, "NOSUCHTRADE")["TradeStatus"] == "10200047"
    assert "TradeStatus" not in query(http, number, stamp=int(time.time()) - 200)
    world.clock.shift(86400)
    assert query(http, number, stamp=int(time.time()) + 86400)["TradeStatus"] == "1"
    world.switches.set("gateway_query", "forge", what="amount")
    assert query(http, number)["TradeAmt"] == "30001"
    world.switches.set("gateway_query", "fail", status=403)
    assert http.post("/ecpay/Cashier/QueryTradeInfo/V5", data={}).status_code == 403


def refund(http: httpx.Client, number: str, amount: int, **changes: str) -> dict[str, str]:
    body = {
        "MerchantID": mac.MERCHANT_ID,
        "MerchantTradeNo": number,
        "TradeNo": trade(http, number)["trade_no"],
        "Action": "R",
        "TotalAmount": str(amount),
        **changes,
    }
    response = http.post("/ecpay/CreditDetail/DoAction", data=mac.signed(body))
    return dict(parse_qsl(response.text, keep_blank_values=True))


def test_refunds_never_exceed_what_was_paid(world: World, http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    assert refund(http, number, 30000)["RtnCode"] != "1"
    pay(http, number)
    assert refund(http, number, 10000)["RtnCode"] == "1"
    assert refund(http, number, 20001)["RtnCode"] == "10200050"
    assert refund(http, number, 20000, TradeNo="other")["RtnCode"] == "10200047"
    assert refund(http, number, 20000)["RtnCode"] == "1"
    assert [one["amount"] for one in trade(http, number)["refunds"]] == [10000, 20000]
    world.switches.set("gateway_refund", "fail")
    assert http.post("/ecpay/CreditDetail/DoAction", data={}).status_code == 503


def test_the_merchant_page_shows_trades_and_attempts(http: httpx.Client, shop: Any) -> None:
    number = opened(http, shop)
    assert number in http.get("/ecpay/merchant/").text
    assert http.post(f"/ecpay/merchant/{number}/payment").status_code == 303
    assert http.post(f"/ecpay/merchant/{number}/resending").status_code == 303
    assert len(shop.wait_for(2)) == 2
    assert "1|OK" in http.get(f"/ecpay/merchant/{number}").text
    assert http.post(f"/ecpay/merchant/{number}/payment").status_code == 409
