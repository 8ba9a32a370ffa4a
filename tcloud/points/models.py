"""Grants of points, reservations and the waiting list. Balances live in the ledger."""

from datetime import datetime

from django.db import models

from tcloud.members.models import Company
from tcloud.programme.models import Programme


class Participant(models.Model):
    """A company admitted to an edition: eligible and activated, so that it may be granted points (R-11)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="participations")
    admitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "company"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.company} @ {self.programme}"


class Grant(models.Model):
    """Points given to a company at once, with their own life (R-13, R-14). Moments are half-open: the first moment after."""

    class Closed(models.TextChoices):
        NO = "", "有效"
        UNACTIVATED = "unactivated", "逾期未啟用，全數收回"
        EXPIRED = "expired", "到期收回"
        REVERSED = "reversed", "撤銷"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="grants")
    points = models.PositiveIntegerField()
    granted_at = models.DateTimeField()
    activate_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(name="grant_of_something", condition=models.Q(points__gt=0)),
            models.CheckConstraint(
                name="grant_closed_with_its_time",
                condition=models.Q(closed_at=None, closed_as="")
                | (~models.Q(closed_at=None) & ~models.Q(closed_as="")),
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

    @property
    def usable_until(self) -> datetime:
        """The moment from which free points of this grant can't be used: unactivated R-13, else R-14."""
        return self.expires_at if self.activated_at else min(self.activate_before, self.expires_at)


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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "company"], condition=models.Q(served_at=None), name="waiting_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["programme", "completed_at", "id"],
                condition=models.Q(served_at=None),
                name="waiting_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.completed_at:%F %T}"
