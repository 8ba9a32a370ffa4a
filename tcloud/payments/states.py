"""A charge asks for money once; an invoice stands until it is voided."""

from tcloud.core.actors import COMPANY, GATEWAY, OFFICER, SUPPLIER, SYSTEM
from tcloud.core.transitions import Machine, Transition

CHARGE = Machine(
    "charge",
    "OPEN",
    (
        # CLOSED: its payer came back and was given a new trade number, then paid in the page first opened
        Transition("pay", ("OPEN", "CLOSED"), "PAID", frozenset({GATEWAY, SYSTEM}), "charge.paid"),
        Transition("close", ("OPEN",), "CLOSED", frozenset({SYSTEM, OFFICER, COMPANY}), "charge.closed"),
        # money that came after the order was over is owed back
        Transition(
            "owe_back",
            ("CLOSED", "PAID"),
            "TO_REFUND",
            frozenset({GATEWAY, SYSTEM, OFFICER}),
            "charge.to_refund",
        ),
        Transition("refund", ("TO_REFUND",), "REFUNDED", frozenset({SYSTEM, OFFICER}), "charge.refunded"),
    ),
)

# a voided invoice stays on record; another one is owed for the order unless it was refunded
INVOICE = Machine(
    "invoice",
    "ISSUED",
    (Transition("void", ("ISSUED",), "VOIDED", frozenset({SUPPLIER}), "invoice.voided"),),
)
