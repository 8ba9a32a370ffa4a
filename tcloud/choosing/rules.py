"""Rules of choosing, pure: limits, what a text may not contain, whose review counts, and from when a record says something."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

# how much a company may keep; far above what people use, far below what would hurt
MOST_COMPARED: Final = 4
MOST_FAVOURITES: Final = 100
MOST_SEARCHES: Final = 20
MOST_COMPARISONS: Final = 50
MOST_OPEN_QUESTIONS: Final = 5  # of one company about one plan
MAIL_HOUR: Final = 8  # when the daily mail of saved searches goes out, Taipei

ENOUGH_ORDERS: Final = 5  # a share of fewer obligations than these says nothing about a supplier

_HINTS: Final = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")),
    ("id_number", re.compile(r"(?<![A-Z0-9])[A-Z][1289]\d{8}(?!\d)", re.IGNORECASE)),
    ("phone", re.compile(r"(?<!\d)(?:\+?886[-\s]?|0)9\d{2}[-\s]?\d{3}[-\s]?\d{3}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)(?:\(0\d{1,3}\)|\+?886[-\s]?\d{1,2}|0\d{1,3})[-\s]?\d{3,4}[-\s]?\d{3,4}(?!\d)")),
    ("messenger", re.compile(r"line\s*(?:id)?\s*[:=@]\s*[\w.@-]{3,}", re.IGNORECASE)),
)  # fmt: skip


def personal_hint(text: str) -> str:
    """What in a text for everybody looks like somebody's contact: email, phone, id_number, messenger; empty when nothing does.

    Full-width letters and digits count as their narrow forms.
    """
    narrow = unicodedata.normalize("NFKC", text)
    return next((kind for kind, pattern in _HINTS if pattern.search(narrow)), "")


def percent_on_time(kept: int, ended: int) -> int | None:
    """R-29: share of obligations kept in time of those that are over, in percent rounded down; None while they are too few to say."""
    return 100 * kept // ended if ended >= ENOUGH_ORDERS else None


def average(ratings: Sequence[int]) -> str:
    """Mean of ratings 1 to 5 with one digit, half up: 「4.3」; empty without any."""
    if not ratings:
        return ""
    tenths = (20 * sum(ratings) + len(ratings)) // (2 * len(ratings))
    return f"{tenths // 10}.{tenths % 10}"


def related(company: tuple[str, str], supplier: tuple[str, str]) -> bool:
    """R-39: whether two companies, each (統一編號, representative's name), are one or have the same representative."""
    same_person = bool(company[1].strip()) and company[1].strip() == supplier[1].strip()
    return company[0] == supplier[0] or same_person
