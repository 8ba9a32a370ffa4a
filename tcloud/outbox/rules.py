"""Rules of letters that can't be delivered, pure (docs/decisions/0030)."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

MOST_HARD_BOUNCES: Final = 3
NOTICES_KEPT_DAYS: Final = 180


class Refusal(Enum):
    """What a mail server's refusal means: try later; never this letter; never this address."""

    FOR_NOW = "for now"
    OF_LETTER = "of the letter"
    OF_ADDRESS = "of the address"


def refusal(recipients: Sequence[int], content: int | None) -> Refusal:
    """By the reply codes of RFC 5321 §4.2.1: `recipients` to RCPT TO, `content` to DATA. 5xx is final, everything else may pass.

    A refused sender or sign-in is our own mistake, given as neither: the operator mends it, and the letter is tried again.
    """
    if recipients and all(500 <= code < 600 for code in recipients):
        return Refusal.OF_ADDRESS
    if content is not None and 500 <= content < 600:
        return Refusal.OF_LETTER
    return Refusal.FOR_NOW


def is_hard(action: str, status: str) -> bool:
    """RFC 3464 §2.3.3, RFC 3463: the delivery has failed for good. 5.2.2 (mailbox full) passes, whatever its class says."""
    return action == "failed" and status.startswith("5.") and status != "5.2.2"


def is_held(hard_bounces: int, *, is_duty: bool) -> bool:
    """Whether an address that has failed so often is written to no more: at once for what may be switched off; duties after some tries."""
    return hard_bounces >= (MOST_HARD_BOUNCES if is_duty else 1)
