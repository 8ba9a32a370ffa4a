"""A supplier introduces a plan by a code (R-37, R-39): the code, and the companies that took it up."""

import pgtrigger
from django.db import models

from tcloud.catalogue.models import Plan, Supplier
from tcloud.leads import rules
from tcloud.members.models import Company, User


class Lead(models.Model):
    """A code of a supplier that leads to one of its plans, or (no plan) to all of them.

    `company_ubn`: the only company that may take it up; empty for anybody. `most_uses`: how many companies may. `expires_at` is the first
    moment after it. `note` is the supplier's own and shown to nobody else. `opened` counts browsers that opened it, not people.
    """

    code = models.CharField(max_length=16, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="leads")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    company_ubn = models.CharField(max_length=8, blank=True)
    most_uses = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=80, blank=True)
    opened = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When its supplier took it back.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="lead_for_one_company_or_any", condition=models.Q(company_ubn__regex=r"^(\d{8})?$")
            ),
            models.CheckConstraint(name="lead_used_once_at_least", condition=models.Q(most_uses__gt=0)),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="lead_stays_what_it_is", fields=["code", "supplier", "plan", "company_ubn", "most_uses"]
            ),
            pgtrigger.Protect(name="lead_kept", operation=pgtrigger.Delete),
        ]
        indexes = [models.Index(fields=["supplier", "-made_at"], name="lead_of_supplier")]

    def __str__(self) -> str:
        return self.printed

    @property
    def printed(self) -> str:
        """The code as people read it: K7QM-2F9D-X."""
        return rules.grouped(self.code)

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"lead/{self.pk}"


class Introduction(models.Model):
    """A company took a lead up; its orders of these plans name the lead until it drops the introduction."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="introductions")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="introductions")
    taken_up_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_up_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "company"], name="introduction_once")]
        triggers = [pgtrigger.ReadOnly(name="introduction_stays_of_its_company", fields=["lead", "company"])]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.company_id}"
