"""The life of a text support conversation (R-34): it waits, an agent takes it, hands it over or ends it."""

from typing import Final

from tcloud.core.actors import COMPANY, SUPPORT, SYSTEM, VISITOR
from tcloud.core.transitions import Machine, Transition

_AGENT, _ASKER, _SYSTEM = frozenset({SUPPORT}), frozenset({VISITOR, COMPANY}), frozenset({SYSTEM})

CONVERSATION: Final = Machine(
    "conversation",
    "WAITING",
    (
        Transition("take", ("WAITING",), "ASSIGNED", _AGENT, "chat.taken"),
        Transition("hand_over", ("ASSIGNED",), "WAITING", _AGENT, "chat.handed_over"),
        Transition("return_to_queue", ("ASSIGNED",), "WAITING", _AGENT, "chat.returned_to_queue"),
        Transition("close", ("ASSIGNED",), "CLOSED", _AGENT, "chat.closed"),
        Transition("leave", ("WAITING", "ASSIGNED"), "CLOSED", _ASKER, "chat.left"),
        Transition("give_up", ("WAITING",), "CLOSED", _SYSTEM, "chat.unanswered"),
        Transition("run_out", ("ASSIGNED",), "CLOSED", _SYSTEM, "chat.ran_out"),
    ),
)
