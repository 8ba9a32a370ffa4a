"""Comparisons a company has saved: plans as they were on that day."""

import pgtrigger
from django.db import models

from tcloud.catalogue.models import PlanVersion
from tcloud.members.models import Company, User


class Comparison(models.Model):
    """A named comparison of two to four plans, of the whole company. It pins the versions, hence prices, that were seen."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="comparisons")
    name = models.CharField(max_length=60)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="comparison_name_once")]

    def __str__(self) -> str:
        return self.name


class ComparedVersion(models.Model):
    """One column of a saved comparison, from 1."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "position"], name="compared_place_once"),
            models.UniqueConstraint(fields=["comparison", "version"], name="compared_version_once"),
            models.CheckConstraint(
                name="compared_four_at_most", condition=models.Q(position__gte=1, position__lte=4)
            ),
        ]
        triggers = [pgtrigger.Protect(name="compared_version_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.comparison_id} [{self.position}]"


class ComparisonShare(models.Model):
    """A colleague who was written to about a saved comparison."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="shares")
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    shared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    shared_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.comparison_id} → {self.to_id}"
