"""Invoices, payment messages and refunds (R-24, R-27, R-30): pure functions on whole NT$.

A `code` is stable for tests and statistics; what pages say of a mismatch is in invoices/words.py, in both languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

_INVOICE_NUMBER = re.compile(r"[A-Z]{2}[0-9]{8}")
# A gateway gives back what it has captured, which it does the same night: the pauses after each refusal reach over that night.
REFUND_PAUSES = (timedelta(hours=1), timedelta(hours=12), timedelta(hours=24), timedelta(hours=48))
MAX_REFUND_TRIES = len(REFUND_PAUSES) + 1
MOST_SILENCES = 3  # then a gateway is down, and asking it more would only hold up the others


@dataclass(frozen=True, slots=True)
class InvoiceLines:
    """A uniform invoice as the supplier reports it; amounts in NT$, `issued_on` the Taipei day."""

    number: str
    issued_on: date
    buyer_ubn: str
    seller_ubn: str
    sales_twd: int
    tax_twd: int
    total_twd: int


@dataclass(frozen=True, slots=True)
class InvoiceDue:
    """What the order says the invoice must show; `price_twd` the full contract price, tax included."""

    buyer_ubn: str
    seller_ubn: str
    price_twd: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One line of an invoice that is not as it must be: the field, a code, what stands there and what should."""

    field: str
    code: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class InvoiceSplit:
    """A tax-inclusive price as the two amounts of an invoice."""

    sales_twd: int
    tax_twd: int


def invoice_tax_twd(untaxed_twd: int) -> int:
    """The tax on an untaxed amount: 5 % rounded half up, in whole NT$ (R-24). Raises ValueError below 0."""
    if untaxed_twd < 0:
        raise ValueError("an amount below zero")
    return (untaxed_twd + 10) // 20


def split_price(total_twd: int) -> InvoiceSplit | None:
    """The one (sales, tax) whose sum is `total_twd` with tax as in `invoice_tax_twd`; None when there is none.

    With sales = 20k + r the sum is 21k + r for r < 10 and 21k + r + 1 for r ≥ 10, so it grows without ever landing on
    21k + 10: totals that leave 10 when divided by 21 (10, 31, 52, …) admit no invoice, every other total exactly one. A plan
    must not be listed at such a price. Raises ValueError below 0.
    """
    if total_twd < 0:
        raise ValueError("an amount below zero")
    k, rest = divmod(total_twd, 21)
    if rest == 10:
        return None
    sales = 20 * k + (rest if rest < 10 else rest - 1)
    return InvoiceSplit(sales, total_twd - sales)


def untaxed_twd(total_twd: int) -> int | None:
    """The untaxed part of a tax-inclusive price; None when no invoice can show that price (see `split_price`)."""
    split = split_price(total_twd)
    return split.sales_twd if split else None


def check_invoice(invoice: InvoiceLines, due: InvoiceDue, *, today: date) -> tuple[Mismatch, ...]:
    """R-24: every line of the invoice that does not fit the order, empty when all do; `today` is the Taipei day.

    Number of 2 letters and 8 digits; buyer and seller as on the order; sales + tax = total; tax = 5 % of sales rounded half up;
    total = full contract price; dated neither before the payment nor in the future.
    """
    found = [*_party_lines(invoice, due), *_amount_lines(invoice, due), *_date_lines(invoice, due, today)]
    return tuple(found)


def _party_lines(invoice: InvoiceLines, due: InvoiceDue) -> list[Mismatch]:
    found = []
    if not _INVOICE_NUMBER.fullmatch(invoice.number):
        found.append(Mismatch("number", "number_format", invoice.number, "AB12345678"))
    if invoice.buyer_ubn != due.buyer_ubn:
        found.append(Mismatch("buyer_ubn", "buyer", invoice.buyer_ubn, due.buyer_ubn))
    if invoice.seller_ubn != due.seller_ubn:
        found.append(Mismatch("seller_ubn", "seller", invoice.seller_ubn, due.seller_ubn))
    return found


def _amount_lines(invoice: InvoiceLines, due: InvoiceDue) -> list[Mismatch]:
    lowest = min(invoice.sales_twd, invoice.tax_twd, invoice.total_twd)
    if lowest < 0:
        return [Mismatch("total_twd", "negative", str(lowest), str(due.price_twd))]
    found = []
    total, tax = invoice.sales_twd + invoice.tax_twd, invoice_tax_twd(invoice.sales_twd)
    if invoice.total_twd != total:
        found.append(Mismatch("total_twd", "sum", str(invoice.total_twd), str(total)))
    if invoice.tax_twd != tax:
        found.append(Mismatch("tax_twd", "tax", str(invoice.tax_twd), str(tax)))
    if invoice.total_twd != due.price_twd:
        found.append(Mismatch("total_twd", "price", str(invoice.total_twd), str(due.price_twd)))
    return found


