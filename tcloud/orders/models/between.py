"""What the parties of an order write to each other and agree upon beside its contract."""

from typing import Any, Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.core.uploads import MOST_FILES
from tcloud.members.models import User
from tcloud.orders.models.orders import Order
from tcloud.orders.states import ORDER_CHANGE

APPEND_ONLY: Final = pgtrigger.Update | pgtrigger.Delete


class OrderMessage(models.Model):
    """One thing said between the parties of an order, or a note of an officer that both see. Append-only."""

    class Kind(models.TextChoices):
        COMPANY = COMPANY, _("申請企業")
        SUPPLIER = SUPPLIER, _("供應商")
        OFFICE = OFFICER, _("執行單位附註")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=120)
    body = models.TextField()
    request_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="order_message_append_only", operation=APPEND_ONLY)]
        constraints = [
            models.UniqueConstraint(fields=["order", "request_key"], name="order_message_once"),
            models.CheckConstraint(name="order_message_says_something", condition=~models.Q(body="")),
            models.CheckConstraint(
                name="order_message_by_a_party_or_the_office",
                condition=models.Q(kind__in=[COMPANY, SUPPLIER, OFFICER]),
            ),
        ]
        indexes = [models.Index(fields=["order", "id"], name="order_message_thread")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"


class OrderMessageFile(models.Model):
    """A file that came with a message, checked by `core.uploads`; at most three of a message. Append-only."""

    message = models.ForeignKey(OrderMessage, on_delete=models.PROTECT, related_name="files")
    place = models.PositiveSmallIntegerField(help_text="Among the files of its message, from 1.")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        triggers = [pgtrigger.Protect(name="order_file_append_only", operation=APPEND_ONLY)]
        constraints = [
            models.UniqueConstraint(fields=["message", "place"], name="order_file_once_a_place"),
            models.CheckConstraint(
                name="order_file_of_three", condition=models.Q(place__gte=1, place__lte=MOST_FILES)
            ),
            models.CheckConstraint(name="order_file_has_a_size", condition=models.Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class ThreadReading(models.Model):
    """How far a party has read the messages of an order: the newest that was on its page, whoever of it looked."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10)
    last = models.ForeignKey(OrderMessage, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "side"], name="thread_reading_once"),
            models.CheckConstraint(
                name="thread_reading_of_a_party", condition=models.Q(side__in=[COMPANY, SUPPLIER])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.side}"


class OrderChange(models.Model):
    """What a party of an order proposes to agree upon beside the signed contract; agreed, it is a supplement to it.

    The contract, the plan, its price and the split stay what they were. One at a time; `before` is what was valid when it was proposed.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("待對方回覆")
        AGREED = "AGREED", _("雙方同意")
        REFUSED = "REFUSED", _("對方不同意")
        WITHDRAWN = "WITHDRAWN", _("已收回")

    class Kind(models.TextChoices):
        START = "start", _("開始使用日")
        CONTACT = "contact", _("聯絡人")
        SEATS = "seats", _("開通人數")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=ORDER_CHANGE.initial)
    version = models.PositiveIntegerField(default=0)
    start_date = models.DateField(null=True)
    contact_name = models.CharField(max_length=60, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    seats = models.PositiveIntegerField(null=True)
    before = models.JSONField()
    reason = models.TextField(blank=True)
    proposed_by = models.CharField(max_length=10)
    proposer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=10, blank=True)
    decider = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True, help_text="Why it was not agreed to.")

    class Meta:
        triggers = [
            *ORDER_CHANGE.triggers(),
            pgtrigger.ReadOnly(
                name="order_change_stays_what_it_is",
                fields=[
                    "order",
                    "kind",
                    "start_date",
                    "contact_name",
                    "contact_email",
                    "contact_phone",
                    "seats",
                    "before",
                    "reason",
                    "proposed_by",
                    "proposer",
                    "proposed_at",
                ],
            ),
            pgtrigger.Protect(
                name="order_change_decided_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state=ORDER_CHANGE.initial)
                & pgtrigger.Q(new__state=pgtrigger.F("old__state")),  # other states: the machine refuses
            ),
            pgtrigger.Protect(name="order_change_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state="PROPOSED"), name="order_change_one_open"
            ),
            models.CheckConstraint(
                name="order_change_of_one_kind",
                condition=models.Q(
                    kind="start", start_date__isnull=False, seats=None, contact_name="", contact_email="", contact_phone=""
                )
                | models.Q(kind="contact", start_date=None, seats=None) & ~models.Q(contact_name="") & ~models.Q(contact_email="")
                | models.Q(kind="seats", start_date=None, seats__isnull=False, seats__gt=0, contact_name="", contact_email="", contact_phone=""),
            ),
            models.CheckConstraint(
                name="order_change_decided_by_the_other",
                condition=models.Q(state="PROPOSED", decided_by="", decided_at=None)
                | models.Q(state="WITHDRAWN", decided_by=models.F("proposed_by"), decided_at__isnull=False)
                | models.Q(state__in=["AGREED", "REFUSED"], proposed_by=COMPANY, decided_by=SUPPLIER, decided_at__isnull=False)
                | models.Q(state__in=["AGREED", "REFUSED"], proposed_by=SUPPLIER, decided_by=COMPANY, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_change_by_a_party", condition=models.Q(proposed_by__in=[COMPANY, SUPPLIER])
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"

    @property
    def after(self) -> dict[str, Any]:
        """What would be valid, as JSON values: the same keys as `before`."""
        if self.kind == self.Kind.START:
            return {"start_date": self.start_date.isoformat() if self.start_date else None}
        if self.kind == self.Kind.SEATS:
            return {"seats": self.seats}
        return {"name": self.contact_name, "email": self.contact_email, "phone": self.contact_phone}
