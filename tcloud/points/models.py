"""Grants of points, reservations and the waiting list. Balances live in the ledger."""

from django.db import models
from django.db.models.functions import Least

from tcloud.members.models import Company, User
from tcloud.points.states import REVERSAL
from tcloud.programme.models import Programme


class Participant(models.Model):
    """A company admitted to an edition: eligible and activated, so that it may be granted points (R-11).

    `admission` counts from 1; R-13: a company whose points were taken back unused may be admitted again. Each admission is worth one
    assessment and one grant.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="participations")
    admission = models.PositiveSmallIntegerField(default=1)
    admitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "company"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.company} @ {self.programme}"


class Grant(models.Model):
    """Points given to a company at once, with their own life (R-13, R-14). Moments are half-open: the first moment after.

    R-13, R-14: `usable_until` is the moment from which its free points can't be used, reckoned by the database: until it is
    activated `activate_before`, then `expires_at`; judged as of now, whether or not a scan has run.
    """

    class Closed(models.TextChoices):
        NO = "", "有效"
        UNACTIVATED = "unactivated", "逾期未啟用，全數收回"
        EXPIRED = "expired", "到期收回"
        REVERSED = "reversed", "撤銷"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="grants")
    admission = models.PositiveSmallIntegerField(help_text="Of the company to the edition, from 1.")
    points = models.PositiveIntegerField()
    granted_at = models.DateTimeField()
    activate_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    usable_until = models.GeneratedField(
        expression=models.Case(
            models.When(activated_at__isnull=True, then=Least("activate_before", "expires_at")),
            default=models.F("expires_at"),
        ),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    next_notice_at = models.DateTimeField(
        null=True, help_text="When the company is to be told that it ends (R-13, R-14)."
    )
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=12, choices=Closed.choices, blank=True, default="")

    class Meta:
        constraints = [
            # one grant of an edition for a company; R-13: another only after one was taken back unused
            models.UniqueConstraint(
                fields=["programme", "company"],
                condition=~models.Q(closed_as="unactivated"),
                name="grant_once",
            ),
            models.UniqueConstraint(
                fields=["programme", "company", "admission"], name="grant_once_an_admission"
            ),
            models.CheckConstraint(name="grant_of_something", condition=models.Q(points__gt=0)),
            models.CheckConstraint(
                name="grant_closed_with_its_time",
                condition=models.Q(closed_at=None, closed_as="")
                | (~models.Q(closed_at=None) & ~models.Q(closed_as="")),
            ),
            models.CheckConstraint(
                name="grant_unactivated_was_never_used",
                condition=~models.Q(closed_as="unactivated") | models.Q(activated_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["usable_until", "id"], condition=models.Q(closed_as=""), name="grant_to_take_back"
            ),
            models.Index(
                fields=["next_notice_at", "id"],
                condition=models.Q(closed_as="", next_notice_at__isnull=False),
                name="grant_to_notify",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} → {self.company}"

    @property
    def available_key(self) -> str:
        """Ledger account of the points neither reserved nor spent."""
        return f"grant/{self.pk}/available"

    @property
    def reserved_key(self) -> str:
        """Ledger account of the points held for orders."""
        return f"grant/{self.pk}/reserved"


class Reservation(models.Model):
    """Points of one grant held for one order (R-17), until they are redeemed or released."""

    class State(models.TextChoices):
        HELD = "held", "保留中"
        REDEEMED = "redeemed", "已折抵"
        RELEASED = "released", "已退回"

    order_number = models.CharField(max_length=16)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="reservations")
    points = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_number", "grant"], name="reservation_once"),
            models.CheckConstraint(name="reservation_of_something", condition=models.Q(points__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.order_number}: {self.points}"


class WaitingEntry(models.Model):
    """R-12: a company that completed its assessment when the appropriation was used up; served in order of completion."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    completed_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When the edition was closed before its turn.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "company"],
                condition=models.Q(served_at=None, ended_at=None),
                name="waiting_once",
            ),
            models.CheckConstraint(
                name="waiting_served_or_ended", condition=models.Q(served_at=None) | models.Q(ended_at=None)
            ),
        ]
        indexes = [
            models.Index(
                fields=["programme", "completed_at", "id"],
                condition=models.Q(served_at=None, ended_at=None),
                name="waiting_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.completed_at:%F %T}"


class Reversal(models.Model):
    """A grant to be taken back by an officer's reason, decided by a second officer. The points still free go back at the decision."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="reversals")
    reason = models.TextField()
    state = models.CharField(max_length=12, default=REVERSAL.initial)
    version = models.PositiveIntegerField(default=0)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True, help_text="What the second officer said.")

    class Meta:
        triggers = REVERSAL.triggers()
        constraints = [
            models.UniqueConstraint(
                fields=["grant"], condition=models.Q(state="REQUESTED"), name="reversal_open_once"
            ),
            models.CheckConstraint(
                name="reversal_by_two_officers",
                condition=models.Q(state__in=["REQUESTED", "WITHDRAWN"])
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("requested_by"))),
            ),
            models.CheckConstraint(name="reversal_says_why", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.state}"
