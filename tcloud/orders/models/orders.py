"""Orders and their obligations (R-19 to R-29)."""

from datetime import date
from typing import Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import PlanVersion, Supplier
from tcloud.contracts.models import Contract
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.core.counties import COUNTIES, NATION, county_of
from tcloud.core.workdays import last_day
from tcloud.leads.models import Lead
from tcloud.members.models import Company, User
from tcloud.orders.states import ORDER, REFUND_PROPOSAL
from tcloud.programme.models import Programme

# kind of obligation → its length in the contract's terms, and in the edition
WORKING_DAYS: Final = {
    "accept": ("acceptance_working_days", "accept_working_days"),
    "pay": ("payment_working_days", "pay_working_days"),
    "invoice": ("invoice_working_days", "invoice_working_days"),
    "deliver": ("delivery_working_days", "deliver_working_days"),
    "confirm": ("confirmation_working_days", "confirm_working_days"),
    # as long as the first invoice took
    "reissue": ("invoice_working_days", "invoice_working_days"),
    "credit": ("invoice_working_days", "invoice_working_days"),
}


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

    class Kind(models.TextChoices):
        NEW = "new", _("新訂")
        RENEWAL = "renewal", _("續約")
        PLAN_CHANGE = "plan_change", _("更換方案")

    number = models.CharField(max_length=16, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="orders")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.NEW)
    previous_order = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="following_orders"
    )
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="orders")
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
    service_ends_at = models.DateTimeField(
        null=True, help_text="First moment after the term of the service, which runs from its confirmation."
    )
    renewal_notice_at = models.DateTimeField(
        null=True,
        help_text="When the company is reminded that the term ends; empty when it was, or needs not be.",
    )
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
                    "kind",
                    "previous_order",
                ],
            ),
            pgtrigger.Trigger(
                name="order_follows_its_own",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__previous_order__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM orders_order p WHERE p.id = NEW.previous_order_id AND p.company_id = NEW.company_id
                        AND p.supplier_id = NEW.supplier_id AND p.state IN ('DELIVERED', 'COMPLETED')
                    ) THEN RAISE EXCEPTION 'pgtrigger: Cannot follow an order of others, or without service'; END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="order_led_by_its_supplier",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("lead_id"),
                condition=pgtrigger.Q(new__lead__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM leads_lead l WHERE l.id = NEW.lead_id AND l.supplier_id = NEW.supplier_id
                    ) THEN RAISE EXCEPTION 'pgtrigger: Cannot name a lead of another supplier'; END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="order_keeps_its_lead",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.submitted_at IS NOT NULL AND OLD.lead_id IS DISTINCT FROM NEW.lead_id"
                ),
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
                name="order_follows_one_or_is_new",
                condition=models.Q(kind="new", previous_order=None)
                | ~models.Q(kind="new") & models.Q(previous_order__isnull=False),
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
            models.Index(
                fields=["renewal_notice_at"],
                condition=models.Q(renewal_notice_at__isnull=False),
                name="order_renewal_notice",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"order/{self.number}"

    @property
    def service_until(self) -> date | None:
        """The last day of the service's term; None before it was confirmed."""
        return last_day(self.service_ends_at) if self.service_ends_at else None

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
        REISSUE = "reissue", _("重新開立發票")
        CREDIT = "credit", _("作廢發票或開立折讓")

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
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=~models.Q(kind__in=["confirm", "reissue", "credit"]),
                name="obligation_once",
            ),
            # a service may be delivered again, an invoice voided or an allowance cancelled, more than once
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=models.Q(fulfilled_at=None, lifted_at=None),
                name="obligation_open_once",
            ),
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


class RefundProposal(models.Model):
    """R-27: a party of an order proposes to give `amount_twd` of the cash back; all that is left ends the order."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("等待對方回覆")
        AGREED = "AGREED", _("雙方已同意")
        REFUSED = "REFUSED", _("對方不同意")
        WITHDRAWN = "WITHDRAWN", _("已收回")
        LAPSED = "LAPSED", _("訂單已結束，提議失效")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refund_proposals")
    party = models.CharField(max_length=10)
    amount_twd = models.PositiveIntegerField()
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=REFUND_PROPOSAL.initial)
    version = models.PositiveIntegerField(default=0)
    proposed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="What the other said to it.")

    class Meta:
        triggers = [
            *REFUND_PROPOSAL.triggers(),
            pgtrigger.ReadOnly(
                name="refund_proposal_stays_what_it_is",
                fields=["order", "party", "amount_twd", "reason", "proposed_at"],
            ),
            pgtrigger.Protect(name="refund_proposal_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state="PROPOSED"), name="refund_proposal_open_once"
            ),
            models.CheckConstraint(
                name="refund_proposal_says_who_what_and_why",
                condition=models.Q(party__in=[COMPANY, SUPPLIER], amount_twd__gt=0) & ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.amount_twd} {self.state}"
