"""A contract is drawn up, signed by the buyer's card, countersigned by the supplier's."""

from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.core.transitions import Machine, Transition

CONTRACT = Machine(
    "contract",
    "DRAWN_UP",
    (
        Transition("sign", ("DRAWN_UP",), "SIGNED", frozenset({COMPANY}), "contract.signed", binds=True),
        Transition(
            "countersign", ("SIGNED",), "COUNTERSIGNED", frozenset({SUPPLIER}), "contract.countersigned"
        ),
    ),
)
