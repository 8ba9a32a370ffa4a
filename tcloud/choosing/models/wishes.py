"""What a company keeps while it looks around: plans and searches."""

from django.db import models

from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.members.models import Company, User


class Favourite(models.Model):
    """收藏: a plan the company wants to find again, with the version it saw then."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="favourites")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    seen = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "plan"], name="favourite_once")]

    def __str__(self) -> str:
        return f"{self.company_id} ♥ {self.plan_id}"


class SavedSearch(models.Model):
    """A named search of the catalogue: `query` is the query string of its address, known parameters only, in canonical order.

    `next_mail_at`: when `saved_by` is next told of plans listed since; null when she wants no mail.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="saved_searches")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    next_mail_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="saved_search_name_once")]
        indexes = [
            models.Index(
                fields=["next_mail_at"],
                condition=models.Q(next_mail_at__isnull=False),
                name="saved_search_due",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SearchHit(models.Model):
    """A plan that a saved search has told of, so that no plan is told twice."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="hits")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["search", "plan"], name="search_hit_once")]

    def __str__(self) -> str:
        return f"{self.search_id} → {self.plan_id}"
