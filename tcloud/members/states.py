"""The life of an invitation to act for a company."""

from tcloud.core.actors import COMPANY, VISITOR
from tcloud.core.transitions import Machine, Transition

INVITATION = Machine(
    "invitation",
    "INVITED",
    (
        # who accepts does not act for the company yet
        Transition("accept", ("INVITED",), "ACCEPTED", frozenset({VISITOR}), "invitation.accepted"),
        Transition("revoke", ("INVITED",), "REVOKED", frozenset({COMPANY}), "invitation.revoked"),
    ),
)
