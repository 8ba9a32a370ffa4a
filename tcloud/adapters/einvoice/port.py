"""What is asked of an e-invoice provider, as plain data. Amounts in whole NT$, days of Taipei."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tcloud.adapters.mig.port import IssuedInvoice


class ProviderError(Exception):
    """The provider did not do what it was asked."""


class ProviderRefused(ProviderError):
    """It answered that it will not: nothing was done."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class ProviderUnavailable(ProviderError):
    """Certainly nothing was sent, or a question was not answered."""


class ProviderOutcomeUnknown(ProviderError):
    """It was sent and no readable answer came: it may have been done."""


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """An invoice to issue, of one item. `relate_number` (1-20 letters and digits) is unique for ever: it is issued once."""

    relate_number: str
    buyer_ubn: str
    buyer_email: str
    item: str
    sales_twd: int
    tax_twd: int
    total_twd: int


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """An invoice as the provider has it. `left_twd`: what allowances have left of it, untaxed; `raw` its own words (JSON)."""

    message: IssuedInvoice
    voided: bool
    left_twd: int
    raw: bytes


class EinvoiceProvider(Protocol):
    """One supplier's account with a provider."""

    def issue(self, order: InvoiceOrder) -> str:
        """The number of the invoice. Raises ProviderRefused (also for a relate number used before), ProviderUnavailable,
        ProviderOutcomeUnknown.
        """

    def find(self, relate_number: str) -> FoundInvoice | None:
        """The invoice issued under the relate number; None when there is none. Raises ProviderUnavailable."""

    def void(self, number: str, issued_on: date, reason: str) -> None:
        """Void an invoice. Raises as `issue`."""

    def allow(self, of: IssuedInvoice, sales_twd: int, tax_twd: int) -> str:
        """Lower an invoice of one item; the number of the allowance. Raises as `issue`."""
