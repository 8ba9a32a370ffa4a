"""An allowance lowers an invoice until it is cancelled."""

from tcloud.core.actors import SUPPLIER
from tcloud.core.transitions import Machine, Transition

ALLOWANCE = Machine(
    "allowance",
    "ISSUED",
    (Transition("cancel", ("ISSUED",), "CANCELLED", frozenset({SUPPLIER}), "allowance.cancelled"),),
)
