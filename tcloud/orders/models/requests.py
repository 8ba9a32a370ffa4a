"""A colleague's request to have a draft signed and sent."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.members.models import User
from tcloud.orders.models.orders import Order
from tcloud.orders.states import DRAFT_REQUEST


class DraftRequest(models.Model):
    """A colleague without the right to order asks who has it to sign and send a draft; answered once, asked again by a new row."""

    class State(models.TextChoices):
        ASKED = "ASKED", _("等待核准")
        APPROVED = "APPROVED", _("已核准")
        RETURNED = "RETURNED", _("已退回")
        WITHDRAWN = "WITHDRAWN", _("已收回")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="draft_requests")
    state = models.CharField(max_length=10, choices=State.choices, default=DRAFT_REQUEST.initial)
    version = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=1000, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was returned.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state="ASKED"), name="draft_request_one_open"
            ),
            models.CheckConstraint(
                name="draft_request_answered_by_somebody",
                condition=~models.Q(state__in=["APPROVED", "RETURNED"])
                | models.Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="draft_request_returned_with_a_reason",
                condition=~models.Q(state="RETURNED") | ~models.Q(reason=""),
            ),
        ]
        triggers = [
            *DRAFT_REQUEST.triggers(),
            pgtrigger.ReadOnly(
                name="draft_request_stays_as_asked", fields=["order", "note", "asked_by", "asked_at"]
            ),
            pgtrigger.Protect(name="draft_request_kept", operation=pgtrigger.Delete),
        ]
        indexes = [models.Index(fields=["order", "-id"], name="draft_request_of_order")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"

    @property
    def case(self) -> str:
        """The company's own case: its supplier reads the order's."""
        return f"company/{self.order.company_id}"
