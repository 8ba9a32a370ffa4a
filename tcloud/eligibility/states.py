"""The life of an application (PROGRAMME, the journey)."""

from tcloud.core.actors import COMPANY, OFFICER, SYSTEM, VISITOR
from tcloud.core.transitions import Machine, Transition

_APPLICANT = frozenset({VISITOR, COMPANY})
_CHECK = frozenset({SYSTEM})
_JUDGE = frozenset({SYSTEM, OFFICER})

APPLICATION = Machine(
    "application",
    "STARTED",
    (
        Transition("consent", ("STARTED",), "CONSENTED", _APPLICANT, "application.consented"),
        Transition("verify_card", ("CONSENTED",), "CARD_VERIFIED", _APPLICANT, "application.card_verified"),
        Transition("authorise", ("CARD_VERIFIED",), "AUTHORISED", _APPLICANT, "application.authorised"),
        Transition("review", ("AUTHORISED",), "IN_REVIEW", _CHECK, "application.put_in_review"),
        Transition("pass", ("AUTHORISED", "IN_REVIEW"), "ELIGIBLE", _JUDGE, "application.found_eligible"),
        Transition("fail", ("AUTHORISED", "IN_REVIEW"), "INELIGIBLE", _JUDGE, "application.found_ineligible"),
        Transition("appeal", ("INELIGIBLE",), "IN_REVIEW", _APPLICANT | {OFFICER}, "application.appealed"),
        Transition("activate", ("ELIGIBLE",), "ACTIVE", _APPLICANT, "application.activated"),
        Transition(
            "abandon", ("STARTED", "CONSENTED"), "ABANDONED", _APPLICANT | _CHECK, "application.abandoned"
        ),
    ),
)
ENDED = ("INELIGIBLE", "ACTIVE", "ABANDONED")
