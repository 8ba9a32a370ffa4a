"""An edition is drafted, opened, paused and closed."""

from tcloud.core.actors import OFFICER, SYSTEM
from tcloud.core.transitions import Machine, Transition

_BY = frozenset({OFFICER, SYSTEM})
PROGRAMME = Machine(
    "programme",
    "DRAFT",
    (
        Transition("open", ("DRAFT", "PAUSED"), "OPEN", _BY, "programme.opened"),
        Transition("pause", ("OPEN",), "PAUSED", _BY, "programme.paused"),
        Transition("close", ("OPEN", "PAUSED"), "CLOSED", _BY, "programme.closed"),
    ),
)
