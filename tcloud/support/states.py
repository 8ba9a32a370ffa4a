"""The lives of what support keeps."""

from typing import Final

from tcloud.core.actors import COMPANY, OFFICER, SUPPORT, SYSTEM, VISITOR
from tcloud.core.transitions import Machine, Transition

_CUSTOMER, _AGENT, _SYSTEM, _OFFICER = (
    frozenset({VISITOR, COMPANY}),
    frozenset({SUPPORT}),
    frozenset({SYSTEM}),
    frozenset({OFFICER}),
)

# A visitor's ticket waits until its address is confirmed; a member's, and one that came by mail, opens at once.
TICKET: Final = Machine(
    "ticket",
    "UNCONFIRMED",
    (
        Transition("open", ("UNCONFIRMED",), "OPEN", _CUSTOMER | _AGENT | _SYSTEM, "ticket.opened"),
        Transition("lapse", ("UNCONFIRMED",), "LAPSED", _SYSTEM, "ticket.lapsed"),
        Transition("answer", ("OPEN", "WAITING"), "ANSWERED", _AGENT, "ticket.answered"),
        Transition("ask", ("OPEN", "ANSWERED"), "WAITING", _AGENT, "ticket.asked"),
        Transition("reply", ("WAITING", "ANSWERED"), "OPEN", _CUSTOMER, "ticket.replied"),
        Transition("close", ("OPEN", "WAITING", "ANSWERED"), "CLOSED", _CUSTOMER | _AGENT, "ticket.closed"),
        Transition("reopen", ("CLOSED",), "OPEN", _CUSTOMER, "ticket.reopened"),
    ),
)
ANNOUNCEMENT: Final = Machine(
    "announcement",
    "DRAFT",
    (
        Transition("publish", ("DRAFT",), "PUBLISHED", _OFFICER, "announcement.published"),
        Transition("discard", ("DRAFT",), "DISCARDED", _OFFICER, "announcement.discarded"),
        Transition("withdraw", ("PUBLISHED",), "WITHDRAWN", _OFFICER, "announcement.withdrawn"),
    ),
)

# a conversation of text support waits, an agent takes it, hands it over or ends it.
CONVERSATION: Final = Machine(
    "conversation",
    "WAITING",
    (
        Transition("take", ("WAITING",), "ASSIGNED", _AGENT, "chat.taken"),
        Transition("hand_over", ("ASSIGNED",), "WAITING", _AGENT, "chat.handed_over"),
        Transition("return_to_queue", ("ASSIGNED",), "WAITING", _AGENT, "chat.returned_to_queue"),
        Transition("close", ("ASSIGNED",), "CLOSED", _AGENT, "chat.closed"),
        Transition("leave", ("WAITING", "ASSIGNED"), "CLOSED", _CUSTOMER, "chat.left"),
        Transition("give_up", ("WAITING",), "CLOSED", _SYSTEM, "chat.unanswered"),
        Transition("run_out", ("ASSIGNED",), "CLOSED", _SYSTEM, "chat.ran_out"),
    ),
)
