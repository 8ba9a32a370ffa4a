"""NewebPay MPG 2.0 over HTTP (PROTOCOLS §5). No retries here: the job that asks decides when to ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx

from tcloud.adapters.gateway_http import post
from tcloud.adapters.gateway_port import (
    Callback,
    ChargeRequest,
    CheckoutForm,
    CodesMessage,
    ForgedCallback,
    GatewayUnavailable,
    MalformedCallback,
    Method,
    QueryResult,
    RefundOutcomeUnknown,
    RefundRefused,
    RefundResult,
    TradeStatus,
    methods_up_to,
)
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.newebpay import crypto

TAIPEI = ZoneInfo("Asia/Taipei")
CHECKOUT, QUERY, REFUND = "/MPG/mpg_gateway", "/API/QueryTradeInfo", "/API/CreditCard/Close"
VERSION, QUERY_VERSION, REFUND_VERSION = "2.0", "1.3", "1.1"
# name of each method, and the most NT$ it takes by it
METHODS = {
    Method.CARD: ("CREDIT", 199_999),
    Method.ATM: ("VACC", 49_999),
    Method.CVS: ("CVS", 20_000),
    Method.BARCODE: ("BARCODE", 40_000),
}
_STATUSES = {"0": TradeStatus.UNPAID, "1": TradeStatus.PAID, "2": TradeStatus.FAILED, "3": TradeStatus.FAILED}
_NO_TRADE = {"TRA10021", "TRA20003"}  # there is none of that number
_TRADE_NO = re.compile(r"[A-Za-z0-9]{1,20}")
_CODE = re.compile(r"[0-9A-Z]{1,20}")


class NewebpayClient:
    """`PaymentGateway` for one merchant."""

    def __init__(self, http: httpx.Client, base_url: str, credentials: Credentials) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._keys = credentials

    def __repr__(self) -> str:
        return f"NewebpayClient({self._base_url!r}, {self._keys!r})"

    @property
    def merchant_id(self) -> str:
        return self._keys.merchant_id

    def methods(self, amount_twd: int) -> tuple[Method, ...]:
        """The ways in which the gateway takes this amount (NT$)."""
        return methods_up_to(amount_twd, METHODS)

    def checkout_form(self, charge: ChargeRequest) -> CheckoutForm:
        """The encrypted form that starts a payment. Raises ValueError for a charge the gateway could not take."""
        if not _TRADE_NO.fullmatch(charge.trade_no) or charge.amount_twd < 1 or not charge.return_url:
            raise ValueError(
                "trade_no: 1 to 20 ASCII letters and digits; amount_twd: at least 1; return_url: required"
            )
        made = charge.made_at.astimezone(TAIPEI)
        asked = {
            "MerchantID": self.merchant_id,
            "RespondType": "JSON",
            "TimeStamp": str(int(made.timestamp())),
            "Version": VERSION,
            "MerchantOrderNo": charge.trade_no,
            "Amt": str(charge.amount_twd),
            "ItemDesc": " ".join(f"{charge.description} {'、'.join(charge.items)}".split())[:50],
            "NotifyURL": charge.return_url,
            "LoginType": "0",
            METHODS[charge.method][0]: "1",
        }
        if charge.client_back_url:
            asked["ClientBackURL"] = charge.client_back_url
        if charge.payment_info_url and charge.method is not Method.CARD:
            asked["CustomerURL"] = charge.payment_info_url
        if charge.pay_before is not None and charge.method is not Method.CARD:
            asked["ExpireDate"] = _last_day(made, charge.pay_before).strftime("%Y%m%d")
        info = crypto.encrypt(urlencode(asked), self._keys)
        fields = {
            "MerchantID": self.merchant_id,
            "TradeInfo": info,
            "TradeSha": crypto.trade_sha(info, self._keys),
            "Version": VERSION,
        }
        return CheckoutForm(self._base_url + CHECKOUT, fields)

    def parse_callback(self, form: Mapping[str, str]) -> Callback:
        """The NotifyURL message in a posted form, its signature checked before anything is decrypted (R-30).

        Raises ForgedCallback (no or wrong TradeSha), MalformedCallback (a field missing or unreadable).
        """
        status, said = self._opened(form)
        try:
            return Callback(
                merchant_id=_text(said, "MerchantID"),
                trade_no=_text(said, "MerchantOrderNo"),
                gateway_trade_no=str(said.get("TradeNo", "")),
                rtn_code=1 if status == "SUCCESS" and said.get("PayTime") else 0,
                rtn_message=status,
                amount_twd=_whole(said["Amt"]),
                simulated=False,
                payment_type=str(said.get("PaymentType", "")),
                paid_at=_moment(str(said.get("PayTime", ""))),
                raw={name: str(value) for name, value in said.items()},
            )
        except (KeyError, ValueError) as error:
            raise MalformedCallback(f"unreadable field: {error}") from error

    def parse_codes(self, form: Mapping[str, str]) -> CodesMessage:
        """The CustomerURL message, brought by the payer's own browser. Raises as `parse_callback`."""
        status, said = self._opened(form)
        try:
            return _codes(status, said)
        except (KeyError, ValueError) as error:
            raise MalformedCallback(f"unreadable field: {error}") from error

    def _opened(self, form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Status and Result of a message; MerchantID outside must be ours and the one inside."""
        info = form.get("TradeInfo", "")
        if not crypto.same(form.get("TradeSha"), crypto.trade_sha(info, self._keys)):
            raise ForgedCallback("the TradeSha is missing or wrong")
        try:
            message = json.loads(crypto.decrypt(info, self._keys))
            return str(message["Status"]), dict(message["Result"])
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedCallback(f"unreadable TradeInfo: {error}") from error

    def query(self, trade_no: str, *, amount_twd: int, at: datetime) -> QueryResult:
        """What the gateway says of our `trade_no` now.

        Raises GatewayUnavailable, GatewayTooFast, ForgedCallback for an answer that is not theirs, MalformedCallback.
        """
        asked = {
            "MerchantID": self.merchant_id,
            "Version": QUERY_VERSION,
            "RespondType": "JSON",
            "CheckValue": crypto.check_value(trade_no, amount_twd, self._keys),
            "TimeStamp": str(int(at.timestamp())),
            "MerchantOrderNo": trade_no,
            "Amt": str(amount_twd),
        }
        status, said = _answer(post(self._http, self._base_url + QUERY, asked), GatewayUnavailable)
        if status in _NO_TRADE:
            return QueryResult(self.merchant_id, trade_no, "", TradeStatus.NOT_FOUND, status, amount_twd)
        if status != "SUCCESS":
            raise GatewayUnavailable(f"refused: {status}")
        try:
            result = self._query_result(said)
        except (KeyError, ValueError) as error:
            raise MalformedCallback(f"unreadable field: {error}") from error
        if (result.merchant_id, result.trade_no) != (self.merchant_id, trade_no):
            raise ForgedCallback("an answer about another trade")
        return result

    def _query_result(self, said: dict[str, Any]) -> QueryResult:
        number, amount, theirs = (
            _text(said, "MerchantOrderNo"),
            _whole(said["Amt"]),
            str(said.get("TradeNo", "")),
        )
        if not crypto.same(said.get("CheckCode"), crypto.check_code(number, amount, theirs, self._keys)):
            raise ForgedCallback("the answer's CheckCode is missing or wrong")
        code = str(said["TradeStatus"])
        return QueryResult(
            merchant_id=_text(said, "MerchantID"),
            trade_no=number,
            gateway_trade_no=theirs,
            status=_STATUSES.get(code, TradeStatus.OTHER),
            status_code=code,
            amount_twd=amount,
            payment_type=str(said.get("PaymentType", "")),
            paid_at=_moment(str(said.get("PayTime", ""))),
            raw={"MerchantOrderNo": number} | {name: str(value) for name, value in said.items()},
        )

    def refund(
        self, *, trade_no: str, gateway_trade_no: str, amount_twd: int, payment_type: str
    ) -> RefundResult:
        """Give back all or part of a captured card payment, NT$ ≥ 1. Raises as the port says; ValueError for an amount below 1."""
        if payment_type != METHODS[Method.CARD][0]:
            raise RefundRefused("not_credit", "此付款方式無法經由金流退款，須以匯款退還。")
        if amount_twd < 1:
            raise ValueError("a refund is at least NT$ 1")
        asked = {
            "RespondType": "JSON",
            "Version": REFUND_VERSION,
            "Amt": str(amount_twd),
            "MerchantOrderNo": trade_no,
            "TimeStamp": str(int(datetime.now(TAIPEI).timestamp())),
            "IndexType": "1",
            "TradeNo": gateway_trade_no,
            "CloseType": "2",
        }
        sent = {"MerchantID_": self.merchant_id, "PostData_": crypto.encrypt(urlencode(asked), self._keys)}
        body = post(self._http, self._base_url + REFUND, sent, may_have_acted=True)
        status, said = _answer(body, RefundOutcomeUnknown)
        told = (str(said.get("MerchantOrderNo", trade_no)), str(said.get("TradeNo", gateway_trade_no)))
        if told != (trade_no, gateway_trade_no):
            raise RefundOutcomeUnknown("an answer about another trade")
        if status != "SUCCESS":
            raise RefundRefused(status, str(said.get("Message", "")))
        return RefundResult(trade_no, gateway_trade_no, amount_twd, status)


def _answer(body: bytes, silent: type[GatewayUnavailable]) -> tuple[str, dict[str, Any]]:
    """Status and Result of a JSON answer; a refusal's Result may be an empty list, its words stand beside it."""
    try:
        answer = json.loads(body)
        result = answer.get("Result")
        said = dict(result) if isinstance(result, dict) else {"Message": answer.get("Message", "")}
        return str(answer["Status"]), said
    except (AttributeError, KeyError, ValueError) as error:
        raise silent(f"unreadable: {body[:80]!r}") from error


def _last_day(made: datetime, pay_before: datetime) -> datetime:
    """The last day on which a code may be paid: within the time to pay, never before today."""
    last = (pay_before - timedelta(microseconds=1)).astimezone(TAIPEI)
    return min(max(last, made), made + timedelta(days=180))


def _codes(status: str, said: dict[str, Any]) -> CodesMessage:
    kind = _text(said, "PaymentType")
    method = next((method for method, (name, _most) in METHODS.items() if name == kind), None)
    if method is None or method is Method.CARD:
        raise ValueError(f"no codes for {kind}")
    issued = status == "SUCCESS"
    bars = (
        tuple(_code(said, f"Barcode_{n}") for n in (1, 2, 3)) if issued and method is Method.BARCODE else ()
    )
    return CodesMessage(
        merchant_id=_text(said, "MerchantID"),
        trade_no=_text(said, "MerchantOrderNo"),
        gateway_trade_no=str(said.get("TradeNo", "")),
        amount_twd=_whole(said["Amt"]),
        issued=issued,
        method=method,
        bank_code=_code(said, "BankCode") if issued and method is Method.ATM else "",
        number=_code(said, "CodeNo") if issued and method is not Method.BARCODE else "",
        barcodes=bars,
        expires_at=_moment(f"{said.get('ExpireDate', '')} {said.get('ExpireTime', '')}", end=True),
        raw={name: str(value) for name, value in said.items()},
    )


def _code(said: Mapping[str, Any], name: str) -> str:
    if not _CODE.fullmatch(code := str(said[name])):
        raise ValueError(f"{name} of other signs")
    return code


def _text(said: Mapping[str, Any], name: str) -> str:
    if not (value := str(said[name])):
        raise ValueError(f"{name} is empty")
    return value


def _whole(value: object) -> int:
    """Amounts come as numbers and as text."""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,12}", str(value)):
        raise ValueError("an amount is a whole number")
    return int(str(value))


def _moment(text: str, *, end: bool = False) -> datetime | None:
    """A moment in Taipei, also without the space between day and time, as some notices have it. `end`: 23:59:59 is midnight after it."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d) ?(\d\d:\d\d:\d\d)", text.strip())
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=TAIPEI)
    except ValueError:
        return None
    return moment + timedelta(seconds=1) if end and found[2] == "23:59:59" else moment
