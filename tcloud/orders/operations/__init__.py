"""Everything that changes an order. This app alone knows the whole act: points, contract, charge, invoice and state together.

Lock order: order → contract → charge → grants → … → appropriation (docs/decisions/0003).
"""

from tcloud.orders.operations.building import create, discard, draw_up_contract, finish_company_signature
from tcloud.orders.operations.changing import agree_change, propose_change, refuse_change, withdraw_change
from tcloud.orders.operations.codes import receive_codes
from tcloud.orders.operations.deadlines import close_deadlines, query_open_charges
from tcloud.orders.operations.ending import (
    confirm,
    dispute,
    refund,
    settle_dispute,
    withdraw,
    withdraw_dispute,
)
from tcloud.orders.operations.evidence import make_evidence
from tcloud.orders.operations.introducing import drop_introduction
from tcloud.orders.operations.invoicing import (
    cancel_allowance,
    record_allowance,
    record_invoice,
    void_invoice,
)
from tcloud.orders.operations.moving import move_deadlines
from tcloud.orders.operations.paying import checkout, receive_callback
from tcloud.orders.operations.providing import (
    allow_by_provider,
    issue_by_provider,
    settle_provider_requests,
    void_by_provider,
)
from tcloud.orders.operations.refunding import answer_refund, propose_refund, refund_part, withdraw_refund
from tcloud.orders.operations.renewing import send_renewal_notices
from tcloud.orders.operations.requesting import approve, ask, send_back, withdraw_request
from tcloud.orders.operations.submitting import submit
from tcloud.orders.operations.supplying import accept, decline, deliver
from tcloud.orders.operations.transfers import confirm_transfer, deny_transfer, state_transfer
from tcloud.orders.operations.writing import read, write

__all__ = [
    "accept",
    "agree_change",
    "allow_by_provider",
    "answer_refund",
    "approve",
    "ask",
    "cancel_allowance",
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
    "drop_introduction",
    "finish_company_signature",
    "issue_by_provider",
    "make_evidence",
    "move_deadlines",
    "propose_change",
    "propose_refund",
    "query_open_charges",
    "read",
    "receive_callback",
    "receive_codes",
    "record_allowance",
    "record_invoice",
    "refund",
    "refund_part",
    "refuse_change",
    "send_back",
    "send_renewal_notices",
    "settle_dispute",
    "settle_provider_requests",
    "state_transfer",
    "submit",
    "void_by_provider",
    "void_invoice",
    "withdraw",
    "withdraw_change",
    "withdraw_dispute",
    "withdraw_refund",
    "withdraw_request",
    "write",
]
