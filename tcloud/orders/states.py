"""The life of an order (PROGRAMME, the journey), and of a change that its parties agree upon."""

from tcloud.core.actors import COMPANY, GATEWAY, OFFICER, SUPPLIER, SYSTEM
from tcloud.core.transitions import Machine, Transition

_COMPANY, _SUPPLIER, _SYSTEM, _OFFICER = (frozenset({kind}) for kind in (COMPANY, SUPPLIER, SYSTEM, OFFICER))
_PARTIES = _COMPANY | _SUPPLIER

ORDER = Machine(
    "order",
    "DRAFT",
    (
        Transition("discard", ("DRAFT",), "DISCARDED", _COMPANY, "order.discarded"),
        Transition("submit", ("DRAFT",), "SUBMITTED", _COMPANY, "order.submitted", binds=True),
        Transition("withdraw", ("SUBMITTED",), "WITHDRAWN", _COMPANY, "order.withdrawn", binds=True),
        Transition("decline", ("SUBMITTED",), "DECLINED", _SUPPLIER, "order.declined"),
        Transition("lapse", ("SUBMITTED",), "LAPSED", _SYSTEM, "order.lapsed"),
        Transition("accept", ("SUBMITTED",), "ACCEPTED", _SUPPLIER, "order.accepted"),
        Transition("miss_payment", ("ACCEPTED",), "UNPAID", _SYSTEM, "order.unpaid"),
        # SUPPLIER: it confirms a remittance to its own bank account
        Transition("pay", ("ACCEPTED",), "PAID", frozenset({GATEWAY, SYSTEM, SUPPLIER}), "order.paid"),
        # from DISPUTED: the contract has the supplier improve and deliver again after an objection
        Transition("deliver", ("PAID", "DISPUTED"), "DELIVERED", _SUPPLIER, "order.delivered"),
        Transition("confirm", ("DELIVERED",), "COMPLETED", _COMPANY | _SYSTEM, "order.completed", binds=True),
        Transition("dispute", ("PAID", "DELIVERED"), "DISPUTED", _COMPANY, "order.disputed", binds=True),
        Transition(
            "withdraw_dispute", ("DISPUTED",), "COMPLETED", _COMPANY, "order.dispute_withdrawn", binds=True
        ),
        # what both have agreed needs no officer
        Transition(
            "settle_dispute",
            ("DISPUTED",),
            "COMPLETED",
            _OFFICER | _PARTIES,
            "order.dispute_settled",
            binds=True,
        ),
        Transition(
            "refund",
            ("PAID", "DELIVERED", "DISPUTED"),
            "REFUNDED",
            _OFFICER | _PARTIES,
            "order.refunded",
            binds=True,
        ),
    ),
)

ORDER_CHANGE = Machine(
    "order_change",
    "PROPOSED",
    (
        Transition("agree", ("PROPOSED",), "AGREED", _PARTIES, "order_change.agreed", binds=True),
        Transition("refuse", ("PROPOSED",), "REFUSED", _PARTIES, "order_change.refused"),
        Transition("withdraw", ("PROPOSED",), "WITHDRAWN", _PARTIES, "order_change.withdrawn"),
    ),
)
# one party proposes a refund, the other answers; it lapses when the order ends otherwise.
REFUND_PROPOSAL = Machine(
    "refund_proposal",
    "PROPOSED",
    (
        Transition("agree", ("PROPOSED",), "AGREED", _PARTIES, "refund_proposal.agreed", binds=True),
        Transition("refuse", ("PROPOSED",), "REFUSED", _PARTIES, "refund_proposal.refused"),
        Transition("withdraw", ("PROPOSED",), "WITHDRAWN", _PARTIES, "refund_proposal.withdrawn"),
        Transition("lapse", ("PROPOSED",), "LAPSED", _PARTIES | _OFFICER | _SYSTEM, "refund_proposal.lapsed"),
    ),
)
REFUNDABLE = ("PAID", "DELIVERED", "DISPUTED")
LIVE = ("SUBMITTED", "ACCEPTED", "PAID", "DELIVERED", "DISPUTED")
SERVED = ("DELIVERED", "COMPLETED")  # the service was provided, and nobody disputes it
ENDED_WITHOUT_SERVICE = ("DISCARDED", "WITHDRAWN", "DECLINED", "LAPSED", "UNPAID", "REFUNDED")
CHANGEABLE = (
    "ACCEPTED",
    "PAID",
    "DELIVERED",
)  # both have signed, and the service is still to be given or confirmed

# A colleague without the right to order asks who has it; the answer is given once.
DRAFT_REQUEST = Machine(
    "draft_request",
    "ASKED",
    (
        Transition("approve", ("ASKED",), "APPROVED", _COMPANY, "draft_request.approved", binds=True),
        Transition("send_back", ("ASKED",), "RETURNED", _COMPANY, "draft_request.returned", binds=True),
        Transition("withdraw", ("ASKED",), "WITHDRAWN", _COMPANY, "draft_request.withdrawn"),
    ),
)
