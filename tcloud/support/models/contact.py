"""How people reach the programme (R-34): hotline, mailbox, hours of text support, and by when a ticket is answered."""

from datetime import time
from typing import Any, Final

from django.db import models

from tcloud.core.stamp import public_change
from tcloud.programme.models import Programme

# The leaflet's words (flyer.txt, 諮詢管道); it names neither hours of the hotline nor an address. The last two are decisions (0019).
FLYER: Final[dict[str, Any]] = {
    "hotline": "0809-092-091",
    "mailbox": "service@qbicloud.com",
    "staffed_from": time(9),
    "staffed_until": time(18),
    "first_answer_working_days": 1,
    "confirm_hours": 24,
}


class SupportSettings(models.Model):
    """One row an edition. Tickets keep the deadline they were promised; a change is for what begins from then on."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)
    hotline = models.CharField(max_length=30)
    hotline_hours = models.CharField(max_length=80, blank=True, help_text="In words; not shown when empty.")
    hotline_hours_en = models.CharField(max_length=120, blank=True)
    mailbox = models.EmailField(
        help_text="Where people write to; replies to tickets come to it with a tag (name+tag@…)."
    )
    staffed_from = models.TimeField(help_text="R-34: text support, every day except closures announced.")
    staffed_until = models.TimeField()
    address = models.CharField(max_length=200, blank=True, help_text="Of the operator; not shown when empty.")
    address_en = models.CharField(max_length=200, blank=True)
    first_answer_working_days = models.PositiveSmallIntegerField(
        help_text="A ticket is answered by `staffed_until` of this working day after the day it came."
    )
    confirm_hours = models.PositiveSmallIntegerField(
        help_text="How long a visitor may take to confirm the address of a ticket."
    )

    class Meta:
        triggers = [public_change("support_settings_public")]
        constraints = [
            models.CheckConstraint(
                name="support_staffed_within_a_day",
                condition=models.Q(staffed_from__lt=models.F("staffed_until")),
            ),
            models.CheckConstraint(
                name="support_promises_an_answer",
                condition=models.Q(first_answer_working_days__range=(1, 30), confirm_hours__range=(1, 168)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.hotline}"
