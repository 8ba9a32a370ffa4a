"""Orders, what is owed on them, and what their parties say and agree beside the contract."""

from tcloud.orders.models.between import (
    OrderChange,
    OrderMessage,
    OrderMessageFile,
    ThreadReading,
)
from tcloud.orders.models.orders import OPEN, WORKING_DAYS, Obligation, Order, RefundProposal
from tcloud.orders.models.requests import DraftRequest

__all__ = [
    "OPEN",
    "WORKING_DAYS",
    "DraftRequest",
    "Obligation",
    "Order",
    "OrderChange",
    "OrderMessage",
    "OrderMessageFile",
    "RefundProposal",
    "ThreadReading",
]
