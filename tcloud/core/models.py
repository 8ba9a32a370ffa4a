"""Event: the append-only record of everything that happened; and the runs of scans, for officers to watch."""

import pgtrigger
from django.db import models


class Event(models.Model):
    """One thing that happened: audit trail, timeline, and the source of mails and notices.

    `subject` is the thing that changed ("orders.order/17"), `case` what a person would open to see it ("order/CE0123456789").
    Append-only: the database refuses UPDATE and DELETE.
    """

    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=80)
    case = models.CharField(max_length=80)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    actor_kind = models.CharField(max_length=16)
    actor_user_id = models.BigIntegerField(null=True)
    actor_company_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"], name="event_case"),
            models.Index(fields=["type", "at"], name="event_type"),
        ]
        triggers = [
            pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.case}"


class ScanRun(models.Model):
    """One run of a scan that found something to do (R-14, R-22…). Real moments, whatever a rehearsal's clock shows."""

    name = models.CharField(max_length=40)
    as_of = models.DateTimeField(help_text="The moment by which it judged what is due.")
    total = models.PositiveIntegerField(help_text="What was due when it began.")
    done = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(db_default=models.functions.Now())
    beat_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["name", "-id"], name="scan_run_latest")]

    def __str__(self) -> str:
        return f"{self.name} {self.done}/{self.total}"
