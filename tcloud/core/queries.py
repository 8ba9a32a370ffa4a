"""Questions about the office calendar's changes."""

from django.db.models import QuerySet

from tcloud.core.models import CalendarChange


def closures(year: int) -> QuerySet[CalendarChange]:
    """Every closure that was declared for a day of `year`, those revoked since among them (`revoked_by`), by day."""
    declared = CalendarChange.objects.filter(kind=CalendarChange.Kind.CLOSURE_DECLARED, date__year=year)
    return declared.select_related("revoked_by").order_by("date", "id")


def closure(pk: int) -> CalendarChange | None:
    """The closure of that number."""
    declared = CalendarChange.objects.filter(kind=CalendarChange.Kind.CLOSURE_DECLARED, pk=pk)
    return declared.select_related("revoked_by").first()


def latest_import(year: int) -> CalendarChange | None:
    """Where the data of `year` came from, when they were imported; None for a shipped year."""
    return CalendarChange.objects.filter(year=year).order_by("-id").first()
