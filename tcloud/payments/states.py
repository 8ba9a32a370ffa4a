"""A charge asks for money once, a part of it is given back once; an invoice stands until it is voided."""

from tcloud.core.actors import COMPANY, GATEWAY, OFFICER, SUPPLIER, SYSTEM
from tcloud.core.transitions import Machine, Transition

CHARGE = Machine(
    "charge",
    "OPEN",
    (
        # CLOSED: its payer came back and was given a new trade number, then paid in the page first opened
        # SUPPLIER: it came to its own bank account
        Transition("pay", ("OPEN", "CLOSED"), "PAID", frozenset({GATEWAY, SYSTEM, SUPPLIER}), "charge.paid"),
        Transition(
            "close", ("OPEN",), "CLOSED", frozenset({SYSTEM, OFFICER, COMPANY, SUPPLIER}), "charge.closed"
        ),
        # money that came after the order was over is owed back
        Transition(
            "owe_back",
            ("CLOSED", "PAID"),
            "TO_REFUND",
            frozenset({GATEWAY, SYSTEM, OFFICER, COMPANY, SUPPLIER}),  # both have agreed
            "charge.to_refund",
        ),
        Transition("refund", ("TO_REFUND",), "REFUNDED", frozenset({SYSTEM, OFFICER}), "charge.refunded"),
    ),
)

# a voided invoice stays on record; another one is owed for the order unless it was refunded
INVOICE = Machine(
    "invoice",
    "ISSUED",
    (
        # SYSTEM: found voided at the supplier's provider, whose answer to the supplier was lost
        Transition("void", ("ISSUED",), "VOIDED", frozenset({SUPPLIER, SYSTEM}), "invoice.voided"),
    ),
)
REFUND = Machine(
    "refund",
    "TO_REFUND",
    (Transition("refund", ("TO_REFUND",), "REFUNDED", frozenset({SYSTEM, OFFICER}), "refund.sent"),),
)
