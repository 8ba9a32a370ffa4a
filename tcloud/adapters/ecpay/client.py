"""ECPay AIO V5 over HTTP (PROTOCOLS §5). No retries here: the job that asks decides when to ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import httpx

from tcloud.adapters.ecpay import messages
from tcloud.adapters.ecpay.mac import FIELD, check_mac_value, mac_is_right
from tcloud.adapters.ecpay.messages import METHODS, TAIPEI
from tcloud.adapters.gateway_http import MAX_BYTES, http_client, post
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
    methods_up_to,
)
from tcloud.adapters.merchant import Credentials

__all__ = ["EcpayClient", "clean_text", "form_fields", "http_client", "item_name"]
ITEM_NAME_BYTES, TRADE_DESC_BYTES, URL_CHARS, CUSTOM_FIELD_CHARS = 400, 200, 200, 50
CHECKOUT, QUERY, REFUND = "/Cashier/AioCheckOut/V5", "/Cashier/QueryTradeInfo/V5", "/CreditDetail/DoAction"

_TRADE_NO = re.compile(r"[A-Za-z0-9]{1,20}")
# Characters the gateway or its SDKs treat in their own way, replaced by their full-width twins.
_SAFE = str.maketrans(
    {'"': "＂", "\\": "＼", "#": "＃", "<": "＜", ">": "＞", "&": "＆", "'": "＇", "%": "％"}
)


class EcpayClient:
    """`PaymentGateway` for one merchant. `base_url` is the payment host (and prefix).

    `public_url` is where the payer's browser finds it when that differs.
    """

    def __init__(
        self, http: httpx.Client, base_url: str, credentials: Credentials, *, public_url: str = ""
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._public_url = (public_url or base_url).rstrip("/")
        self._credentials = credentials

    def __repr__(self) -> str:
        return f"EcpayClient({self._base_url!r}, {self._credentials!r})"

    @property
    def merchant_id(self) -> str:
        return self._credentials.merchant_id

    def methods(self, amount_twd: int) -> tuple[Method, ...]:
        """The ways in which the gateway takes this amount (NT$)."""
        return methods_up_to(amount_twd, METHODS)

    def checkout_form(self, charge: ChargeRequest) -> CheckoutForm:
        """The signed form that starts a payment. Raises ValueError for a charge the gateway could not take."""
        _check_charge(charge)
        fields = {
            "MerchantID": self.merchant_id,
            "MerchantTradeNo": charge.trade_no,
            "MerchantTradeDate": charge.made_at.astimezone(TAIPEI).strftime("%Y/%m/%d %H:%M:%S"),
            "PaymentType": "aio",
            "TotalAmount": str(charge.amount_twd),
            "TradeDesc": clean_text(charge.description, TRADE_DESC_BYTES),
            "ItemName": item_name(charge.items),
            "ReturnURL": charge.return_url,
            "ChoosePayment": METHODS[charge.method][0],
            "EncryptType": "1",
        }
        optional = {
            "ClientBackURL": charge.client_back_url,
            "PaymentInfoURL": charge.payment_info_url,
            "Language": charge.language,
            **_expiry(charge),
            **{f"CustomField{n}": text for n, text in enumerate(charge.custom_fields, 1)},
        }
        fields |= {key: value for key, value in optional.items() if value}
        return CheckoutForm(self._public_url + CHECKOUT, self._signed(fields))

    def parse_callback(self, form: Mapping[str, str]) -> Callback:
        """The callback in a posted form, its signature checked before anything else (R-30).

        Raises ForgedCallback (no or wrong signature) and MalformedCallback (a field missing or not a whole number).
        """
        fields = dict(form)
        if not self._is_ours(fields):
            raise ForgedCallback("the CheckMacValue is missing or wrong")
        try:
            return messages.callback(fields)
        except (KeyError, ValueError) as error:
            raise MalformedCallback(f"unreadable field: {error}") from error

    def parse_codes(self, form: Mapping[str, str]) -> CodesMessage:
        """The PaymentInfoURL message in a posted form, its signature checked first. Raises as `parse_callback`."""
        fields = dict(form)
        if not self._is_ours(fields):
            raise ForgedCallback("the CheckMacValue is missing or wrong")
        try:
            return messages.codes(fields)
        except (KeyError, ValueError) as error:
            raise MalformedCallback(f"unreadable field: {error}") from error

    def query(self, trade_no: str, *, amount_twd: int, at: datetime) -> QueryResult:
        """What the gateway says of our `trade_no` now. `at` signs the question and is valid for 3 minutes.

        Raises GatewayUnavailable, GatewayTooFast (wait half an hour), ForgedCallback for an answer that is not theirs.
        """
        fields = {
            "MerchantID": self.merchant_id,
            "MerchantTradeNo": trade_no,
            "TimeStamp": str(int(at.timestamp())),
        }
        answer = self._post(QUERY, self._signed(fields))
        if not self._is_ours(answer):
            raise ForgedCallback("the answer's CheckMacValue is missing or wrong")
        try:
            result = messages.query_result(answer)
        except (KeyError, ValueError) as error:
            raise MalformedCallback(f"unreadable field: {error}") from error
        if (result.merchant_id, result.trade_no) != (self.merchant_id, trade_no):
            raise ForgedCallback("an answer about another trade")
        return result

    def refund(
        self, *, trade_no: str, gateway_trade_no: str, amount_twd: int, payment_type: str
    ) -> RefundResult:
        """Give back all or part of a captured credit-card payment, NT$ ≥ 1.

        Raises RefundRefused (also for other ways of paying: the gateway can't return those), RefundOutcomeUnknown when it was sent and no
        readable answer came, GatewayUnavailable when it was certainly not sent, ValueError for an amount below 1.
        """
        if not payment_type.startswith("Credit"):
            raise RefundRefused("not_credit", "此付款方式無法經由金流退款，須以匯款退還。")
        if amount_twd < 1:
            raise ValueError("a refund is at least NT$ 1")
        fields = {
            "MerchantID": self.merchant_id,
            "MerchantTradeNo": trade_no,
            "TradeNo": gateway_trade_no,
            "Action": "R",
            "TotalAmount": str(amount_twd),
        }
        answer = self._post(REFUND, self._signed(fields), may_have_acted=True)
        return self._refund_result(answer, trade_no, gateway_trade_no, amount_twd)

    def _refund_result(
        self, answer: dict[str, str], trade_no: str, gateway_trade_no: str, amount_twd: int
    ) -> RefundResult:
        # This answer is signed by some gateways and not by others; a signature that is there must be right.
        if FIELD in answer and not self._is_ours(answer):
            raise RefundOutcomeUnknown("the answer's CheckMacValue is wrong")
        code, message = answer.get("RtnCode", ""), answer.get("RtnMsg", "")
        if not code:
            raise RefundOutcomeUnknown("an answer without RtnCode")
        told = (answer.get("MerchantTradeNo", trade_no), answer.get("TradeNo", gateway_trade_no))
        if told != (trade_no, gateway_trade_no):
            raise RefundOutcomeUnknown("an answer about another trade")
        if code != "1":
            raise RefundRefused(code, message)
        return RefundResult(trade_no, gateway_trade_no, amount_twd, message, raw=messages.unsigned(answer))

    def _signed(self, fields: dict[str, str]) -> dict[str, str]:
        keys = self._credentials
        return {**fields, FIELD: check_mac_value(fields, keys.hash_key, keys.hash_iv)}

    def _is_ours(self, fields: Mapping[str, str]) -> bool:
        return mac_is_right(fields, self._credentials.hash_key, self._credentials.hash_iv)

    def _post(self, path: str, fields: dict[str, str], *, may_have_acted: bool = False) -> dict[str, str]:
        """The answer's fields. After a request that may have acted, silence is RefundOutcomeUnknown."""
        body = post(self._http, self._base_url + path, fields, may_have_acted=may_have_acted)
        try:
            return form_fields(body)
        except MalformedCallback as error:
            silent = RefundOutcomeUnknown if may_have_acted else GatewayUnavailable
            raise silent(f"{error}: {body[:80]!r}") from error


def form_fields(body: bytes) -> dict[str, str]:
    """The fields of a url-encoded body, empty ones kept.

    Raises MalformedCallback for a body over 100 kB, not UTF-8, not a form, or with a field twice (which one was signed?).
    """
    if len(body) > MAX_BYTES:
        raise MalformedCallback("too large")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=200,
        )
    except ValueError as error:
        raise MalformedCallback("not a form") from error
    fields = dict(pairs)
    if not pairs:
        raise MalformedCallback("empty")
    if len(fields) != len(pairs):
        raise MalformedCallback("a field twice")
    return fields


