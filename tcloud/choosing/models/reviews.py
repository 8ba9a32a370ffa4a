"""Reviews of plans by companies that have used them, with the supplier's answer."""

from typing import Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import Plan
from tcloud.choosing.states import REVIEW
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.core.stamp import public_change
from tcloud.members.models import Company, User
from tcloud.orders.models import Order

RATINGS: Final = (1, 2, 3, 4, 5)


class Review(models.Model):
    """評價: one of each company and plan, after a completed order. `rating` is that of its latest wording."""

    class State(models.TextChoices):
        PUBLISHED = "PUBLISHED", _("已公開")
        HIDDEN = "HIDDEN", _("已隱藏")
        WITHDRAWN = "WITHDRAWN", _("已撤下")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="reviews")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reviews")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="review")
    shows_name = models.BooleanField(default=False, help_text="Else shown as 「使用過的企業」.")
    rating = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=REVIEW.initial)
    version = models.PositiveIntegerField(default=0)
    hidden_reason = models.TextField(blank=True)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "plan"], name="review_once"),
            models.CheckConstraint(
                name="review_rating_one_to_five", condition=models.Q(rating__gte=1, rating__lte=5)
            ),
            models.CheckConstraint(
                name="review_hidden_with_a_reason",
                condition=~models.Q(state="HIDDEN") | ~models.Q(hidden_reason=""),
            ),
        ]
        triggers = [
            *REVIEW.triggers(),
            public_change("review_public"),
            pgtrigger.ReadOnly(
                name="review_stays_of_its_order", fields=["company", "plan", "order", "written_at"]
            ),
            pgtrigger.Protect(name="review_kept", operation=pgtrigger.Delete),
        ]
        indexes = [models.Index(fields=["plan", "state"], name="review_of_plan")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.rating}/5"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"review/{self.pk}"


class ReviewText(models.Model):
    """A wording of a review or of the supplier's answer. The latest one of each party is shown; earlier ones stay."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="texts")
    party = models.CharField(max_length=10, choices=[(COMPANY, COMPANY), (SUPPLIER, SUPPLIER)])
    rating = models.PositiveSmallIntegerField(null=True)
    text = models.TextField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="review_text_rated_by_the_company_alone",
                condition=models.Q(party=COMPANY, rating__isnull=False, rating__gte=1, rating__lte=5)
                | models.Q(party=SUPPLIER, rating=None),
            ),
            models.CheckConstraint(name="review_text_says_something", condition=~models.Q(text="")),
        ]
        triggers = [
            public_change("review_text_public"),
            pgtrigger.Protect(name="review_text_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.party}"

    def says_the_same(self, other: "ReviewText") -> bool:
        """Whether both say the same words with the same rating."""
        return (self.text, self.rating) == (other.text, other.rating)
