"""數位需求自評表: questionnaires as data, a company's answers and the need profile drawn from them."""

import pgtrigger
from django.db import models

from tcloud.assessment.states import QUESTIONNAIRE
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme


class Questionnaire(models.Model):
    """One version of the questions (`tcloud.assessment.rules` describes the content). Once published it never changes;
    running answers keep theirs. A draft copies the version published last and has no number yet; there is one draft at a time.
    """

    number = models.PositiveIntegerField(
        null=True, unique=True, help_text="Of the published version, from 1."
    )
    state = models.CharField(max_length=10, default=QUESTIONNAIRE.initial)
    version = models.PositiveIntegerField(default=1)
    copied_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="drafts")
    content = models.JSONField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="questionnaire_one_draft", fields=["copied_from"], condition=models.Q(state="DRAFT")
            ),
            models.CheckConstraint(
                name="questionnaire_numbered_when_published",
                condition=models.Q(state="PUBLISHED", number__isnull=False, published_at__isnull=False)
                | (~models.Q(state="PUBLISHED") & models.Q(number__isnull=True, published_at__isnull=True)),
            ),
        ]
        triggers = [
            *QUESTIONNAIRE.triggers(),
            pgtrigger.Protect(
                name="questionnaire_settled_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="DRAFT"),
            ),
            pgtrigger.Protect(name="questionnaire_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"v{self.number}" if self.number else self.state.lower()

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"questionnaire/{self.pk}"


class Assessment(models.Model):
    """A company's answers at one admission to an edition (R-13: there may be a second): draft until completed, then fixed.

    `answers`: {question code: option code, or a list of them for a multi}. `profile`, empty until completed, strengths 0–100:
    `areas`: [{area, strength, level, because}], all seven; `categories`: [{category, area, strength, because}], the
    plan categories called for; `because`: [[question, option], …], the answers behind it; `similar`: {question: option}, by which companies count as alike.
    Both lists have the strongest first. `queries.needs` gives the categories with their reasons in words.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="assessments")
    admission = models.PositiveSmallIntegerField(help_text="Of the company to the edition, from 1.")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT)
    answers = models.JSONField(default=dict)
    profile = models.JSONField(default=dict, help_text="Areas, categories and what makes it similar.")
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
