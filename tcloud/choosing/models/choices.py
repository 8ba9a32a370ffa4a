"""選擇紀錄: why an order's plan was chosen, and what else was looked at."""

import pgtrigger
from django.db import models

from tcloud.catalogue.models import PlanVersion
from tcloud.members.models import User
from tcloud.orders.models import Order


class Choice(models.Model):
    """A dated statement of the company about an order; a later one stands beside it. `key` makes a repeated form act once (R-38)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="choices")
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    key = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "key"], name="choice_once")]
        triggers = [
            pgtrigger.Protect(name="choice_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.made_at:%F}"


class ConsideredVersion(models.Model):
    """Another plan that was looked at, in the version and at the price it had on that day."""

    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, related_name="considered")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["choice", "version"], name="considered_once")]
        triggers = [
            pgtrigger.Protect(name="considered_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.choice_id} {self.version_id}"