def _date_lines(invoice: InvoiceLines, due: InvoiceDue, today: date) -> list[Mismatch]:
    issued = invoice.issued_on.isoformat()
    if invoice.issued_on > today:
        return [Mismatch("issued_on", "future", issued, today.isoformat())]
    if invoice.issued_on < due.paid_on:
        return [Mismatch("issued_on", "before_payment", issued, due.paid_on.isoformat())]
    return []


class PaymentNotice(Protocol):
    """What the gateway says of a payment, by its signed callback or its signed answer to our query."""

    @property
    def merchant_id(self) -> str: ...

    @property
    def trade_no(self) -> str: ...

    @property
    def amount_twd(self) -> int: ...

    @property
    def paid(self) -> bool: ...

    @property
    def simulated(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ExpectedPayment:
    """What was asked of the payer; amount in NT$."""

    merchant_id: str
    trade_no: str
    amount_twd: int


class PaymentOutcome(StrEnum):
    PAID = "paid"
    IGNORED = "ignored"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class PaymentJudgement:
    """`code`: paid · simulated, not_paid (ignored) · merchant, trade, amount (mismatch: an officer looks)."""

    outcome: PaymentOutcome
    code: str
    sentence_zh: str


def judge_payment(expected: ExpectedPayment, notice: PaymentNotice) -> PaymentJudgement:
    """R-30: whether a signed notice pays what was asked.

    Paid only with the right merchant, trade and exact amount, and with real money. Whether the order may still be paid, and whether it
    was paid before, is for the operation to see under its lock.
    """
    if notice.merchant_id != expected.merchant_id:
        return _mismatch("merchant", "通知的特店編號與本平台不符。")
    if notice.trade_no != expected.trade_no:
        return _mismatch("trade", "通知的交易編號與這筆付款不符。")
    if notice.simulated:
        return PaymentJudgement(PaymentOutcome.IGNORED, "simulated", "模擬付款通知，不算付款。")
    if not notice.paid:
        return PaymentJudgement(PaymentOutcome.IGNORED, "not_paid", "金流回覆尚未付款或付款未成功。")
    if notice.amount_twd != expected.amount_twd:
        text = f"付款金額 {notice.amount_twd:,} 元與應付金額 {expected.amount_twd:,} 元不符。"
        return _mismatch("amount", text)
    return PaymentJudgement(PaymentOutcome.PAID, "paid", "付款成功。")


class CodesNotice(Protocol):
    """What the gateway says of the codes it gave out."""

    @property
    def merchant_id(self) -> str: ...

    @property
    def trade_no(self) -> str: ...

    @property
    def amount_twd(self) -> int: ...


def judge_codes(expected: ExpectedPayment, notice: CodesNotice) -> str:
    """R-30: in which line a signed code message does not fit what was asked: merchant, trade, amount; empty when it fits."""
    lines = ("merchant", "merchant_id"), ("trade", "trade_no"), ("amount", "amount_twd")
    return next((code for code, field in lines if getattr(notice, field) != getattr(expected, field)), "")


def _mismatch(code: str, sentence_zh: str) -> PaymentJudgement:
    return PaymentJudgement(PaymentOutcome.MISMATCH, code, sentence_zh)


def next_refund_at(tries: int, *, at: datetime) -> datetime | None:
    """R-27, R-30: when a refund that was refused now for the `tries`-th time is sent again; None: people must see to it."""
    return at + REFUND_PAUSES[tries - 1] if tries < MAX_REFUND_TRIES else None


def by_card(method: str) -> bool:
    """R-27, R-30: whether money that came by `method` (the gateway's name of it) can be given back through the gateway."""
    return method.lower().startswith("credit")


class WayBack(StrEnum):
    """How money goes back, and who sees to it."""

    CARD = "card"  # through the gateway, to the card
    REMITTED = "remitted"  # by the supplier, to whose bank account it came, to the account it came from
    SUPPLIER = "supplier"  # no gateway gives it back: by the supplier, whose gateway took it
    OFFICE = "office"  # no gateway gives it back: by the programme, whose gateway took it


def way_back(method: str, *, suppliers_account: bool) -> WayBack:
    """R-27, R-30: how money goes back that came by `method`, to a gateway's account of the supplier or of the programme."""
    if by_card(method):
        return WayBack.CARD
    if method.startswith("bank"):
        return WayBack.REMITTED
    return WayBack.SUPPLIER if suppliers_account else WayBack.OFFICE
