"""Everything that changes an invoice and what belongs to it (R-24, R-27)."""

from tcloud.invoices.operations.records import allow, cancel_allowance, record, void

__all__ = ["allow", "cancel_allowance", "record", "void"]
