"""Everything that changes an order. This app alone knows the whole act: points, contract, charge, invoice and state together.

Lock order: order → contract → charge → grants → … → appropriation (docs/decisions/0003).
"""

from tcloud.orders.operations.building import create, discard, draw_up_contract, finish_company_signature
from tcloud.orders.operations.codes import receive_codes
from tcloud.orders.operations.deadlines import close_deadlines, query_open_charges
from tcloud.orders.operations.ending import confirm, dispute, refund, settle_dispute, withdraw
from tcloud.orders.operations.evidence import make_evidence
from tcloud.orders.operations.moving import move_deadlines
from tcloud.orders.operations.paying import checkout, receive_callback
from tcloud.orders.operations.refunding import answer_refund, propose_refund, refund_part, withdraw_refund
from tcloud.orders.operations.submitting import submit
from tcloud.orders.operations.supplying import accept, decline, deliver, record_invoice
from tcloud.orders.operations.transfers import confirm_transfer, deny_transfer, state_transfer

__all__ = [
    "accept",
    "answer_refund",
    "checkout",
    "close_deadlines",
    "confirm",
    "confirm_transfer",
    "create",
    "decline",
    "deliver",
    "deny_transfer",
    "discard",
    "dispute",
    "draw_up_contract",
    "finish_company_signature",
    "make_evidence",
    "move_deadlines",
    "propose_refund",
    "query_open_charges",
    "receive_callback",
    "receive_codes",
    "record_invoice",
    "refund",
    "refund_part",
    "settle_dispute",
    "state_transfer",
    "submit",
    "withdraw",
    "withdraw_refund",
]
