"""The four messages that a supplier may hand in: F0401, F0501, G0401, G0501 of MIG 4.1 (PROTOCOLS §6)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from tcloud.adapters.mig.port import Cancellation, IssuedAllowance, IssuedInvoice, Item, Unreadable
from tcloud.adapters.mig.xml import Reader, read

NAMESPACE: Final = "urn:GEINV:eInvoiceMessage:{}:4.1"
_DAY: Final = re.compile(r"\d{8}|\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,7})?")


def f0401(content: bytes) -> IssuedInvoice:
    """An invoice issued. Raises Unreadable."""
    say = _message(content, "F0401", "Invoice")
    return IssuedInvoice(
        number=say.text("Main/InvoiceNumber"),
        issued_on=_day(say, "Main/InvoiceDate"),
        seller_ubn=say.text("Main/Seller/Identifier"),
        buyer_ubn=say.text("Main/Buyer/Identifier"),
        invoice_type=say.text("Main/InvoiceType"),
        items=_items(say, lambda line: Item(
            line.text("Description"), _number(line, "Amount"), line.text("TaxType", needed=False)
        )),
        sales_twd=_whole(say, "Amount/SalesAmount"),
        free_twd=_whole(say, "Amount/FreeTaxSalesAmount", needed=False),
        zero_twd=_whole(say, "Amount/ZeroTaxSalesAmount", needed=False),
        tax_type=say.text("Amount/TaxType"),
        tax_rate=_number(say, "Amount/TaxRate"),
        tax_twd=_whole(say, "Amount/TaxAmount"),
        total_twd=_whole(say, "Amount/TotalAmount"),
    )  # fmt: skip


def f0501(content: bytes) -> Cancellation:
    """An invoice cancelled. Raises Unreadable."""
    say = _message(content, "F0501", "CancelInvoice")
    return _cancellation(say, number="CancelInvoiceNumber", of_on="InvoiceDate")


def g0401(content: bytes) -> IssuedAllowance:
    """An allowance issued. Raises Unreadable."""
    say = _message(content, "G0401", "Allowance")
    return IssuedAllowance(
        number=say.text("Main/AllowanceNumber"),
        issued_on=_day(say, "Main/AllowanceDate"),
        seller_ubn=say.text("Main/Seller/Identifier"),
        buyer_ubn=say.text("Main/Buyer/Identifier"),
        kind=say.text("Main/AllowanceType"),
        items=_items(say, lambda line: Item(
            line.text("OriginalDescription"),
            _number(line, "Amount"),
            line.text("TaxType"),
            _whole(line, "Tax"),
            line.text("OriginalInvoiceNumber"),
            _day(line, "OriginalInvoiceDate"),
        )),
        sales_twd=_whole(say, "Amount/TotalAmount"),
        tax_twd=_whole(say, "Amount/TaxAmount"),
    )  # fmt: skip


def g0501(content: bytes) -> Cancellation:
    """An allowance cancelled. Raises Unreadable."""
    say = _message(content, "G0501", "CancelAllowance")
    return _cancellation(say, number="CancelAllowanceNumber", of_on="AllowanceDate")


def _message(content: bytes, code: str, root_name: str) -> Reader:
    """A reader of the message when it is the one wanted. Raises Unreadable `message` with what it is instead."""
    root, namespace = read(content), NAMESPACE.format(code)
    if root.tag != f"{{{namespace}}}{root_name}":
        raise Unreadable("message", f"{code} 4.1", root.tag.lstrip("{").replace("}", " "))
    return Reader(root, namespace)


def _cancellation(say: Reader, *, number: str, of_on: str) -> Cancellation:
    return Cancellation(
        number=say.text(number),
        of_on=_day(say, of_on),
        seller_ubn=say.text("SellerId"),
        buyer_ubn=say.text("BuyerId"),
        cancelled_on=_day(say, "CancelDate"),
        reason=say.text("CancelReason"),
    )


def _items(say: Reader, make: Callable[[Reader], Item]) -> tuple[Item, ...]:
    found = tuple(make(line) for line in say.all("Details/ProductItem"))
    if not found:
        raise Unreadable("missing", "Details/ProductItem")
    return found


def _day(say: Reader, path: str) -> date:
    text = say.text(path)
    if not _DAY.fullmatch(text):
        raise Unreadable("value", path, text)
    try:
        return datetime.strptime(text.replace("-", ""), "%Y%m%d").date()  # noqa: DTZ007  a day without a time
    except ValueError as error:
        raise Unreadable("value", path, text) from error


def _number(say: Reader, path: str, *, needed: bool = True) -> Decimal:
    text = say.text(path, needed=needed) or "0"
    if not _NUMBER.fullmatch(text):
        raise Unreadable("value", path, text)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Unreadable("value", path, text) from error


def _whole(say: Reader, path: str, *, needed: bool = True) -> int:
    number = _number(say, path, needed=needed)
    if number != number.to_integral_value():
        raise Unreadable("value", path, str(number))
    return int(number)
