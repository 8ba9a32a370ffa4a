"""The life of an order (PROGRAMME, the journey)."""

from tcloud.core.actors import COMPANY, GATEWAY, OFFICER, SUPPLIER, SYSTEM
from tcloud.core.transitions import Machine, Transition

_COMPANY, _SUPPLIER, _SYSTEM, _OFFICER = (frozenset({kind}) for kind in (COMPANY, SUPPLIER, SYSTEM, OFFICER))

ORDER = Machine(
    "order",
    "DRAFT",
    (
        Transition("discard", ("DRAFT",), "DISCARDED", _COMPANY, "order.discarded"),
        Transition("submit", ("DRAFT",), "SUBMITTED", _COMPANY, "order.submitted"),
        Transition("withdraw", ("SUBMITTED",), "WITHDRAWN", _COMPANY, "order.withdrawn"),
        Transition("decline", ("SUBMITTED",), "DECLINED", _SUPPLIER, "order.declined"),
        Transition("lapse", ("SUBMITTED",), "LAPSED", _SYSTEM, "order.lapsed"),
        Transition("accept", ("SUBMITTED",), "ACCEPTED", _SUPPLIER, "order.accepted"),
        Transition("miss_payment", ("ACCEPTED",), "UNPAID", _SYSTEM, "order.unpaid"),
        # SUPPLIER: it confirms a remittance to its own bank account
        Transition("pay", ("ACCEPTED",), "PAID", frozenset({GATEWAY, SYSTEM, SUPPLIER}), "order.paid"),
        Transition("deliver", ("PAID",), "DELIVERED", _SUPPLIER, "order.delivered"),
        Transition("confirm", ("DELIVERED",), "COMPLETED", _COMPANY | _SYSTEM, "order.completed"),
        Transition("dispute", ("PAID", "DELIVERED"), "DISPUTED", _COMPANY, "order.disputed"),
        # what both have agreed needs no officer
        Transition(
            "settle_dispute",
            ("DISPUTED",),
            "COMPLETED",
            _OFFICER | _COMPANY | _SUPPLIER,
            "order.dispute_settled",
        ),
        Transition(
            "refund",
            ("PAID", "DELIVERED", "DISPUTED"),
            "REFUNDED",
            _OFFICER | _COMPANY | _SUPPLIER,
            "order.refunded",
        ),
    ),
)
# one party proposes a refund, the other answers; it lapses when the order ends otherwise.
REFUND_PROPOSAL = Machine(
    "refund_proposal",
    "PROPOSED",
    (
        Transition("agree", ("PROPOSED",), "AGREED", _COMPANY | _SUPPLIER, "refund_proposal.agreed"),
        Transition("refuse", ("PROPOSED",), "REFUSED", _COMPANY | _SUPPLIER, "refund_proposal.refused"),
        Transition("withdraw", ("PROPOSED",), "WITHDRAWN", _COMPANY | _SUPPLIER, "refund_proposal.withdrawn"),
        Transition(
            "lapse",
            ("PROPOSED",),
            "LAPSED",
            _COMPANY | _SUPPLIER | _OFFICER | _SYSTEM,
            "refund_proposal.lapsed",
        ),
    ),
)
REFUNDABLE = ("PAID", "DELIVERED", "DISPUTED")
LIVE = ("SUBMITTED", "ACCEPTED", "PAID", "DELIVERED", "DISPUTED")
ENDED_WITHOUT_SERVICE = ("DISCARDED", "WITHDRAWN", "DECLINED", "LAPSED", "UNPAID", "REFUNDED")
