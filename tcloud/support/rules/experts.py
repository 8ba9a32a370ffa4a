"""Rules of the expert service, pure (R-35)."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tcloud.core import references

TAIPEI: Final = ZoneInfo("Asia/Taipei")
REMIND_AT: Final = time(9)
LONGEST: Final = timedelta(hours=8)
AHEAD_DAYS: Final = 60
# media type by the bytes a file begins with; ODF and OOXML are both archives and told apart by their names
_MAGIC: Final = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (b"PK\x03\x04", "application/vnd.oasis.opendocument.text", (".odt",)),
    (b"PK\x03\x04", "application/vnd.oasis.opendocument.spreadsheet", (".ods",)),
    (b"PK\x03\x04", "application/vnd.oasis.opendocument.presentation", (".odp",)),
)
FILE_ENDINGS: Final = tuple(ending for _begin, _media, endings in _MAGIC for ending in endings)

Slot = tuple[datetime, datetime]


def reference(random_number: int) -> str:
    """R-35: EX and ten digits; `random_number` comes from a secure source, so that none follows from another.

    Raises ValueError outside 0 … 9,999,999,999.
    """
    return references.reference("EX", random_number)


def overlapping(slots: Sequence[Slot]) -> bool:
    """Whether two of the times overlap; touching ends do not."""
    ordered = sorted(slots)
    return any(first[1] > second[0] for first, second in itertools.pairwise(ordered))


def slot_problem(slot: Slot, *, at: datetime) -> str:
    """Why a time can't be proposed at `at`: `past`, `far`, `backwards`, `long`; empty when it can."""
    starts_at, ends_at = slot
    if starts_at <= at:
        return "past"
    if starts_at > at + timedelta(days=AHEAD_DAYS):
        return "far"
    if ends_at <= starts_at:
        return "backwards"
    return "long" if ends_at - starts_at > LONGEST else ""


def remind_at(starts_at: datetime, *, agreed_at: datetime) -> datetime | None:
    """R-35: when to remind of a visit: 09:00 Taipei of the day before; None when that has passed at the agreement."""
    day: date = starts_at.astimezone(TAIPEI).date() - timedelta(days=1)
    moment = datetime.combine(day, REMIND_AT, TAIPEI)
    return moment if moment > agreed_at else None


def media_type(name: str, content: bytes) -> str:
    """What a file is, by its first bytes and its name together; empty for anything that may not be attached."""
    lower = name.casefold()
    for begin, media, endings in _MAGIC:
        if content.startswith(begin) and lower.endswith(endings):
            return media
    return ""
