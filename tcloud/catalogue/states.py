"""The life of a change to a plan, or of a new one (R-32)."""

from tcloud.core.actors import OFFICER, SUPPLIER
from tcloud.core.transitions import Machine, Transition

_SUPPLIER, _OFFICER = frozenset({SUPPLIER}), frozenset({OFFICER})

PLAN_CHANGE = Machine(
    "plan_change",
    "DRAFT",
    (
        Transition("submit", ("DRAFT",), "SUBMITTED", _SUPPLIER, "plan_change.submitted"),
        Transition("take_back", ("SUBMITTED",), "DRAFT", _SUPPLIER, "plan_change.taken_back"),
        Transition("return", ("SUBMITTED",), "RETURNED", _OFFICER, "plan_change.returned"),
        Transition("resume", ("RETURNED",), "DRAFT", _SUPPLIER, "plan_change.resumed"),
        Transition("approve", ("SUBMITTED",), "APPROVED", _OFFICER, "plan_change.approved"),
        Transition(
            "withdraw", ("DRAFT", "SUBMITTED", "RETURNED"), "WITHDRAWN", _SUPPLIER, "plan_change.withdrawn"
        ),
    ),
)
OPEN = ("DRAFT", "SUBMITTED", "RETURNED")
WRITABLE = ("DRAFT", "RETURNED")
