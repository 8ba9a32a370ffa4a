"""The rehearsal clock on the pages: one time for each request, and the bar that says the time is moved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext

from tcloud.core import clock
from tcloud.core.actors import AUDITOR, OFFICER
from tcloud.web.ui.navigation import url_or_none

READERS: Final = {OFFICER, AUDITOR}
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)


class RehearsalClockMiddleware:
    """Reads the moved clock once, so that all of a request has one time. Installed only where rehearsals are allowed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with clock.held():
            return self.get_response(request)


@dataclass(frozen=True)
class Moved:
    """What the bar says: the time shown, how far it is from real time, in words, and where the clock is moved, for who may see that."""

    now: datetime
    difference: str
    url: str | None


def bar(request: HttpRequest | None = None) -> Moved | None:
    """The bar of a page; None while the clock shows real time. Without a request nobody is asked who reads it."""
    shift = clock.shift()
    if not shift:
        return None
    role = getattr(getattr(request, "user", None), "staff_role", "")
    url = url_or_none("office_clock") if role in READERS else None
    return Moved(clock.now(), difference(shift), url)


def difference(shift: timedelta) -> str:
    """「比實際時間快 92 天」: in the largest unit of which there are two, rounded; 「與實際時間相同」 for none."""
    if not shift:
        return gettext("與實際時間相同")
    size = abs(shift)
    if size >= 2 * DAY:
        days = round(size / DAY)
        length = ngettext("%(count)d 天", "%(count)d 天", days) % {"count": days}
    elif size >= 2 * HOUR:
        hours = round(size / HOUR)
        length = ngettext("%(count)d 小時", "%(count)d 小時", hours) % {"count": hours}
    else:
        minutes = max(round(size / MINUTE), 1)
        length = ngettext("%(count)d 分鐘", "%(count)d 分鐘", minutes) % {"count": minutes}
    words = gettext("比實際時間快 %(length)s") if shift > timedelta(0) else gettext("比實際時間慢 %(length)s")
    return words % {"length": length}
