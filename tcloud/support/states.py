"""The lives of what support keeps."""

from tcloud.core.actors import COMPANY, OFFICER, SUPPORT, SYSTEM, VISITOR
from tcloud.core.transitions import Machine, Transition

_CUSTOMER, _AGENT, _SYSTEM, _OFFICER = (
    frozenset({VISITOR, COMPANY}),
    frozenset({SUPPORT}),
    frozenset({SYSTEM}),
    frozenset({OFFICER}),
)

# A visitor's ticket waits until its address is confirmed; a member's, and one that came by mail, opens at once.
TICKET = Machine(
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
ANNOUNCEMENT = Machine(
    "announcement",
    "DRAFT",
    (
        Transition("publish", ("DRAFT",), "PUBLISHED", _OFFICER, "announcement.published"),
        Transition("discard", ("DRAFT",), "DISCARDED", _OFFICER, "announcement.discarded"),
        Transition("withdraw", ("PUBLISHED",), "WITHDRAWN", _OFFICER, "announcement.withdrawn"),
    ),
)
