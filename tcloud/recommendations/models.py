"""What a company says about its recommendations, and what may be known of the orders of similar companies (R-37)."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod

from tcloud.catalogue.models import Solution
from tcloud.members.models import Company
from tcloud.programme.models import Programme
from tcloud.recommendations.rules import FEWEST


class Preference(models.Model):
    """What a company told us here: its industry more exactly than its assessment does; and whether plans are ordered for it at all.

    A company without a row has said nothing: personal recommendations, industry as assessed. Changes are events of `case`.
    """

    company = models.OneToOneField(
        Company, on_delete=models.PROTECT, related_name="recommendation_preference"
    )
    division = models.CharField(
        max_length=2,
        blank=True,
        help_text="Division of 行業統計分類 it says it works in; empty: as assessed.",
    )
    is_personal = models.BooleanField(
        default=True, help_text="Off: nothing is ordered for it, and its orders are not learned from."
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="preference_division_is_two_digits",
                condition=Q(division="") | Q(division__regex=r"^\d{2}$"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.division or '—'} {'✓' if self.is_personal else '✗'}"


class Learning(models.Model):
    """One month's look at the completed orders of an edition: those that ended before `as_of`, the first of a month. The latest counts.

    Once a month and never in between, so that a number that changes tells of no single order.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    as_of = models.DateField()
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "as_of"], name="learning_once_a_month"),
            models.CheckConstraint(name="learning_as_of_the_first_of_a_month", condition=Q(as_of__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.as_of}"


class Popularity(models.Model):
    """R-37: at least so many companies alike (industry and staff as their assessments say; empty: any) completed an order of the solution.

    Whole tens of different companies; a smaller number is not kept.
    """

    learning = models.ForeignKey(Learning, on_delete=models.CASCADE, related_name="popularities")
    industry = models.CharField(max_length=40, blank=True)
    staff = models.CharField(max_length=40, blank=True)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT)
    companies = models.PositiveIntegerField(help_text="At least so many, in whole tens.")

    class Meta:
        verbose_name_plural = "popularities"
        constraints = [
            models.UniqueConstraint(
                fields=["learning", "industry", "staff", "solution"], name="popularity_once_a_group"
            ),
            models.CheckConstraint(
                name="popularity_tells_of_no_few",
                condition=Q(companies__gte=FEWEST) & Q(companies=F("companies") - Mod("companies", FEWEST)),
            ),
            models.CheckConstraint(
                name="popularity_of_a_size_within_an_industry", condition=Q(staff="") | ~Q(industry="")
            ),
        ]
        triggers = [pgtrigger.Protect(name="popularity_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.solution_id} ≥{self.companies}"
