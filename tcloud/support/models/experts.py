"""Expert service 專家服務 (R-35): who the experts are, what a company asks for, times, visits, reports and feedback."""

from datetime import datetime
from typing import Final

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, DateTimeRangeField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from tcloud.core.counties import COUNTIES
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.support.states import ENDED, EXPERT_REQUEST

MOST_SLOTS: Final = 5
MOST_FILES: Final = 5


class NeedArea(models.TextChoices):
    """The seven need areas of the self-assessment."""

    DAILY_OPERATIONS = "daily_operations", _("內部日常營運")
    PRODUCTION_SCHEDULING = "production_scheduling", _("產品排程")
    REMOTE_WORK = "remote_work", _("遠距辦公")
    ONLINE_COLLABORATION = "online_collaboration", _("線上協作")
    INFORMATION_SECURITY = "information_security", _("資訊安全")
    SALES_CHANNELS = "sales_channels", _("銷售管理與通路")
    MARKETING_CRM = "marketing_crm", _("行銷及客戶管理")


def _areas() -> ArrayField:
    return ArrayField(models.CharField(max_length=24, choices=NeedArea.choices), default=list)


class ExpertProfile(models.Model):
    """What an expert advises on and where: officers assign by it, companies see name and words of whom they are given."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="expert_profile")
    areas = _areas()
    counties = ArrayField(models.CharField(max_length=3), default=list)
    online = models.BooleanField(default=True, help_text="Whether she also advises online.")
    takes_cases = models.BooleanField(default=True)
    bio = models.TextField(blank=True)
    bio_en = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="expert_profile_of_known_areas",
                condition=Q(areas__contained_by=[value for value, _label in NeedArea.choices]),
            ),
            models.CheckConstraint(
                name="expert_profile_of_known_counties", condition=Q(counties__contained_by=list(COUNTIES))
            ),
        ]

    def __str__(self) -> str:
        return self.user.name


class ExpertRequest(models.Model):
    """R-35: a company asks for an expert. `owed` says which act is owed now, by whom its kind tells, until `owed_due_at`."""

    class State(models.TextChoices):
        REQUESTED = "REQUESTED", _("待指派專家")
        ASSIGNED = "ASSIGNED", _("待專家提出時間")
        PROPOSED = "PROPOSED", _("待企業選擇時間")
        AGREED = "AGREED", _("已約定訪視")
        VISITED = "VISITED", _("待專家提出報告")
        REPORTED = "REPORTED", _("報告已提出")
        CLOSED = "CLOSED", _("已結案")
        UNREPORTED = "UNREPORTED", _("無報告結案")
        WITHDRAWN = "WITHDRAWN", _("已撤回")
        DECLINED = "DECLINED", _("未受理")

    class Mode(models.TextChoices):
        ONSITE = "onsite", _("到場訪視")
        ONLINE = "online", _("線上會議")

    class Owed(models.TextChoices):
        ASSIGN = "assign", _("指派專家")
        PROPOSE = "propose", _("提出可訪視的時間")
        ANSWER = "answer", _("選擇訪視時間")
        VISIT = "visit", _("登錄訪視結果")
        REPORT = "report", _("提出報告")
        CLOSE = "close", _("回饋意見")

    reference = models.CharField(
        max_length=16, unique=True, help_text="EX and 10 digits, not guessable from another."
    )
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="expert_requests")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=EXPERT_REQUEST.initial)
    version = models.PositiveIntegerField(default=0)
    # what is asked for
    areas = _areas()
    description = models.TextField()
    mode = models.CharField(max_length=8, choices=Mode.choices)
    county = models.CharField(
        max_length=3, blank=True, help_text="Where to visit; empty for a meeting online."
    )
    place = models.CharField(max_length=120, blank=True)
    preferred_times = models.CharField(max_length=200, blank=True)
    contact_name = models.CharField(max_length=60)
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=30, blank=True)
    # who comes, when
    expert = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="expert_cases")
    meeting = models.CharField(
        max_length=300, blank=True, help_text="Where exactly, or the link: from the expert."
    )
    round = models.PositiveSmallIntegerField(default=0, help_text="How many times slots were proposed.")
    calendar_sequence = models.PositiveIntegerField(default=0, help_text="RFC 5545 SEQUENCE of the visit.")
    remind_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(
        blank=True,
        help_text="Why it was declined, withdrawn or closed without a report, handed back or postponed.",
    )
    # what is owed now, and what its deadline follows from
    owed = models.CharField(max_length=8, choices=Owed.choices, blank=True)
    owed_due_at = models.DateTimeField(null=True)
    owed_begins_at = models.DateTimeField(null=True)
    owed_working_days = models.PositiveSmallIntegerField(null=True)
    owed_county = models.CharField(max_length=3, blank=True)
    owed_calendar_serial = models.BigIntegerField(null=True)
    owed_missed_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            *EXPERT_REQUEST.triggers(),
            pgtrigger.ReadOnly(
                name="expert_request_stays_the_companys",
                fields=[
                    "reference",
                    "programme",
                    "company",
                    "created_by",
                    "created_at",
                    "areas",
                    "description",
                ],
            ),
            pgtrigger.Protect(name="expert_request_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                name="expert_request_open_once",
                fields=["programme", "company"],
                condition=~Q(state__in=ENDED),
            ),
            models.CheckConstraint(
                name="expert_request_asks_for_something",
                condition=~Q(description="")
                & Q(areas__len__gt=0)
                & Q(areas__contained_by=[value for value, _label in NeedArea.choices]),
            ),
            models.CheckConstraint(
                name="expert_request_in_a_known_place",
                condition=Q(mode="online", county="") | Q(mode="onsite", county__in=COUNTIES),
            ),
            models.CheckConstraint(
                name="expert_request_has_its_expert",
                condition=Q(state__in=["REQUESTED", "WITHDRAWN", "DECLINED"]) | Q(expert__isnull=False),
            ),
            models.CheckConstraint(
                name="expert_request_owes_by_its_length",
                condition=Q(
                    owed="",
                    owed_due_at=None,
                    owed_begins_at=None,
                    owed_working_days=None,
                    owed_calendar_serial=None,
                )
                | Q(
                    owed_due_at__isnull=False,
                    owed_begins_at__isnull=False,
                    owed_working_days__gt=0,
                    owed_calendar_serial__gte=0,
                )
                & ~Q(owed=""),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-created_at"], name="expert_request_of_company"),
            models.Index(fields=["expert", "state"], name="expert_request_of_expert"),
            models.Index(
                fields=["owed_due_at"],
                condition=Q(owed_missed_at=None) & ~Q(owed=""),
                name="expert_request_due",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"expert/{self.reference}"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens but reading."""
        return self.state in ENDED

    def is_late(self, at: datetime) -> bool:
        """Whether what is owed was due before `at`."""
        return self.owed_due_at is not None and at >= self.owed_due_at


