"""What every template knows: the edition on show, the area of the site, and its navigation."""

from bisect import bisect_right
from copy import copy
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

from tcloud.core import calendar, clock
from tcloud.core.stamp import Kept, stamp
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme
from tcloud.programme.operations import FLYER
from tcloud.support.models import Announcement, SupportSettings
from tcloud.support.queries import announcements, contact
from tcloud.web.ui import navigation, rehearsal

MOST_ANNOUNCED = 3  # more would push the page out of sight; the list of announcements has them all
_kept: Final = Kept()
OTHER = {"zh-hant": ("en", "English"), "en": ("zh-hant", "正體中文")}


def stamp_of(request: HttpRequest) -> str:
    """The stamp, read once a request: what this page shows of what all pages show is as of then."""
    found: str | None = getattr(request, "_stamp", None)
    if found is None:
        found = stamp()
        request._stamp = found  # type: ignore[attr-defined]
    return found


def public_state(request: HttpRequest) -> tuple[str, int]:
    """What all pages show: the stamp, and how many announcements' beginnings and ends lie behind, at each of which they change by themselves."""
    now = stamp_of(request)
    return now, bisect_right(_kept.get(now, "edges", announcements.edges), clock.now())


def edition(request: HttpRequest) -> Programme:
    """The edition on show, the same throughout a request. Before any edition is opened: an unsaved one with the flyer's words, in DRAFT."""
    found: Programme | None = getattr(request, "_edition", None)
    if found is None:
        found = copy(_kept.get(stamp_of(request), "edition", lambda: programmes.current() or _unopened()))
        request._edition = found  # type: ignore[attr-defined]
    return found


def _unopened() -> Programme:
    return Programme(**FLYER)


def contact_of(request: HttpRequest) -> SupportSettings:
    """How the edition on show is reached, the same throughout a request."""
    found: SupportSettings | None = getattr(request, "_contact", None)
    if found is None:
        shown = edition(request)
        found = copy(_kept.get(stamp_of(request), "contact", lambda: contact.settings_of(shown)))
        request._contact = found  # type: ignore[attr-defined]
    return found


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `edition` (also as `site`), `contact` (how it is reached), `area`, `nav`, `side_nav`, `announcements`, `calendar_missing` (the year
    that must be imported, on the office's pages), `other_language`, `rehearsal`, `DEBUG_TOOLS`.
    """
    shown, reached = edition(request), contact_of(request)
    area = navigation.area_of(request)
    code, name = OTHER.get(get_language() or "", OTHER["zh-hant"])
    path = request.get_full_path()
    return {
        "site": shown,
        "edition": shown,
        "contact": reached,
        "hotline_link": "tel:" + reached.hotline.replace("-", ""),
        "area": area,
        "nav": navigation.top(request, area),
        "side_nav": navigation.side(request, area),
        "announcements": announced(request),
        "calendar_missing": _calendar_missing(request, area),
        "other_language": {"code": code, "name": name, "url": translate_url(path, code)},
        "card_component_origin": settings.CARD_COMPONENT_ORIGIN,
        "rehearsal": rehearsal.bar(request),
        "debug": settings.DEBUG,
    }


def announced(request: HttpRequest) -> list[Announcement]:
    """What stands above every page now, for whoever asks; the same throughout a request."""
    found: list[Announcement] | None = getattr(request, "_announced", None)
    if found is None:
        shown, audiences, (now, begun) = edition(request), audiences_of(request), public_state(request)
        found = _kept.get(
            now,
            ("announced", audiences, begun),
            lambda: list(announcements.shown(shown, audiences, at=clock.now())[:MOST_ANNOUNCED]),
        )
        request._announced = found  # type: ignore[attr-defined]
    return found


def audiences_of(request: HttpRequest) -> tuple[str, ...]:
    """Whose announcements concern who asks: everyone's; suppliers' in their area, members' for other signed-in people; all for staff."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return (Announcement.Audience.EVERYONE,)
    if user.is_staff:
        return tuple(Announcement.Audience)
    area = navigation.area_of(request)
    mine = Announcement.Audience.SUPPLIERS if area == "supplier" else Announcement.Audience.MEMBERS
    return (Announcement.Audience.EVERYONE, mine)


def _calendar_missing(request: HttpRequest, area: str) -> int | None:
    """R-28: from 60 days before a year without official calendar, every page of the office says so."""
    user = getattr(request, "user", None)
    if area != "office" or user is None or not user.is_authenticated or not user.is_staff:
        return None
    return calendar.shown().runs_out(clock.today())
