"""Rules of support, pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from tcloud.core import clock, references
from tcloud.core.clock import TAIPEI

REFERENCE_PREFIX: Final = "TK"
UNANSWERABLE_DAYS: Final = (
    14  # that a question nobody confirmed, and mail that nobody has to answer, are kept
)
HELD_DAYS: Final = 90  # that a mail is kept for an agent to decide on


def reference(random_number: int) -> str:
    """R-34: TK and ten digits; `random_number` comes from a secure source. Raises ValueError outside 0 … 9,999,999,999."""
    return references.reference(REFERENCE_PREFIX, random_number)


def answer_due(day: date, until: time) -> datetime:
    """R-34: an answer promised for `day` is due when text support closes on it: the first moment after, in Taipei."""
    return datetime.combine(day, until, TAIPEI)


def kept_until(at: datetime, days: int) -> datetime:
    """R-36: when what is kept for `days` days after `at` is erased: the first moment after the last of them, in Taipei."""
    return clock.end_of(clock.taipei(at).date() + timedelta(days=days))


@dataclass(frozen=True)
class Letter:
    """What is known of a mail that came in. `tagged`: it was sent to a ticket's own address, or answers one of its letters."""

    is_automatic: bool
    is_bounce: bool
    has_sender: bool
    tagged: bool
    is_from_the_asker: bool
    ticket_is_over: bool  # for good: it was never confirmed in time
    recent: int  # how many came from this sender in the last 24 hours


def mail_kept_days(verdict: str) -> int | None:
    """R-36: for how many days after its verdict a mail is kept; None for one that is kept with its ticket."""
    if verdict in ("opened", "added"):
        return None
    return HELD_DAYS if verdict == "held" else UNANSWERABLE_DAYS


MOST_A_DAY: Final = 10


def verdict(letter: Letter) -> tuple[str, str]:
    """What becomes of a mail, and why when a person has to look: (`opened`, `added`, `held`, `automatic` or `bounced`, a code).

    No automatic mail is ever answered or opens a ticket, so that two machines can't write to each other for ever (RFC 3834).
    """
    if letter.is_bounce:
        return "bounced", ""
    if letter.is_automatic:
        return "automatic", ""
    if not letter.has_sender:
        return "held", "no_sender"
    if letter.recent >= MOST_A_DAY:
        return "held", "too_many"
    if not letter.tagged:
        return "opened", ""
    if not letter.is_from_the_asker:
        return "held", "other_sender"
    return ("held", "lapsed") if letter.ticket_is_over else ("added", "")
