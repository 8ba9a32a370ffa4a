"""The lives of what support does: the expert service (R-35)."""

from typing import Final

from tcloud.core.actors import COMPANY, EXPERT, OFFICER, SYSTEM
from tcloud.core.transitions import Machine, Transition

_COMPANY, _EXPERT, _OFFICER, _SYSTEM = (frozenset({kind}) for kind in (COMPANY, EXPERT, OFFICER, SYSTEM))

EXPERT_REQUEST = Machine(
    "expert_request",
    "REQUESTED",
    (
        Transition("assign", ("REQUESTED",), "ASSIGNED", _OFFICER, "expert.assigned"),
        Transition("decline", ("REQUESTED", "ASSIGNED"), "DECLINED", _OFFICER, "expert.declined"),
        Transition(
            "hand_back", ("ASSIGNED", "PROPOSED", "AGREED"), "REQUESTED", _EXPERT | _OFFICER, "expert.handed_back"
        ),
        Transition("propose", ("ASSIGNED",), "PROPOSED", _EXPERT, "expert.times_proposed"),
        Transition("ask_other_times", ("PROPOSED",), "ASSIGNED", _COMPANY, "expert.other_times_asked"),
        Transition("agree", ("PROPOSED",), "AGREED", _COMPANY, "expert.time_agreed"),
        Transition("postpone", ("AGREED",), "ASSIGNED", _COMPANY | _EXPERT, "expert.visit_postponed"),
        Transition("miss", ("AGREED",), "ASSIGNED", _EXPERT | _OFFICER, "expert.visit_missed"),
        Transition("visit", ("AGREED",), "VISITED", _EXPERT, "expert.visited"),
        Transition("report", ("VISITED",), "REPORTED", _EXPERT, "expert.reported"),
        Transition("close", ("REPORTED",), "CLOSED", _COMPANY | _SYSTEM, "expert.closed"),
        Transition(
            "withdraw", ("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED"), "WITHDRAWN", _COMPANY, "expert.withdrawn"
        ),
    ),
)  # fmt: skip
ENDED: Final = ("CLOSED", "WITHDRAWN", "DECLINED")
WITH_EXPERT: Final = ("ASSIGNED", "PROPOSED", "AGREED", "VISITED", "REPORTED", "CLOSED")
