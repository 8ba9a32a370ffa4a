"""Orders and their obligations (R-19 to R-29)."""

from typing import Any, Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import PlanVersion, Supplier
from tcloud.contracts.models import Contract
from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.core.counties import COUNTIES, NATION, county_of
from tcloud.core.uploads import MOST_FILES
from tcloud.members.models import Company, User
from tcloud.orders.states import ORDER, ORDER_CHANGE
from tcloud.programme.models import Programme

# kind of obligation → its length in the contract's terms, and in the edition
WORKING_DAYS: Final = {
    "accept": ("acceptance_working_days", "accept_working_days"),
    "pay": ("payment_working_days", "pay_working_days"),
    "invoice": ("invoice_working_days", "invoice_working_days"),
    "deliver": ("delivery_working_days", "deliver_working_days"),
    "confirm": ("confirmation_working_days", "confirm_working_days"),
}
APPEND_ONLY: Final = pgtrigger.Update | pgtrigger.Delete


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

    @property
    def working_days(self) -> dict[str, int]:
        """R-22 to R-26: how many working days each obligation lasts, by its kind: as the order's contract says, whatever the edition
        says since; before there is a contract, as the edition says now.
        """
        if self.contract_id is None or self.contract is None:
            return {kind: getattr(self.programme, number) for kind, (_term, number) in WORKING_DAYS.items()}
        return {kind: int(self.contract.terms[term]) for kind, (term, _number) in WORKING_DAYS.items()}

    @property
    def counties(self) -> dict[str, str]:
        """R-28: whose closures count for each party: the county of the registered address that the contract names; none without one."""
        if self.contract_id is None or self.contract is None:
            return {}
        terms = self.contract.terms
        return {COMPANY: county_of(terms["buyer_address"]), SUPPLIER: county_of(terms["supplier_address"])}


OPEN: Final = models.Q(fulfilled_at=None, missed_at=None, lifted_at=None)


class Obligation(models.Model):
    """What a party owes and by when (R-22 to R-26). `due_at` is the first moment after the deadline (R-28).

    It follows from `begins_at`, `working_days`, `county` and the office calendar of `calendar_serial`; when the calendar changes,
    `orders.operations.moving` moves it.
    """

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
    working_days = models.PositiveSmallIntegerField(help_text="As the order's contract says.")
    county = models.CharField(
        max_length=3, blank=True, help_text="Of the party that owes it; empty when not known."
    )
    due_at = models.DateTimeField()
    calendar_serial = models.BigIntegerField(help_text="Of the office calendar that `due_at` follows from.")
    fulfilled_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True, help_text="When the scan found it overdue (R-29).")
    lifted_at = models.DateTimeField(
        null=True, help_text="When the order ended and nothing was owed any more."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "kind"], name="obligation_once"),
            models.CheckConstraint(
                name="obligation_lasts_a_day", condition=models.Q(working_days__gt=0, calendar_serial__gte=0)
            ),
            models.CheckConstraint(
                name="obligation_of_a_known_county", condition=models.Q(county__in=[NATION, *COUNTIES])
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="obligation_stays_what_it_is",
                fields=["order", "kind", "party", "begins_at", "working_days", "county"],
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=OPEN, name="obligation_open"),
            models.Index(fields=["calendar_serial"], condition=OPEN, name="obligation_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"

    @property
    def is_open(self) -> bool:
        """Still owed and not yet found overdue."""
        return not (self.fulfilled_at or self.missed_at or self.lifted_at)


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
