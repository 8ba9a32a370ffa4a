"""Times, places and duties of the expert service in words, in the language now active: the same on pages and in letters."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core import clock
from tcloud.core.deadlines import because_words, day_words, english, moved_words, place_words
from tcloud.support.models import ExpertProfile, ExpertRequest, NeedArea

Owed = ExpertRequest.Owed
# the deadline of an act that is owed
DEADLINES: Final[dict[str, str | Promise]] = {
    Owed.ASSIGN: gettext_lazy("指派專家期限"),
    Owed.PROPOSE: gettext_lazy("提出時間期限"),
    Owed.ANSWER: gettext_lazy("選擇時間期限"),
    Owed.VISIT: gettext_lazy("登錄訪視結果期限"),
    Owed.REPORT: gettext_lazy("提出報告期限"),
    Owed.CLOSE: gettext_lazy("自動結案日"),
}


def span(starts_at: datetime, ends_at: datetime) -> str:
    """2027年1月18日（一）14:00–15:30, Taipei; over midnight with both days."""
    start, end = clock.taipei(starts_at), clock.taipei(ends_at)
    last = f"{end:%H:%M}" if end.date() == start.date() else moment(ends_at)
    return f"{moment(starts_at)}–{last}"


def moment(at: datetime) -> str:
    """2027年1月18日（一）14:00."""
    local = clock.taipei(at)
    return f"{day_words(local.date())}{', ' if english() else ''}{local:%H:%M}"


def told_span(data: Mapping[str, Any]) -> str:
    """The time that an event tells by `starts_at` and `ends_at`."""
    return span(datetime.fromisoformat(data["starts_at"]), datetime.fromisoformat(data["ends_at"]))


def told_spans(data: Mapping[str, Any]) -> list[str]:
    """The times that an event tells by `slots`."""
    return [span(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in data["slots"]]


def joined(parts: Iterable[str]) -> str:
    """With the separator of the language."""
    return ("; " if english() else "；").join(parts)


def areas(codes: Iterable[str]) -> str:
    """資訊安全、遠距辦公."""
    return (", " if english() else "、").join(str(NeedArea(code).label) for code in codes)


def where(request: ExpertRequest) -> str:
    """臺北市中正區… for a visit, 線上會議 for one online."""
    if request.mode == ExpertRequest.Mode.ONLINE:
        return str(ExpertRequest.Mode.ONLINE.label)
    between = ", " if english() else ""
    return between.join(part for part in (place_words(request.county), request.place) if part)


def reach(profile: ExpertProfile) -> str:
    """Where an expert advises: 線上會議、臺北市."""
    online = [str(ExpertRequest.Mode.ONLINE.label)] if profile.online else []
    return (", " if english() else "、").join([*online, *map(place_words, profile.counties)])


def missed_by(data: Mapping[str, Any]) -> str:
    """Who did not come."""
    return _("專家") if data.get("missed_by") == "expert" else _("申請企業")


def moved(data: Mapping[str, Any]) -> str:
    """What the event `expert.deadline_moved` says: which deadline, from which day to which, and why (R-28)."""
    told = _("%(deadline)s由%(old)s改為%(new)s。") % {
        "deadline": DEADLINES[data["owed"]],
        **moved_words(data["old"], data["new"]),
    }
    because = _("原因：%(because)s。") % {"because": because_words(data["because"])}
    return (" " if english() else "").join([told, because])
