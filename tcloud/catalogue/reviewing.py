"""Questions about plans in the making, their review and their files (R-32), each scoped to who may ask."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tcloud.catalogue.models import Plan, PlanChange, PlanFile, PlanVersion, Supplier, VersionFile
from tcloud.catalogue.states import OPEN
from tcloud.core import calendar
from tcloud.core.workdays import CalendarMissing
from tcloud.programme import queries as programmes

_WITH = ("supplier", "plan__current", "plan__solution__category", "based_on", "result")


def plans_of(supplier: Supplier) -> QuerySet[Plan]:
    """Every plan of the supplier that was ever listed, delisted ones last, by name."""
    found = Plan.objects.filter(solution__supplier=supplier, listed_at__isnull=False)
    return found.select_related("current", "solution__category").order_by(
        "delisted_at", "current__name", "pk"
    )


def open_changes_of(supplier: Supplier) -> QuerySet[PlanChange]:
    """What the supplier has under way, the last saved first."""
    return (
        PlanChange.objects.filter(supplier=supplier, state__in=OPEN)
        .select_related(*_WITH)
        .order_by("-saved_at", "-pk")
    )


def changes_of(supplier: Supplier) -> QuerySet[PlanChange]:
    """All changes of the supplier, ended ones too."""
    return PlanChange.objects.filter(supplier=supplier).select_related(*_WITH)


def versions_of(plan: Plan) -> QuerySet[PlanVersion]:
    """Every version of the plan, the newest first."""
    return plan.versions.select_related("made_by").order_by("-number")


def review_queue(state: str = "SUBMITTED") -> QuerySet[PlanChange]:
    """Changes in this state for officers: those under review by how long they wait, others the newest decision first."""
    found = PlanChange.objects.filter(state=state).select_related(*_WITH)
    return (
        found.order_by("submitted_at", "pk") if state == "SUBMITTED" else found.order_by("-decided_at", "-pk")
    )


def review_counts() -> dict[str, int]:
    """State → number of changes, of the states officers look at."""
    rows = PlanChange.objects.filter(state__in=("SUBMITTED", "RETURNED", "APPROVED"))
    return dict(rows.values_list("state").annotate(count=Count("pk")).order_by())


def sent_changes() -> QuerySet[PlanChange]:
    """What officers and auditors may open: everything that was ever sent for review."""
    return PlanChange.objects.filter(submitted_at__isnull=False).select_related(*_WITH)


Due = tuple[datetime | None, str]


def review_due_at(change: PlanChange) -> Due:
    """R-28: the first moment after the office's time to review, by the calendar in force, and the county whose closures count.

    Nothing follows from it by itself, so it is worked out when shown and moves with every closure. None when it is not under review or
    its year has no calendar.
    """
    return review_dues([change])[change.pk]


def review_dues(changes: Iterable[PlanChange]) -> dict[int, Due]:
    """`review_due_at` of each, by its id."""
    edition = programmes.latest()
    county = edition.office_county if edition else ""
    return {change.pk: (_due_at(change, county), county) for change in changes}


def _due_at(change: PlanChange, county: str) -> datetime | None:
    if change.state != "SUBMITTED" or change.submitted_at is None or not change.review_working_days:
        return None
    try:
        return calendar.shown().due(change.submitted_at, change.review_working_days, county).at
    except CalendarMissing:
        return None


_LISTED = Plan.objects.filter(current=OuterRef("version"), listed_at__isnull=False, delisted_at=None)


def public_file(sha256: str) -> PlanFile | None:
    """The file when a listed version shows it (R-32)."""
    shown = VersionFile.objects.filter(Exists(_LISTED), file__sha256=sha256).select_related("file__content")
    use = shown.first()
    return use.file if use else None


def file_of(supplier: Supplier, sha256: str) -> PlanFile | None:
    """The supplier's own file, shown or not."""
    return PlanFile.objects.filter(supplier=supplier, sha256=sha256).select_related("content").first()


def file_under_review(sha256: str) -> PlanFile | None:
    """The file when it belongs to anything that was sent for review or listed, for officers and auditors."""
    sent = PlanChange.objects.filter(supplier=OuterRef("supplier"), submitted_at__isnull=False)
    return (
        PlanFile.objects.filter(Q(Exists(sent)) | Q(uses__isnull=False), sha256=sha256)
        .select_related("content")
        .first()
    )


def files_of(content: dict[str, object]) -> list[tuple[PlanFile, dict[str, str]]]:
    """The files of a draft's content in their order, each with its title."""
    entries = content.get("files")
    listed = entries if isinstance(entries, list) else []
    rows = PlanFile.objects.in_bulk([entry["file"] for entry in listed])
    return [(rows[entry["file"]], entry) for entry in listed if entry["file"] in rows]


def plans_named(words: str) -> QuerySet[Plan]:
    """Plans that were ever listed whose name, code or supplier contains the words; the newest first."""
    found = Plan.objects.filter(listed_at__isnull=False).select_related(
        "current", "solution__supplier", "solution__category"
    )
    if words:
        found = found.filter(
            Q(current__name__icontains=words)
            | Q(code__icontains=words)
            | Q(solution__supplier__name__icontains=words)
        )
    return found.order_by("-listed_at", "-pk")
