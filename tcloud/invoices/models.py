"""What belongs to invoices: allowances, the files they came in, and a supplier's account with an e-invoice provider (R-24, R-27)."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.invoices.states import ALLOWANCE
from tcloud.members.models import Company
from tcloud.payments.models import Invoice

# The invoice is locked first, so that of two allowances at once the second sees the first.
_WITHIN_THE_INVOICE = """
    SELECT sales_twd, tax_twd, state INTO whole FROM payments_invoice WHERE id = NEW.invoice_id FOR UPDATE;
    SELECT coalesce(sum(sales_twd), 0) AS sales, coalesce(sum(tax_twd), 0) AS tax INTO given
      FROM invoices_allowance WHERE invoice_id = NEW.invoice_id AND state = 'ISSUED';
    IF whole.state <> 'ISSUED' OR given.sales + NEW.sales_twd > whole.sales_twd OR given.tax + NEW.tax_twd > whole.tax_twd THEN
        RAISE EXCEPTION 'pgtrigger: Cannot allow more than the invoice';
    END IF;
    RETURN NEW;
"""


class Allowance(models.Model):
    """折讓: part of an invoice, or all of it, is taken back. In sum never more than the invoice; amounts in NT$."""

    class State(models.TextChoices):
        ISSUED = "ISSUED", _("有效")
        CANCELLED = "CANCELLED", _("已作廢")

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allowances")
    number = models.CharField(max_length=16)
    date = models.DateField()
    sales_twd = models.PositiveIntegerField(help_text="Without tax.")
    tax_twd = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    source = models.CharField(max_length=8, choices=Invoice.Source.choices, default=Invoice.Source.FIELDS)
    recorded_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=ALLOWANCE.initial)
    version = models.PositiveIntegerField(default=0)
    cancelled_on = models.DateField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        triggers = [
            *ALLOWANCE.triggers(),
            pgtrigger.Trigger(
                name="allowance_within_its_invoice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("whole", "RECORD"), ("given", "RECORD")],
                func=_WITHIN_THE_INVOICE,
            ),
            pgtrigger.ReadOnly(
                name="allowance_says_what_it_said",
                exclude=["state", "version", "cancelled_on", "cancel_reason"],
            ),
            pgtrigger.Protect(name="allowance_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="allowance_once"),
            models.CheckConstraint(
                name="allowance_of_something", condition=models.Q(sales_twd__gt=0) & ~models.Q(number="")
            ),
            models.CheckConstraint(
                name="allowance_cancelled_with_its_reason",
                condition=models.Q(state="ISSUED", cancelled_on=None, cancel_reason="")
                | (
                    models.Q(state="CANCELLED", cancelled_on__gte=models.F("date"))
                    & ~models.Q(cancel_reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return self.invoice.case

    @property
    def total_twd(self) -> int:
        """With tax."""
        return self.sales_twd + self.tax_twd

    @property
    def is_valid(self) -> bool:
        """Issued and not cancelled."""
        return self.state == self.State.ISSUED


class InvoiceFile(models.Model):
    """A message as it was received, byte for byte: a MIG file of the supplier, or what its provider answered."""

    class Kind(models.TextChoices):
        ISSUED = "F0401", _("開立發票（F0401）")
        VOIDED = "F0501", _("作廢發票（F0501）")
        ALLOWANCE = "G0401", _("開立折讓（G0401）")
        CANCELLED = "G0501", _("作廢折讓（G0501）")
        ANSWER = "answer", _("加值中心的回覆")

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="files")
    allowance = models.ForeignKey(Allowance, on_delete=models.PROTECT, null=True, related_name="files")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="invoice_file_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.name


class ProviderAccount(models.Model):
    """A supplier's account with its e-invoice provider. `sealed` holds the keys, encrypted (core.sealed_secrets)."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="invoice_provider")
    merchant_id = models.CharField(max_length=10)
    sealed = models.TextField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.company_id} {self.merchant_id}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"company/{self.company_id}"


class ProviderRequest(models.Model):
    """One thing asked of a provider: kept before it is sent, so that what a lost answer leaves open is asked about, never done twice."""

    class Kind(models.TextChoices):
        ISSUE = "issue", _("開立發票")
        VOID = "void", _("作廢發票")
        ALLOW = "allow", _("開立折讓")

    class Outcome(models.TextChoices):
        OPEN = "", _("結果未定")
        DONE = "done", _("完成")
        REFUSED = "refused", _("加值中心不接受")
        NOT_DONE = "not_done", _("沒有送達，也沒有辦理")
        BY_HAND = "by_hand", _("已由加值中心開立，待供應商登錄")

    order_number = models.CharField(max_length=16)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    relate_number = models.CharField(max_length=20, unique=True, help_text="Unique for ever at the provider.")
    said = models.JSONField()
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    settled_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_number"], condition=models.Q(outcome=""), name="provider_request_one_open"
            ),
            models.CheckConstraint(
                name="provider_request_settled_with_its_time",
                condition=models.Q(outcome="", settled_at=None)
                | (~models.Q(outcome="") & models.Q(settled_at__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="provider_request_says_what_it_asked",
                fields=["order_number", "kind", "relate_number", "said", "asked_at"],
            ),
            pgtrigger.Protect(name="provider_request_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.relate_number
