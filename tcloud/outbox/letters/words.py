"""Days, moments and deadlines in the words of a letter, in the language now active."""

from datetime import datetime

from tcloud.core import clock
from tcloud.core.deadlines import day_words as day
from tcloud.core.deadlines import days_left, english, joint, left_words
from tcloud.core.deadlines import last_day_words as last_day

__all__ = ["day", "deadline", "english", "last_day", "latest", "local", "moment"]


def local(thing: object, field: str) -> str:
    """`field` of a row in the language of the letter, where the row has it in English (`field_en`)."""
    wanted = getattr(thing, f"{field}_en", "") if english() else ""
    return str(wanted or getattr(thing, field))


def moment(value: datetime) -> str:
    """2026年11月27日（五） 14:32, Taipei, 24 hours."""
    local_time = clock.taipei(value)
    return f"{day(local_time.date())}{', ' if english() else ' '}{local_time:%H:%M}"


def latest(first_after: datetime) -> str:
    """2026年11月27日（五） 24:00: the last moment in time, of the first moment after."""
    if clock.taipei(first_after) != clock.start_of(clock.taipei(first_after).date()):
        return moment(first_after)
    return f"{last_day(first_after)}{', ' if english() else ' '}24:00"


def deadline(due_at: datetime, *, at: datetime, county: str = "") -> str:
    """R-28: 「2026年11月27日（五），剩 4 個工作天」 as seen at `at` in `county`; the day alone where no official calendar says how many."""
    words = left_words(days_left(due_at, at=at, county=county))
    return last_day(due_at) + (joint() + words if words else "")
