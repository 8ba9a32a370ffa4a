"""What a MIG 4.1 file says, as plain data, and how it can be unreadable. Amounts in whole NT$, days of Taipei."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


class Unreadable(Exception):
    """A file that is no such message. `code`: too_large · not_xml · doctype · message · missing · value; `where` names the element."""

    def __init__(self, code: str, where: str = "", found: str = "") -> None:
        super().__init__(f"{code} {where} {found}".strip())
        self.code = code
        self.where = where
        self.found = found[:80]


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an invoice or an allowance: `amount_twd` without tax, with the fractions the guideline allows."""

    description: str
    amount_twd: Decimal
    tax_type: str
    tax_twd: int = 0
    invoice_number: str = ""
    invoice_on: date | None = None


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """F0401: an invoice was issued."""

    number: str
    issued_on: date
    seller_ubn: str
    buyer_ubn: str
    invoice_type: str
    items: tuple[Item, ...]
    sales_twd: int
    free_twd: int
    zero_twd: int
    tax_type: str
    tax_rate: Decimal
    tax_twd: int
    total_twd: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """F0501 or G0501: an invoice or an allowance was cancelled. `of_on` is the day of what was cancelled."""

    number: str
    of_on: date
    seller_ubn: str
    buyer_ubn: str
    cancelled_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class IssuedAllowance:
    """G0401: an allowance was issued; `sales_twd` without tax. `kind`: "1" by the buyer, "2" by the seller."""

    number: str
    issued_on: date
    seller_ubn: str
    buyer_ubn: str
    kind: str
    items: tuple[Item, ...]
    sales_twd: int
    tax_twd: int
