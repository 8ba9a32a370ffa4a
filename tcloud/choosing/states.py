"""Lives of a review and of a question (docs/decisions/0024-choosing.md)."""

from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.core.transitions import Machine, Transition

_COMPANY, _SUPPLIER, _OFFICER = (frozenset({kind}) for kind in (COMPANY, SUPPLIER, OFFICER))

REVIEW = Machine(
    "review",
    "PUBLISHED",
    (
        Transition("hide", ("PUBLISHED",), "HIDDEN", _OFFICER, "review.hidden"),
        Transition("restore", ("HIDDEN",), "PUBLISHED", _OFFICER, "review.restored"),
        Transition("withdraw", ("PUBLISHED", "HIDDEN"), "WITHDRAWN", _COMPANY, "review.withdrawn"),
    ),
)
QUESTION = Machine(
    "question",
    "ASKED",
    (
        Transition("answer", ("ASKED",), "ANSWERED", _SUPPLIER, "question.answered"),
        Transition("withdraw", ("ASKED",), "WITHDRAWN", _COMPANY, "question.withdrawn"),
        Transition("hide", ("ASKED", "ANSWERED"), "HIDDEN", _OFFICER, "question.hidden"),
        Transition("reopen", ("HIDDEN",), "ASKED", _OFFICER, "question.reopened"),
        Transition("restore", ("HIDDEN",), "ANSWERED", _OFFICER, "question.restored"),
    ),
)
