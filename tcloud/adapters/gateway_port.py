"""A payment gateway as the rest of the house sees it: plain data, amounts in whole NT$ (PROTOCOLS §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Method(StrEnum):
    """A way of paying at a gateway. All but the card are a code that is paid elsewhere, hours later."""

    CARD = "card"
    ATM = "atm"
    CVS = "cvs"
    BARCODE = "barcode"


class GatewayError(Exception):
    """Something between us and the gateway went wrong."""


class GatewayUnavailable(GatewayError):
    """No usable answer: silence, a broken connection, an error status or an unreadable body. Ask again later."""


class GatewayTooFast(GatewayUnavailable):
    """HTTP 403: asked too often; wait `wait_seconds` before anything is asked again."""

    def __init__(self, wait_seconds: int = 1800) -> None:
        super().__init__(f"asked too fast, wait {wait_seconds} s")
        self.wait_seconds = wait_seconds


class RefundOutcomeUnknown(GatewayUnavailable):
    """The refund was sent and nothing readable came back: it may have happened. Never repeat it unseen."""


class RefundRefused(GatewayError):
    """The gateway refused the refund, or the way of paying has no refund through the gateway."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class MessageRefused(GatewayError):
    """A message that claims to come from the gateway and changes nothing (R-30)."""


class ForgedCallback(MessageRefused):
    """No CheckMacValue, or a wrong one: not from the gateway."""


class MalformedCallback(MessageRefused):
    """Signed, but a field is missing or unreadable."""


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What the payer is to pay, by one `method`.

    `trade_no` is unique for ever (1–20 ASCII letters and digits), `made_at` an aware moment, `items` the lines the payer reads;
    `return_url` takes the signed callback, `payment_info_url` the signed codes, `client_back_url` is the button back to us. A code is
    valid no longer than `pay_before` (the first moment after), as far as the gateway knows such a short time.
    """

    trade_no: str
    amount_twd: int
    made_at: datetime
    description: str
    items: tuple[str, ...]
    return_url: str
    client_back_url: str = ""
    payment_info_url: str = ""
    method: Method = Method.CARD
    pay_before: datetime | None = None
    language: str = ""
    custom_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """A form the payer's browser posts to `url`; never inside a frame."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Callback:
    """A message whose signature was right. `trade_no` is ours, `gateway_trade_no` theirs; moments in Asia/Taipei.

    `raw` holds every field but the signature.
    """

    merchant_id: str
    trade_no: str
    gateway_trade_no: str
    rtn_code: int
    rtn_message: str
    amount_twd: int
    simulated: bool
    payment_type: str = ""
    paid_at: datetime | None = None
    charge_fee_twd: int | None = None
    custom_fields: tuple[str, str, str, str] = ("", "", "", "")
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def paid(self) -> bool:
        """Whether real money was paid: RtnCode 1 and not simulated."""
        return self.rtn_code == 1 and not self.simulated


@dataclass(frozen=True, slots=True)
class CodesMessage:
    """Where a trade may be paid, by a message whose signature was right; `number` is the account or the code of the shop's machine.

    `issued` is false when the gateway says that there are none; `expires_at` is the first moment at which the gateway takes nothing.
    """

    merchant_id: str
    trade_no: str
    gateway_trade_no: str
    amount_twd: int
    issued: bool
    method: Method
    bank_code: str = ""
    number: str = ""
    barcodes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    raw: dict[str, str] = field(default_factory=dict)


class TradeStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    FAILED = "failed"
    NOT_FOUND = "not_found"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The gateway's signed answer to our own question; the same names as in `Callback`."""

    merchant_id: str
    trade_no: str
    gateway_trade_no: str
    status: TradeStatus
    status_code: str
    amount_twd: int
    simulated: bool = False
    payment_type: str = ""
    paid_at: datetime | None = None
    charge_fee_twd: int | None = None
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def paid(self) -> bool:
        """Whether real money was paid."""
        return self.status is TradeStatus.PAID and not self.simulated


@dataclass(frozen=True, slots=True)
class RefundResult:
    """A refund the gateway accepted."""

    trade_no: str
    gateway_trade_no: str
    amount_twd: int
    message: str
    raw: dict[str, str] = field(default_factory=dict)


def methods_up_to(amount_twd: int, table: Mapping[Method, tuple[str, int]]) -> tuple[Method, ...]:
    """The ways of paying that take this amount; `table` gives the gateway's name of each and the most it takes (NT$)."""
    return tuple(method for method, (_name, most) in table.items() if amount_twd <= most)


class PaymentGateway(Protocol):
    """What payments need of a gateway."""

    @property
    def merchant_id(self) -> str: ...

    def methods(self, amount_twd: int) -> tuple[Method, ...]: ...

    def checkout_form(self, charge: ChargeRequest) -> CheckoutForm: ...

    def parse_callback(self, form: Mapping[str, str]) -> Callback: ...

    def parse_codes(self, form: Mapping[str, str]) -> CodesMessage: ...

    def query(self, trade_no: str, *, amount_twd: int, at: datetime) -> QueryResult: ...

    def refund(
        self, *, trade_no: str, gateway_trade_no: str, amount_twd: int, payment_type: str
    ) -> RefundResult: ...
