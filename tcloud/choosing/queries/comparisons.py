"""Saved comparisons and choice records of a company."""

from django.db.models import Prefetch, QuerySet

from tcloud.choosing.models import Choice, ComparedVersion, Comparison, ComparisonShare, ConsideredVersion
from tcloud.members.models import Company
from tcloud.orders.models import Order

_PLAN = "version__plan__solution"


def of_company(company: Company) -> QuerySet[Comparison]:
    """The company's saved comparisons, newest first, with their columns."""
    columns = ComparedVersion.objects.select_related(
        f"{_PLAN}__supplier", f"{_PLAN}__category__parent", "version__plan__current"
    )
    kept = Comparison.objects.filter(company=company).select_related("saved_by")
    return kept.prefetch_related(Prefetch("columns", columns)).order_by("-saved_at", "-id")


def shares(comparison: Comparison) -> QuerySet[ComparisonShare]:
    """Whom it was sent to, the latest first."""
    return comparison.shares.select_related("to", "shared_by").order_by("-id")


def choices_of(order: Order) -> QuerySet[Choice]:
    """Why the order's plan was chosen, the earliest record first, with the plans looked at as they were then."""
    considered = ConsideredVersion.objects.select_related(f"{_PLAN}__supplier")
    kept = Choice.objects.filter(order=order).select_related("made_by")
    return kept.prefetch_related(Prefetch("considered", considered)).order_by("id")
