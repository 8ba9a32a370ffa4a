"""Questions of companies to a plan's supplier."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import Plan
from tcloud.choosing.states import QUESTION
from tcloud.core.stamp import public_change
from tcloud.members.models import Company, User


class Question(models.Model):
    """提問. Public once answered, unless `is_private`; who asked is never shown to other companies.

    The answer is due `answer_working_days` after `asked_at`, or after an officer brought the question back, by the office calendar
    as it stands when one looks (R-28). `in_time` says what became of that, once and for good.
    """

    class State(models.TextChoices):
        ASKED = "ASKED", _("待供應商回覆")
        ANSWERED = "ANSWERED", _("已回覆")
        HIDDEN = "HIDDEN", _("已隱藏")
        WITHDRAWN = "WITHDRAWN", _("已收回")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="questions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    text = models.TextField()
    is_private = models.BooleanField(default=False)
    answer_working_days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=QUESTION.initial)
    version = models.PositiveIntegerField(default=0)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    hidden_reason = models.TextField(blank=True)
    reopened_at = models.DateTimeField(null=True, help_text="Since when the supplier has it again to answer.")
    in_time = models.BooleanField(
        null=True,
        help_text="Whether it was answered in time; empty while it may still be, or when nobody knows.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="question_asks_something", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="question_answered_with_an_answer",
                condition=models.Q(answer="", answered_at=None, state__in=["ASKED", "HIDDEN", "WITHDRAWN"])
                | (
                    ~models.Q(answer="")
                    & models.Q(answered_at__isnull=False, state__in=["ANSWERED", "HIDDEN"])
                ),
            ),
            models.CheckConstraint(
                name="question_in_time_by_an_answer", condition=~models.Q(in_time=True) | ~models.Q(answer="")
            ),
            models.CheckConstraint(
                name="question_hidden_with_a_reason",
                condition=~models.Q(state="HIDDEN") | ~models.Q(hidden_reason=""),
            ),
        ]
        triggers = [
            *QUESTION.triggers(),
            public_change("question_public"),
            pgtrigger.ReadOnly(
                name="question_stays_as_asked",
                fields=[
                    "company",
                    "plan",
                    "asked_by",
                    "asked_at",
                    "text",
                    "is_private",
                    "answer_working_days",
                ],
            ),
            pgtrigger.Protect(
                name="question_answer_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__answer="")
                & pgtrigger.Q(old__answer__df=pgtrigger.F("new__answer")),
            ),
            pgtrigger.Protect(
                name="question_in_time_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__in_time__isnull=False)
                & pgtrigger.Q(old__in_time__df=pgtrigger.F("new__in_time")),
            ),
            pgtrigger.Protect(name="question_kept", operation=pgtrigger.Delete),
        ]
        indexes = [
            models.Index(fields=["plan", "state"], name="question_of_plan"),
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state="ASKED", in_time=None),
                name="question_awaited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.asked_at:%F}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"question/{self.pk}"
