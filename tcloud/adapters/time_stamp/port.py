"""What the rest of the house knows of a time-stamp: plain values (RFC 3161)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class TimeStampError(Exception):
    """No time-stamp that can be relied on; the text is for the log."""


class TimeStampUnavailable(TimeStampError):
    """The authority did not answer, or answered nothing readable: ask again later."""


class TimeStampRefused(TimeStampError):
    """The authority refused, or its token does not verify."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token that verifies: the data existed at `at` (aware, UTC), says the authority at the end of `chain_der`.

    `token` is the DER of the token (a CMS SignedData); `chain_der` its signer's path, leaf first and anchor last.
    """

    at: datetime
    token: bytes = field(repr=False)
    chain_der: tuple[bytes, ...] = field(repr=False)


class TimeStamper(Protocol):
    """Port to a time-stamping authority."""

    def stamp(self, data: bytes) -> TimeStamp:
        """A verified time-stamp over `data`. Raises TimeStampUnavailable, TimeStampRefused."""
        ...
