"""數位需求自評表: questionnaires as data, a company's answers and the need profile drawn from them."""

import pgtrigger
from django.db import models

from tcloud.members.models import Company, User
from tcloud.programme.models import Programme


class Questionnaire(models.Model):
    """One version of the questions. A published version never changes; running answers keep theirs."""

    version = models.PositiveIntegerField(unique=True)
    content = models.JSONField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="questionnaire_published_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class Assessment(models.Model):
    """A company's answers at one admission to an edition (R-13: there may be a second): draft until completed, then fixed."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="assessments")
    admission = models.PositiveSmallIntegerField(help_text="Of the company to the edition, from 1.")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT)
    answers = models.JSONField(default=dict)
    profile = models.JSONField(default=dict, help_text="need area → strength 0–100")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    completed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "company", "admission"], name="assessment_once")
        ]
        triggers = [
            pgtrigger.Protect(
                name="assessment_completed_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__completed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} {'✓' if self.completed_at else '…'}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"company/{self.company_id}"
