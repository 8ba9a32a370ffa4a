"""Days and deadlines in words, in the language now active (R-28): the one source for pages, letters and timelines."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext

from tcloud.core import calendar, clock
from tcloud.core.workdays import CalendarMissing, last_day

_WEEKDAYS: Final = "一二三四五六日"


def english() -> bool:
    """Whether English is the language now active."""
    return (get_language() or "").startswith("en")


def day_words(day: date, *, year: bool = True) -> str:
    """2026年11月27日（五） / Fri 27 Nov 2026; without the year where it is plain."""
    if english():
        return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if year else "")
    words = f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"
    return f"{day.year}年{words}" if year else words


def moment_words(moment: datetime) -> str:
    """2026年11月27日（五）14:32 / Fri 27 Nov 2026, 14:32, in Taipei, inside a sentence."""
    local = clock.taipei(moment)
    return day_words(local.date()) + (", " if english() else "") + f"{local:%H:%M}"


def last_day_words(due_at: datetime) -> str:
    """The last day of a period whose first moment after is `due_at` (R-15, R-28)."""
    return day_words(last_day(due_at))


def days_left(due_at: datetime, *, at: datetime, county: str = "") -> int | None:
    """R-28: working days left at `at` in the county of who owes it; 0 on the last day, -1 when over, None when a year has no calendar."""
    if at >= due_at:
        return -1
    try:
        return calendar.shown().working_days_left(at, due_at, county)
    except CalendarMissing:
        return None


def left_words(left: int | None) -> str:
    """「剩 4 個工作天」, 「今天到期」, 「已逾期」; empty where no official calendar says how many."""
    if left is None:
        return ""
    if left < 0:
        return gettext("已逾期")
    if left == 0:
        return gettext("今天到期")
    return ngettext("剩 %(count)d 個工作天", "剩 %(count)d 個工作天", left) % {"count": left}


def joint() -> str:
    """What stands between the day and what is left."""
    return ", " if english() else "，"


def place_words(county: str) -> str:
    """臺北市 / Taipei City; 全國 for the whole nation."""
    return gettext(county) if county else gettext("全國")


def places_words(counties: Iterable[str]) -> str:
    """臺北市、新北市 / Taipei City, New Taipei City."""
    return (", " if english() else "、").join(place_words(county) for county in counties)


def because_words(because: Iterable[Mapping[str, Any]]) -> str:
    """Why a deadline was moved (`because` of its event, made by `calendar.why`): 「2027年7月5日（一）臺北市停班（颱風）」."""
    return ("; " if english() else "；").join(_one_reason(change) for change in because)


def _one_reason(change: Mapping[str, Any]) -> str:
    if change["date"] is None:
        return gettext("%(year)s年政府行政機關辦公日曆更新") % {"year": change["year"]}
    said = {
        "day": day_words(date.fromisoformat(change["date"])),
        "place": place_words(change["county"]),
        "reason": change["reason"],
    }
    if change["kind"] == "closure_revoked":
        return gettext("撤銷%(day)s%(place)s的停班公告") % said
    return gettext("%(day)s%(place)s停班（%(reason)s）") % said


def moved_words(old: str, new: str) -> dict[str, str]:
    """The last days of a deadline before and after it was moved, from the moments in its event: for sentences with `old` and `new`."""
    return {
        "old": last_day_words(datetime.fromisoformat(old)),
        "new": last_day_words(datetime.fromisoformat(new)),
    }
