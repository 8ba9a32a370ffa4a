"""Whole e-invoice messages and allowances against the order (R-24, R-27): pure functions on whole NT$ and days of Taipei."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from tcloud.adapters.mig.port import Cancellation, IssuedAllowance, IssuedInvoice
from tcloud.payments.rules import InvoiceDue, InvoiceLines, Mismatch, check_invoice, invoice_tax_twd

TAXED, RATE, GENERAL = "1", Decimal("0.05"), "07"
LONGEST_NUMBER: Final = 16
TAX_OFF_BY: Final = 1  # an invoice given back in parts rounds each part


@dataclass(frozen=True, slots=True)
class AllowanceLines:
    """An allowance as the supplier reports it; `sales_twd` without tax."""

    number: str
    issued_on: date
    sales_twd: int
    tax_twd: int


@dataclass(frozen=True, slots=True)
class InvoiceStanding:
    """An invoice as it stands: what it says, and what earlier allowances have left of it."""

    number: str
    issued_on: date
    buyer_ubn: str
    seller_ubn: str
    sales_left_twd: int
    tax_left_twd: int


def lines_of(message: IssuedInvoice) -> InvoiceLines:
    """The lines of the invoice that a form would ask for."""
    return InvoiceLines(
        number=message.number,
        issued_on=message.issued_on,
        buyer_ubn=message.buyer_ubn,
        seller_ubn=message.seller_ubn,
        sales_twd=message.sales_twd,
        tax_twd=message.tax_twd,
        total_twd=message.total_twd,
    )


def check_message(message: IssuedInvoice, due: InvoiceDue, *, today: date) -> tuple[Mismatch, ...]:
    """R-24: every line of a whole invoice that does not fit the order, empty when all do.

    What `check_invoice` looks at, and: a general invoice, all of it taxed at 5 %, whose items add up to its sales amount.
    """
    found = list(check_invoice(lines_of(message), due, today=today))
    if message.invoice_type != GENERAL:
        found.append(Mismatch("invoice_type", "invoice_type", message.invoice_type, GENERAL))
    if message.tax_type != TAXED:
        found.append(Mismatch("tax_type", "tax_type", message.tax_type, TAXED))
    if message.tax_rate != RATE:
        found.append(Mismatch("tax_rate", "tax_rate", str(message.tax_rate), str(RATE)))
    if other := message.free_twd + message.zero_twd:
        found.append(Mismatch("other_twd", "untaxed_sales", str(other), "0"))
    wrong = [item.tax_type for item in message.items if item.tax_type not in ("", TAXED)]
    if wrong:
        found.append(Mismatch("items", "item_tax_type", wrong[0], TAXED))
    items = _rounded(sum((item.amount_twd for item in message.items), Decimal(0)))
    if items != message.sales_twd:
        found.append(Mismatch("items", "items", str(items), str(message.sales_twd)))
    return tuple(found)


def check_allowance(lines: AllowanceLines, of: InvoiceStanding, *, today: date) -> tuple[Mismatch, ...]:
    """R-24, R-27: every line of an allowance that does not fit its invoice.

    Numbered, dated from the invoice's day to today, of something, taxed at 5 % (a part may round by NT$1), and never more than what
    earlier allowances have left.
    """
    found = []
    if not 0 < len(lines.number) <= LONGEST_NUMBER:
        found.append(Mismatch("number", "allowance_number", lines.number, str(LONGEST_NUMBER)))
    found += _days(lines.issued_on, since=of.issued_on, today=today)
    if lines.sales_twd < 1 or lines.tax_twd < 0:
        return (*found, Mismatch("sales_twd", "nothing", str(lines.sales_twd), "1"))
    if abs(lines.tax_twd - invoice_tax_twd(lines.sales_twd)) > TAX_OFF_BY:
        expected = str(invoice_tax_twd(lines.sales_twd))
        found.append(Mismatch("tax_twd", "allowance_tax", str(lines.tax_twd), expected))
    if lines.sales_twd > of.sales_left_twd:
        found.append(Mismatch("sales_twd", "too_much", str(lines.sales_twd), str(of.sales_left_twd)))
    if lines.tax_twd > of.tax_left_twd:
        found.append(Mismatch("tax_twd", "too_much", str(lines.tax_twd), str(of.tax_left_twd)))
    return tuple(found)


def check_allowance_message(
    message: IssuedAllowance, of: InvoiceStanding, *, today: date
) -> tuple[Mismatch, ...]:
    """R-24, R-27: a whole allowance: what `check_allowance` looks at, its parties, and items that are this invoice's and add up."""
    lines = AllowanceLines(message.number, message.issued_on, message.sales_twd, message.tax_twd)
    found = [*check_allowance(lines, of, today=today), *_parties(message, of)]
    for item in message.items:
        if item.invoice_number != of.number:
            found.append(Mismatch("items", "other_invoice", item.invoice_number, of.number))
        if item.invoice_on != of.issued_on:
            found.append(
                Mismatch("items", "other_invoice_day", str(item.invoice_on), of.issued_on.isoformat())
            )
        if item.tax_type != TAXED:
            found.append(Mismatch("items", "item_tax_type", item.tax_type, TAXED))
    items = _rounded(sum((item.amount_twd for item in message.items), Decimal(0)))
    if items != message.sales_twd:
        found.append(Mismatch("items", "items", str(items), str(message.sales_twd)))
    taxes = sum(item.tax_twd for item in message.items)
    if taxes != message.tax_twd:
        found.append(Mismatch("items", "items_tax", str(taxes), str(message.tax_twd)))
    return tuple(found)


def check_cancellation(
    message: Cancellation, of: InvoiceStanding, *, number: str, issued_on: date, today: date
) -> tuple[Mismatch, ...]:
    """R-24: a message that cancels the invoice, or the allowance, `number` of the day `issued_on`."""
    found = _parties(message, of)
    if message.number != number:
        found.append(Mismatch("number", "other_number", message.number, number))
    if message.of_on != issued_on:
        found.append(Mismatch("of_on", "other_day", message.of_on.isoformat(), issued_on.isoformat()))
    return (*found, *_days(message.cancelled_on, since=issued_on, today=today))


def check_day(on: date, *, since: date, today: date) -> tuple[Mismatch, ...]:
    """The day on which something was cancelled: from its own day to today."""
    return tuple(_days(on, since=since, today=today))


def period(day: date) -> tuple[int, int]:
    """The bimonthly period of an invoice: (year, 1 … 6)."""
    return day.year, (day.month + 1) // 2


def may_void_for_refund(issued_on: date, *, today: date) -> bool:
    """R-27: goods given back within the invoice's own period void it; after that only an allowance will do (統一發票使用辦法 §20)."""
    return period(issued_on) == period(today)


def _parties(message: IssuedAllowance | Cancellation, of: InvoiceStanding) -> list[Mismatch]:
    found = []
    if message.buyer_ubn != of.buyer_ubn:
        found.append(Mismatch("buyer_ubn", "buyer", message.buyer_ubn, of.buyer_ubn))
    if message.seller_ubn != of.seller_ubn:
        found.append(Mismatch("seller_ubn", "seller", message.seller_ubn, of.seller_ubn))
    return found


def _days(day: date, *, since: date, today: date) -> list[Mismatch]:
    if day > today:
        return [Mismatch("issued_on", "future", day.isoformat(), today.isoformat())]
    if day < since:
        return [Mismatch("issued_on", "before_invoice", day.isoformat(), since.isoformat())]
    return []


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
