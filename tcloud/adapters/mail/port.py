"""A mail as the rest of the house sees it: plain values, decoded, without tricks."""

from dataclasses import dataclass


class Unreadable(ValueError):
    """A message no program of good will makes: too deep, too many parts, no structure."""


@dataclass(frozen=True)
class Incoming:
    """What a mail says. Texts have no control characters but line ends; `from_email` is "" unless exactly one good address is named."""

    message_id: str
    from_email: str
    from_name: str
    subject: str
    references: tuple[str, ...]  # Message-IDs it answers, oldest first
    text: str  # what was written
    quoted: str  # what it repeats of earlier mails
    files: tuple[tuple[str, bytes], ...]
    is_automatic: bool  # RFC 3834: no person wrote it just now; it gets no answer
    is_bounce: bool
