"""Applications and the evidence for every decision (R-07, R-08)."""

import pgtrigger
from django.db import models

from tcloud.eligibility.states import APPLICATION, ENDED
from tcloud.members.models import CardProof, Company
from tcloud.programme.models import Programme


class Application(models.Model):
    """A company's way into an edition. The 統一編號 is empty until its card has proved it (R-10)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    token = models.CharField(
        max_length=64, unique=True, help_text="Finds the application again from the browser session."
    )
    ubn = models.CharField(max_length=8, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    card_proof = models.ForeignKey(CardProof, on_delete=models.PROTECT, null=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=16, default=APPLICATION.initial)
    version = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(
        null=True, help_text="When a job asks the silent sources again (R-07)."
    )
    review_due_at = models.DateTimeField(null=True)
    # what `review_due_at` follows from: its beginning, its length, and the serial of the office calendar
    review_begins_at = models.DateTimeField(null=True)
    review_working_days = models.PositiveSmallIntegerField(null=True)
    review_calendar_serial = models.BigIntegerField(null=True)
    with_officer_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict, help_text="Name, address and responsible person as registered.")
    decision_reason = models.TextField(blank=True)
    # the account to be, until the e-mail code confirms it
    contact_name = models.CharField(max_length=60, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    password_hash = models.CharField(max_length=256, blank=True)
    language = models.CharField(max_length=8, default="zh-hant")
    code_sent_at = models.DateTimeField(null=True)
    code_serial = models.PositiveIntegerField(default=0)
    code_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        triggers = APPLICATION.triggers()
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "ubn"],
                condition=~models.Q(ubn="") & ~models.Q(state__in=ENDED),
                name="application_open_once",
            ),
            models.CheckConstraint(
                name="application_has_a_proved_ubn",
                condition=models.Q(state__in=["STARTED", "CONSENTED", "ABANDONED"])
                | (models.Q(ubn__regex=r"^\d{8}$") & models.Q(card_proof__isnull=False)),
            ),
            models.CheckConstraint(
                name="application_review_follows_from_its_length",
                condition=models.Q(
                    review_due_at=None,
                    review_begins_at=None,
                    review_working_days=None,
                    review_calendar_serial=None,
                )
                | models.Q(
                    review_due_at__isnull=False,
                    review_begins_at__isnull=False,
                    review_working_days__gt=0,
                    review_calendar_serial__gte=0,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"], condition=models.Q(state="IN_REVIEW"), name="application_to_check"
            ),
            models.Index(
                fields=["review_calendar_serial"],
                condition=models.Q(state="IN_REVIEW"),
                name="application_calendar",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation or '—'} {self.state}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"application/{self.pk}"


class Check(models.Model):
    """What one rule said on one occasion, with the evidence: source, time, what it said (R-07). Append-only."""

    class Outcome(models.TextChoices):
        PASS = "pass", "符合"
        FAIL = "fail", "不符合"
        UNKNOWN = "unknown", "待查"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="checks")
    run = models.PositiveIntegerField()
    rule = models.CharField(max_length=8)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    sentence = models.TextField()
    evidence = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "run", "rule"], name="check_once_a_run")
        ]
        triggers = [
            pgtrigger.Protect(name="check_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.outcome}"
