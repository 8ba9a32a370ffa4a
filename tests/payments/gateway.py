"""The gateway's side in tests: signed notices over the real wire format, and a gateway that answers as told."""

from datetime import datetime
from typing import Any

import httpx

from tcloud.adapters.ecpay.client import EcpayClient, http_client
from tcloud.adapters.ecpay.mac import check_mac_value
from tcloud.adapters.gateway_port import Callback
from tcloud.adapters.merchant import Credentials
from tcloud.core.actors import THE_GATEWAY
from tcloud.core.clock import taipei
from tcloud.orders.models import Order
from tcloud.orders.operations import paying
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge

KEYS = Credentials("3002607", "pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs")


def callback_fields(order: Order, *, at: datetime, sign: bool = True, **changes: Any) -> dict[str, str]:
    """The form of the gateway's ReturnURL callback for the order's charge."""
    charge = Charge.objects.filter(order_number=order.number).latest("id")
    when = taipei(at).strftime("%Y/%m/%d %H:%M:%S")
    fields = {
        "MerchantID": KEYS.merchant_id,
        "MerchantTradeNo": charge.trade_no,
        "StoreID": "",
        "RtnCode": "1",
        "RtnMsg": "交易成功",
        "TradeNo": f"27{charge.pk:018d}",
        "TradeAmt": str(charge.amount_twd),
        "PaymentDate": when,
        "PaymentType": "Credit_CreditCard",
        "PaymentTypeChargeFee": "30",
        "TradeDate": when,
        "PlatformID": "",
        "SimulatePaid": "0",
        "CustomField1": "",
        "CustomField2": "",
        "CustomField3": "",
        "CustomField4": "",
    } | {key: str(value) for key, value in changes.items()}
    mac = check_mac_value(fields, KEYS.hash_key, KEYS.hash_iv)
    return fields | {"CheckMacValue": mac if sign else "0" * 64}


def answering(**answer: str) -> EcpayClient:
    """A gateway whose query answers with these fields, signed; with none it is silent."""

    def handle(request: httpx.Request) -> httpx.Response:
        if not answer:
            raise httpx.ConnectError("silent")
        mac = check_mac_value(answer, KEYS.hash_key, KEYS.hash_iv)
        body = "&".join(f"{key}={value}" for key, value in (answer | {"CheckMacValue": mac}).items())
        return httpx.Response(200, text=body)

    return EcpayClient(http_client(transport=httpx.MockTransport(handle)), "http://gateway.test", KEYS)


def notice(order: Order, *, at: datetime, **changes: Any) -> Callback:
    """The callback, its signature checked."""
    return answering().parse_callback(callback_fields(order, at=at, **changes))


def settle(what: Callback, *, at: datetime) -> str:
    """Act on a notice as the callback address does, and return the verdict."""
    message = payments.store_message("callback", f"MerchantTradeNo={what.trade_no}", at=at)
    return paying.settle(what, merchant_id=KEYS.merchant_id, message=message, by=THE_GATEWAY, at=at)


CODES: dict[str, dict[str, str]] = {
    "ATM": {"RtnCode": "2", "PaymentType": "ATM_TAISHIN", "BankCode": "812", "vAccount": "9103522175887271", "ExpireDate": "2027/01/19"},
    "CVS": {"RtnCode": "10100073", "PaymentType": "CVS_CVS", "PaymentNo": "LLL22011112222", "ExpireDate": "2027/01/19 23:59:00"},
    "BARCODE": {"RtnCode": "10100073", "PaymentType": "BARCODE_BARCODE", "Barcode1": "1601196EA", "Barcode2": "3453010539048619",
                "Barcode3": "011500000030000", "ExpireDate": "2027/01/19 10:00:00"},
}  # fmt: skip


def codes_fields(
    order: Order, method: str = "ATM", *, at: datetime, sign: bool = True, **changes: Any
) -> dict[str, str]:
    """The form of the gateway's PaymentInfoURL message for the order's charge."""
    charge = Charge.objects.filter(order_number=order.number).latest("id")
    fields = {
        "MerchantID": KEYS.merchant_id,
        "MerchantTradeNo": charge.trade_no,
        "StoreID": "",
        "RtnMsg": "Get VirtualAccount Succeeded",
        "TradeNo": f"27{charge.pk:018d}",
        "TradeAmt": str(charge.amount_twd),
        "TradeDate": taipei(at).strftime("%Y/%m/%d %H:%M:%S"),
        **CODES[method],
    } | {key: str(value) for key, value in changes.items()}
    mac = check_mac_value(fields, KEYS.hash_key, KEYS.hash_iv)
    return fields | {"CheckMacValue": mac if sign else "0" * 64}
