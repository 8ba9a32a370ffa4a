"""Orders and their obligations (R-19 to R-29)."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import PlanVersion, Supplier
from tcloud.contracts.models import Contract
from tcloud.members.models import Company, User
from tcloud.orders.states import ORDER
from tcloud.programme.models import Programme


class Order(models.Model):
    """A company buys a plan, half with points (R-17). It pins the version and price that the company saw (R-19)."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("草稿")
        DISCARDED = "DISCARDED", _("已捨棄")
        SUBMITTED = "SUBMITTED", _("待供應商接單")
        WITHDRAWN = "WITHDRAWN", _("已撤回")
        DECLINED = "DECLINED", _("供應商未接單")
        LAPSED = "LAPSED", _("逾期未接單")
        ACCEPTED = "ACCEPTED", _("待付款")
        UNPAID = "UNPAID", _("逾期未付款")
        PAID = "PAID", _("待提供服務")
        DELIVERED = "DELIVERED", _("待確認服務")
        COMPLETED = "COMPLETED", _("已完成")
        DISPUTED = "DISPUTED", _("爭議處理中")
        REFUNDED = "REFUNDED", _("已退款")

    number = models.CharField(max_length=16, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="orders")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, null=True)
    price_twd = models.PositiveIntegerField()
    points = models.PositiveIntegerField()
    cash_twd = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=ORDER.initial)
    version = models.PositiveIntegerField(default=0)
    contact_name = models.CharField(max_length=60)
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=30, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT)
    idempotency_key = models.CharField(max_length=64)
    request_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why it was declined, withdrawn, disputed or refunded.")
    delivery_note = models.TextField(blank=True)

    class Meta:
        triggers = [
            *ORDER.triggers(),
            pgtrigger.ReadOnly(
                name="order_pins_what_was_seen",
                fields=[
                    "number",
                    "programme",
                    "company",
                    "supplier",
                    "plan_version",
                    "price_twd",
                    "points",
                    "cash_twd",
                ],
            ),
            pgtrigger.Protect(name="order_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "idempotency_key"], name="order_request_once"),
            models.CheckConstraint(
                name="order_split_adds_up",
                condition=models.Q(price_twd=models.F("points") + models.F("cash_twd")),
            ),
            models.CheckConstraint(
                name="order_uses_points_and_cash", condition=models.Q(points__gt=0, cash_twd__gt=0)
            ),
            models.CheckConstraint(
                name="order_submitted_with_its_contract",
                condition=models.Q(state__in=["DRAFT", "DISCARDED"])
                | models.Q(contract__isnull=False, submitted_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-created_at"], name="order_of_company"),
            models.Index(fields=["supplier", "state"], name="order_of_supplier"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"order/{self.number}"


class Obligation(models.Model):
    """What a party owes and by when (R-22 to R-26). `due_at` is the first moment after the deadline (R-28)."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", _("接單")
        PAY = "pay", _("付款")
        INVOICE = "invoice", _("開立發票")
        DELIVER = "deliver", _("提供服務")
        CONFIRM = "confirm", _("確認服務")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="obligations")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    party = models.CharField(max_length=10)
    begins_at = models.DateTimeField()
    due_at = models.DateTimeField()
    fulfilled_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True, help_text="When the scan found it overdue (R-29).")
    lifted_at = models.DateTimeField(
        null=True, help_text="When the order ended and nothing was owed any more."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="obligation_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(fulfilled_at=None, missed_at=None, lifted_at=None),
                name="obligation_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"

    @property
    def is_open(self) -> bool:
        """Still owed and not yet found overdue."""
        return not (self.fulfilled_at or self.missed_at or self.lifted_at)