class ExpertSlot(models.Model):
    """A time that an expert proposes: up to five a round. The agreed one is the visit; two visits of one expert never overlap."""

    class State(models.TextChoices):
        OPEN = "open", _("可選")
        AGREED = "agreed", _("約定")
        DROPPED = "dropped", _("不再適用")

    request = models.ForeignKey(ExpertRequest, on_delete=models.PROTECT, related_name="slots")
    expert = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)

    class Meta:
        ordering = ["starts_at", "id"]
        triggers = [
            pgtrigger.ReadOnly(
                name="expert_slot_stays_when_it_is",
                fields=["request", "expert", "round", "position", "starts_at", "ends_at"],
            ),
            pgtrigger.Protect(
                name="expert_slot_dropped_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="dropped") & ~pgtrigger.Q(new__state="dropped"),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="expert_slot_lasts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="expert_slot_among_the_few", condition=Q(position__gte=1, position__lte=MOST_SLOTS)
            ),
            models.UniqueConstraint(name="expert_slot_once", fields=["request", "round", "position"]),
            models.UniqueConstraint(
                name="expert_slot_agreed_once", fields=["request"], condition=Q(state="agreed")
            ),
            # a range of one number instead of btree_gist, which a database may not have
            ExclusionConstraint(
                name="expert_visits_never_overlap",
                expressions=[
                    (
                        Func(
                            F("expert_id"),
                            F("expert_id"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        "&&",
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                condition=Q(state="agreed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%F %H:%M} {self.state}"

    @property
    def minutes(self) -> int:
        """How long, in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


class ExpertNote(models.Model):
    """What an expert or officer writes down for the two of them; the company does not see it. Append-only."""

    request = models.ForeignKey(ExpertRequest, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="expert_note_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
        constraints = [models.CheckConstraint(name="expert_note_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return self.text[:40]


class ExpertReport(models.Model):
    """What the expert found and advises, seen by the company. A correction is a new version; the earlier ones stay."""

    request = models.ForeignKey(ExpertRequest, on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    findings = models.TextField()
    advice = models.TextField()
    next_steps = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="expert_report_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
        constraints = [
            models.UniqueConstraint(name="expert_report_version_once", fields=["request", "number"]),
            models.CheckConstraint(
                name="expert_report_says_something", condition=~Q(findings="") & ~Q(advice="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} v{self.number}"


class ExpertFile(models.Model):
    """A file beside a report. `media_type` is what its bytes say it is, never what the sender said. Append-only."""

    report = models.ForeignKey(ExpertReport, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    content = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="expert_file_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
        constraints = [models.UniqueConstraint(name="expert_file_once", fields=["report", "sha256"])]

    def __str__(self) -> str:
        return self.name


class ExpertFeedback(models.Model):
    """What the company says of the service, once: 1 (poor) to 5 (good), with words. Append-only."""

    request = models.OneToOneField(ExpertRequest, on_delete=models.PROTECT, related_name="feedback")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="expert_feedback_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
        constraints = [
            models.CheckConstraint(name="expert_feedback_of_five", condition=Q(score__gte=1, score__lte=5))
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.score}"
