"""The life of a questionnaire: officers draft it, then publish it or put it aside."""

from tcloud.core.actors import OFFICER, SYSTEM
from tcloud.core.transitions import Machine, Transition

QUESTIONNAIRE = Machine(
    "questionnaire",
    "DRAFT",
    (
        Transition(
            "publish", ("DRAFT",), "PUBLISHED", frozenset({OFFICER, SYSTEM}), "questionnaire.published"
        ),
        Transition("discard", ("DRAFT",), "DISCARDED", frozenset({OFFICER}), "questionnaire.discarded"),
    ),
)
