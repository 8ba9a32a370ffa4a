"""What is done with points (R-11 to R-18). `points` decides which grants, the ledger moves them.

Lock order: order → participant → grants (expires_at, id) → waiting entry → … → appropriation last (docs/decisions/0003).
"""

from tcloud.points.operations.budget import appropriate, reduce
from tcloud.points.operations.cases import case_of
from tcloud.points.operations.granting import admit, end_waiting, grant, serve_waiting_list
from tcloud.points.operations.holding import redeem, release, release_part, reserve
from tcloud.points.operations.notices import send_notices
from tcloud.points.operations.reversing import (
    approve_reversal,
    reject_reversal,
    request_reversal,
    withdraw_reversal,
)
from tcloud.points.operations.taking_back import take_back_due

__all__ = [
    "admit",
    "appropriate",
    "approve_reversal",
    "case_of",
    "end_waiting",
    "grant",
    "redeem",
    "reduce",
    "reject_reversal",
    "release",
    "release_part",
    "request_reversal",
    "reserve",
    "send_notices",
    "serve_waiting_list",
    "take_back_due",
    "withdraw_reversal",
]