def clean_text(text: str, max_bytes: int) -> str:
    """Text the gateway takes unchanged: one line, troublesome ASCII full-width, at most `max_bytes` of UTF-8, no half characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split()).translate(_SAFE)
    return line.encode("utf-8", "ignore")[:max_bytes].decode("utf-8", "ignore").rstrip()


def item_name(items: tuple[str, ...]) -> str:
    """The lines joined by `#`, as many as fit whole; a first line too long by itself is cut."""
    lines = [line for item in items if (line := clean_text(item, ITEM_NAME_BYTES))]
    joined = ""
    for line in lines:
        longer = f"{joined}#{line}" if joined else line
        if len(longer.encode()) > ITEM_NAME_BYTES:
            break
        joined = longer
    return joined


def _check_charge(charge: ChargeRequest) -> None:
    if not _TRADE_NO.fullmatch(charge.trade_no):
        raise ValueError("trade_no: 1 to 20 ASCII letters and digits")
    if charge.amount_twd < 1:
        raise ValueError("amount_twd: at least 1")
    if charge.made_at.tzinfo is None:
        raise ValueError("made_at: an aware moment")
    if not clean_text(charge.description, TRADE_DESC_BYTES) or not item_name(charge.items):
        raise ValueError("description and items: not empty")
    for url in filter(None, (charge.return_url, charge.client_back_url, charge.payment_info_url)):
        if not url.startswith(("https://", "http://")) or len(url) > URL_CHARS:
            raise ValueError("URLs: http(s), at most 200 characters")
    if not charge.return_url:
        raise ValueError("return_url: required")
    if charge.pay_before is not None and charge.pay_before <= charge.made_at:
        raise ValueError("pay_before: after made_at")
    if len(charge.custom_fields) > 4 or any(len(text) > CUSTOM_FIELD_CHARS for text in charge.custom_fields):
        raise ValueError("custom_fields: at most 4 of 50 characters")


def _expiry(charge: ChargeRequest) -> dict[str, str]:
    """How long a code lives: within `pay_before`, but never less than the gateway's shortest (a day; a minute at a shop's machine).

    An account dies with the end of a day, the other two a number of minutes or of days after they were given out.
    """
    if charge.pay_before is None or charge.method is Method.CARD:
        return {}
    made, until = charge.made_at.astimezone(TAIPEI), charge.pay_before.astimezone(TAIPEI)
    if charge.method is Method.ATM:
        days = ((until - timedelta(microseconds=1)).date() - made.date()).days
        return {"ExpireDate": str(min(max(days, 1), 60))}
    unit, most = (timedelta(minutes=1), 43_200) if charge.method is Method.CVS else (timedelta(days=1), 30)
    return {"StoreExpireDate": str(min(max((until - made) // unit, 1), most))}
