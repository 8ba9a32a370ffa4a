"""Plans in the making: what a supplier drafts and an officer reviews before it becomes a version (R-32)."""

from typing import Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models.plans import Plan, PlanVersion, Supplier
from tcloud.catalogue.states import OPEN, PLAN_CHANGE

_OPEN: Final = models.Q(state__in=OPEN)


class PlanChange(models.Model):
    """A new plan, or another wording and price of a listed one. `content` may be incomplete while it is a draft (`drafts.FIELDS`)."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("草稿")
        SUBMITTED = "SUBMITTED", _("審查中")
        RETURNED = "RETURNED", _("退回補正")
        APPROVED = "APPROVED", _("已核准")
        WITHDRAWN = "WITHDRAWN", _("已撤回")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="plan_changes")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="changes")
    based_on = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    result = models.OneToOneField(PlanVersion, on_delete=models.PROTECT, null=True, related_name="made_by")
    content = models.JSONField(default=dict)
    remarks = models.JSONField(default=dict, help_text="Field → why the officer returned it.")
    note = models.TextField(blank=True, help_text="What the officer says of the whole.")
    state = models.CharField(max_length=16, choices=State.choices, default=PLAN_CHANGE.initial)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    review_working_days = models.PositiveSmallIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "submitted_at"], name="plan_change_queue")]
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=_OPEN, name="plan_change_one_open_a_plan"),
            models.CheckConstraint(
                name="plan_change_submitted_with_its_time",
                condition=~models.Q(state="SUBMITTED")
                | models.Q(submitted_at__isnull=False, review_working_days__gt=0),
            ),
            models.CheckConstraint(
                name="plan_change_approved_with_its_version",
                condition=models.Q(state="APPROVED", plan__isnull=False, result__isnull=False)
                | (~models.Q(state="APPROVED") & models.Q(result=None)),
            ),
        ]
        triggers = [
            *PLAN_CHANGE.triggers(),
            pgtrigger.Protect(
                name="plan_change_stays_as_reviewed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=("SUBMITTED", "APPROVED", "WITHDRAWN"))
                & pgtrigger.Q(old__content__df=pgtrigger.F("new__content")),
            ),
            pgtrigger.Protect(name="plan_change_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.case

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"plan_change/{self.pk}"

    @property
    def name(self) -> str:
        """What the plan is to be called, as far as it is written."""
        return str(self.content.get("name", ""))

    @property
    def name_en(self) -> str:
        """The English of `name`."""
        return str(self.content.get("name_en", ""))
