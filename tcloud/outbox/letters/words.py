"""Days, moments and deadlines in the words of a letter, in the language now active."""

from datetime import date, datetime, timedelta

from django.utils.translation import get_language, gettext, ngettext

from tcloud.core import calendar, clock

_WEEKDAYS = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def english() -> bool:
    """Whether the letter is written in English."""
    return (get_language() or "").startswith("en")


def local(thing: object, field: str) -> str:
    """`field` of a row in the language of the letter, where the row has it in English (`field_en`)."""
    wanted = getattr(thing, f"{field}_en", "") if english() else ""
    return str(wanted or getattr(thing, field))


def day(value: date) -> str:
    """2026年11月27日（五） / Fri 27 Nov 2026."""
    weekday = value.weekday()
    if english():
        return f"{_WEEKDAYS_EN[weekday]} {value.day} {_MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日（{_WEEKDAYS[weekday]}）"


def moment(value: datetime) -> str:
    """2026年11月27日（五） 14:32, Taipei, 24 hours."""
    local_time = clock.taipei(value)
    return f"{day(local_time.date())}{', ' if english() else ' '}{local_time:%H:%M}"


def last_day(due_at: datetime) -> str:
    """The last day of a period whose first moment after is `due_at` (R-15, R-28)."""
    return day(clock.taipei(due_at - timedelta(microseconds=1)).date())


def deadline(due_at: datetime, *, at: datetime) -> str:
    """R-28: 「2026年11月27日（五），剩 4 個工作天」 as seen at `at`; the day alone where no official calendar says how many."""
    words = _left(due_at, at=at)
    return last_day(due_at) + ((", " if english() else "，") + words if words else "")


def _left(due_at: datetime, *, at: datetime) -> str:
    if at >= due_at:
        return gettext("已逾期")
    try:
        left = calendar.working_days_left(at, due_at)
    except calendar.CalendarMissing:
        return ""
    if left == 0:
        return gettext("今天到期")
    return ngettext("剩 %(count)d 個工作天", "剩 %(count)d 個工作天", left) % {"count": left}
