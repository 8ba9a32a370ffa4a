"""Which announcements are shown, to whom, and when that changes."""

from datetime import datetime

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from tcloud.programme.models import Programme
from tcloud.support.models import Announcement

Audience, Severity, State = Announcement.Audience, Announcement.Severity, Announcement.State


def shown(programme: Programme, audiences: tuple[str, ...], *, at: datetime) -> QuerySet[Announcement]:
    """What stands on the pages of these audiences at `at`: the gravest first, then the newest."""
    if programme.pk is None:
        return Announcement.objects.none()
    rank = Case(
        When(severity=Severity.URGENT, then=Value(0)),
        When(severity=Severity.WARN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    now = Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))
    published = Announcement.objects.filter(
        programme=programme, state=State.PUBLISHED, audience__in=audiences
    )
    return published.filter(now).order_by(rank, "-starts_at", "-id")


def begun(programme: Programme, audiences: tuple[str, ...], *, at: datetime) -> QuerySet[Announcement]:
    """Those shown at `at` or before, withdrawn ones not: the list for readers, newest first."""
    if programme.pk is None:
        return Announcement.objects.none()
    found = Announcement.objects.filter(programme=programme, state=State.PUBLISHED, audience__in=audiences)
    return found.filter(starts_at__lte=at).order_by("-starts_at", "-id")


def of_programme(programme: Programme) -> QuerySet[Announcement]:
    """All but discarded drafts, for officers: newest first."""
    return Announcement.objects.filter(programme=programme).exclude(state=State.DISCARDED).order_by("-id")


def edges() -> list[datetime]:
    """Every moment at which what is shown to anybody changes by itself, in order."""
    times = Announcement.objects.filter(state=State.PUBLISHED)
    found = {
        moment for pair in times.values_list("starts_at", "ends_at") for moment in pair if moment is not None
    }
    return sorted(found)
