"""R-34: whether somebody of text support is there, and when next. The one place that knows where the hours are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tcloud.programme.models import Programme
from tcloud.support.models import SupportClosure
from tcloud.support.queries import contact
from tcloud.support.rules import hours as rules
from tcloud.support.rules.hours import Closed, Hours


@dataclass(frozen=True)
class Desk:
    """Text support at a moment: its hours, whether it is `open`, when it `opens_at` (now while open; None: not in sight),
    when it `closes_at` (while open), and the closure it is in, if any."""

    hours: Hours
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    closure: SupportClosure | None


def hours_of(programme: Programme) -> Hours:
    """The hours of every day that the edition states."""
    settings = contact.settings_of(programme)
    return Hours(settings.staffed_from, settings.staffed_until)


def desk(programme: Programme, *, at: datetime) -> Desk:
    """R-34: text support as it is at `at`, in one query."""
    hours, rows = hours_of(programme), list(_from(at))
    spans = [Closed(row.begins_at, row.ends_at) for row in rows]
    is_open = rules.is_staffed(hours, spans, at)
    return Desk(
        hours,
        is_open,
        rules.opens_next(hours, spans, at),
        rules.closes_next(hours, spans, at) if is_open else None,
        next((row for row in rows if row.begins_at <= at < row.ends_at), None),
    )


def is_staffed(programme: Programme, *, at: datetime) -> bool:
    """R-34: whether somebody is there at `at`."""
    return desk(programme, at=at).open


def opens_next(programme: Programme, *, at: datetime) -> datetime | None:
    """R-34: the first moment from `at` on at which somebody is there; `at` itself while staffed, None when not in sight."""
    return desk(programme, at=at).opens_at


def _from(at: datetime) -> QuerySet[SupportClosure]:
    return SupportClosure.objects.filter(revoked_at=None, ends_at__gt=at).order_by("begins_at", "id")


def announced(*, at: datetime, days: int = 14) -> list[SupportClosure]:
    """Closures now or within so many days, for visitors, the nearest first."""
    return list(_from(at).filter(begins_at__lt=at + timedelta(days=days))[:5])


def closures() -> QuerySet[SupportClosure]:
    """Every closure ever announced, the latest first, for officers."""
    return SupportClosure.objects.select_related("announced_by").order_by("-begins_at", "-id")
