"""The life of a reversal: one officer asks, another decides."""

from tcloud.core.actors import OFFICER
from tcloud.core.transitions import Machine, Transition

_OFFICER = frozenset({OFFICER})

REVERSAL = Machine(
    "reversal",
    "REQUESTED",
    (
        Transition("approve", ("REQUESTED",), "APPROVED", _OFFICER, "points.reversed"),
        Transition("reject", ("REQUESTED",), "REJECTED", _OFFICER, "points.reversal_rejected"),
        Transition("withdraw", ("REQUESTED",), "WITHDRAWN", _OFFICER, "points.reversal_withdrawn"),
    ),
)
