"""Event: the append-only record of everything that happened. CalendarChange: every change of the office calendar. ScanRun: what scans did."""

import pgtrigger
from django.db import models

from tcloud.core.counties import COUNTIES, NATION


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


class PublicChange(models.Model):
    """How often visitors' data were changed; as many rows as writers ever were at it at once (sql/note_public_change.sql)."""

    count = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.count)


class CalendarChange(models.Model):
    """R-28: one change of the office calendar: a year imported, a closure (停班) declared or revoked. Append-only.

    The calendar in force is what ships, overlaid by these in the order of their ids; the latest id is its serial. Each change `follows`
    the one it was drawn up after, and no two the same: of two officers who act at once the database lets one.
    """

    class Kind(models.TextChoices):
        YEAR_IMPORTED = "year_imported"
        CLOSURE_DECLARED = "closure_declared"
        CLOSURE_REVOKED = "closure_revoked"

    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    # a year: 是否放假 of each of its days in order (0 working, 2 off), and 備註 by ISO date
    year = models.PositiveSmallIntegerField(null=True)
    days = models.CharField(max_length=366, blank=True)
    names = models.JSONField(default=dict)
    source_name = models.CharField(max_length=200, blank=True)
    source_sha256 = models.CharField(max_length=64, blank=True)
    # a closure: one day, in one county or ("") in the whole nation, as `authority` announced it
    date = models.DateField(null=True)
    county = models.CharField(max_length=3, blank=True)
    authority = models.CharField(max_length=60, blank=True)
    revokes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="revoked_by")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_user_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="calendar_change_in_a_row", fields=["follows"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="calendar_change_is_one_of_three",
                condition=models.Q(
                    kind="year_imported",
                    year__isnull=False,
                    days__regex=r"^[02]+$",
                    date=None,
                    revokes=None,
                    source_sha256__regex=r"^[0-9a-f]{64}$",
                )
                | models.Q(kind="closure_declared", year=None, days="", date__isnull=False, revokes=None)
                & ~models.Q(reason="")
                & ~models.Q(authority="")
                | models.Q(kind="closure_revoked", year=None, days="", date=None, revokes__isnull=False)
                & ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="calendar_change_of_a_known_county",
                condition=models.Q(county__in=[NATION, *COUNTIES]),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="calendar_change_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="calendar_change_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.kind = 'year_imported'
                        AND length(NEW.days) <> make_date(NEW.year + 1, 1, 1) - make_date(NEW.year, 1, 1)
                    THEN RAISE EXCEPTION 'pgtrigger: Cannot import a part of a year'; END IF;
                    IF NEW.kind = 'closure_declared' AND EXISTS (
                        SELECT 1 FROM core_calendarchange c WHERE c.kind = 'closure_declared' AND c.date = NEW.date
                        AND c.county = NEW.county AND NOT EXISTS (SELECT 1 FROM core_calendarchange r WHERE r.revokes_id = c.id)
                    ) THEN RAISE EXCEPTION 'pgtrigger: Cannot declare the same closure twice'; END IF;
                    IF NEW.kind = 'closure_revoked' AND NOT EXISTS (
                        SELECT 1 FROM core_calendarchange c WHERE c.id = NEW.revokes_id AND c.kind = 'closure_declared'
                    ) THEN RAISE EXCEPTION 'pgtrigger: Cannot revoke what is no closure'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.date or self.year or self.revokes_id}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record: the calendar of its year."""
        day = self.revokes.date if self.revokes else self.date
        return f"calendar/{day.year if day else self.year}"
