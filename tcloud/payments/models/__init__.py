"""Accounts, charges, messages of the gateway, the codes it gives out, refunds and invoices (R-24, R-27, R-30)."""

from tcloud.payments.models.accounts import PaymentAccount
from tcloud.payments.models.charges import Charge, GatewayMessage, Invoice
from tcloud.payments.models.codes import PayCode
from tcloud.payments.models.refunds import Refund
from tcloud.payments.models.settlements import Statement, StatementLine, StatementWait
from tcloud.payments.models.transfers import BankReceipt, TransferNotice

__all__ = [
    "BankReceipt",
    "Charge",
    "GatewayMessage",
    "Invoice",
    "PayCode",
    "PaymentAccount",
    "Refund",
    "Statement",
    "StatementLine",
    "StatementWait",
    "TransferNotice",
]
