"""The lives of what support keeps."""

from typing import Final

from tcloud.core.actors import COMPANY, EXPERT, OFFICER, SUPPORT, SYSTEM, VISITOR
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

# a conversation of text support waits, an agent takes it, hands it over or ends it; also one whose agent has gone is taken.
CONVERSATION: Final = Machine(
    "conversation",
    "WAITING",
    (
        Transition("take", ("WAITING", "ASSIGNED"), "ASSIGNED", _AGENT, "chat.taken"),
        Transition("hand_over", ("ASSIGNED",), "WAITING", _AGENT, "chat.handed_over"),
        Transition("return_to_queue", ("ASSIGNED",), "WAITING", _AGENT, "chat.returned_to_queue"),
        Transition("close", ("ASSIGNED",), "CLOSED", _AGENT, "chat.closed"),
        Transition("leave", ("WAITING", "ASSIGNED"), "CLOSED", _CUSTOMER, "chat.left"),
        Transition("give_up", ("WAITING",), "CLOSED", _SYSTEM, "chat.unanswered"),
        Transition("run_out", ("ASSIGNED",), "CLOSED", _SYSTEM, "chat.ran_out"),
    ),
)

# the expert service.
_COMPANY, _EXPERT = frozenset({COMPANY}), frozenset({EXPERT})
EXPERT_REQUEST: Final = Machine(
    "expert_request",
    "REQUESTED",
    (
        Transition("assign", ("REQUESTED",), "ASSIGNED", _OFFICER, "expert.assigned"),
        Transition("decline", ("REQUESTED", "ASSIGNED"), "DECLINED", _OFFICER, "expert.declined"),
        Transition(
            "hand_back",
            ("ASSIGNED", "PROPOSED", "AGREED", "VISITED"), "REQUESTED", _EXPERT | _OFFICER, "expert.handed_back",
        ),
        Transition("propose", ("ASSIGNED",), "PROPOSED", _EXPERT, "expert.times_proposed"),
        Transition("ask_other_times", ("PROPOSED",), "ASSIGNED", _COMPANY, "expert.other_times_asked"),
        Transition("agree", ("PROPOSED",), "AGREED", _COMPANY, "expert.time_agreed"),
        Transition("postpone", ("AGREED",), "ASSIGNED", _COMPANY | _EXPERT, "expert.visit_postponed"),
        Transition("miss", ("AGREED",), "ASSIGNED", _EXPERT | _OFFICER, "expert.visit_missed"),
        Transition("visit", ("AGREED",), "VISITED", _EXPERT, "expert.visited"),
        Transition("report", ("VISITED",), "REPORTED", _EXPERT, "expert.reported"),
        Transition("close_unreported", ("VISITED",), "UNREPORTED", _OFFICER, "expert.closed_unreported"),
        Transition("close", ("REPORTED",), "CLOSED", _COMPANY | _SYSTEM, "expert.closed"),
        Transition(
            "withdraw", ("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED"), "WITHDRAWN", _COMPANY, "expert.withdrawn"
        ),
    ),
)  # fmt: skip
ENDED: Final = ("CLOSED", "UNREPORTED", "WITHDRAWN", "DECLINED")
