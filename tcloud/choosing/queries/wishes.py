"""Favourites of a company."""

from django.db.models import QuerySet

from tcloud.choosing.models import Favourite
from tcloud.members.models import Company


def favourites(company: Company) -> QuerySet[Favourite]:
    """What the company keeps, newest first, with the plan as it was seen and as it is now."""
    kept = Favourite.objects.filter(company=company)
    return kept.select_related(
        "added_by", "seen", "plan__current", "plan__solution__supplier", "plan__solution__category"
    ).order_by("-added_at", "-id")


def is_favourite(company: Company, plan_id: int) -> bool:
    """Whether the company keeps this plan."""
    return Favourite.objects.filter(company=company, plan=plan_id).exists()
