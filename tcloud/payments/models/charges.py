"""Charges, messages of the gateway, and invoices (R-24, R-30)."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.payments.models.accounts import PaymentAccount
from tcloud.payments.states import CHARGE, INVOICE


class Charge(models.Model):
    """One request for the company's part of an order. An order has one live charge at a time."""

    order_number = models.CharField(max_length=16)
    trade_no = models.CharField(
        max_length=20, unique=True, help_text="MerchantTradeNo: unique for ever (PROTOCOLS §5)."
    )
    account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        null=True,
        help_text="It was made with; empty: the programme's.",
    )
    amount_twd = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default=CHARGE.initial)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    gateway_trade_no = models.CharField(max_length=30, blank=True)
    method = models.CharField(max_length=30, blank=True)
    next_query_at = models.DateTimeField(
        null=True, help_text="When our own query asks the gateway (a lost callback)."
    )
    asked_until = models.DateTimeField(
        null=True,
        help_text="The gateway's statement, or an officer, says that it may be paid: it is asked about until then, closed or not.",
    )
    unanswered_at = models.DateTimeField(
        null=True, help_text="When the gateway was last asked in vain; empty once it has answered."
    )
    refund_tries = models.PositiveSmallIntegerField(default=0)
    refund_sent_at = models.DateTimeField(
        null=True, help_text="A refund was sent whose outcome is not known: it is never sent again unseen."
    )
    refund_next_at = models.DateTimeField(
        null=True, help_text="A refusal was heard: it is not sent again before."
    )

    class Meta:
        triggers = [
            *CHARGE.triggers(),
            pgtrigger.ReadOnly(
                name="charge_stays_what_it_is",
                fields=["order_number", "trade_no", "account", "amount_twd", "created_at"],
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order_number"],
                condition=models.Q(state__in=["OPEN", "PAID"]),
                name="charge_one_live",
            ),
            models.CheckConstraint(name="charge_of_something", condition=models.Q(amount_twd__gt=0)),
            models.CheckConstraint(
                name="charge_waits_only_after_a_refusal",
                condition=models.Q(refund_next_at=None) | models.Q(refund_sent_at=None, refund_tries__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.trade_no

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"order/{self.order_number}"


class GatewayMessage(models.Model):
    """What the gateway sent or answered, raw, stored before anything is done with it. Only the verdict is added later."""

    received_at = models.DateTimeField()
    kind = models.CharField(max_length=10)  # callback | codes | query
    trade_no = models.CharField(max_length=20, blank=True)
    body = models.TextField()
    remote_address = models.CharField(max_length=45, blank=True)
    verdict = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["trade_no", "id"], name="gateway_message_trade")]
        triggers = [
            pgtrigger.ReadOnly(name="gateway_message_raw_stays", exclude=["verdict"]),
            pgtrigger.Protect(name="gateway_message_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.trade_no} {self.verdict}"


class Invoice(models.Model):
    """The supplier's e-invoice for an order, checked by R-24. An order has one that is valid; voided ones stay on record.

    Its acts, allowances and files are the app `invoices`.
    """

    class State(models.TextChoices):
        ISSUED = "ISSUED", _("有效")
        VOIDED = "VOIDED", _("已作廢")

    class Source(models.TextChoices):
        FIELDS = "fields", _("供應商登錄")
        XML = "xml", _("電子發票檔（MIG 4.1）")
        PROVIDER = "provider", _("加值中心開立")

    order_number = models.CharField(max_length=16)
    number = models.CharField(max_length=10, unique=True)
    date = models.DateField()
    buyer_ubn = models.CharField(max_length=8)
    seller_ubn = models.CharField(max_length=8)
    sales_twd = models.PositiveIntegerField()
    tax_twd = models.PositiveIntegerField()
    total_twd = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.FIELDS)
    state = models.CharField(max_length=10, choices=State.choices, default=INVOICE.initial)
    version = models.PositiveIntegerField(default=0)
    voided_on = models.DateField(null=True, help_text="The day that the voiding itself names.")
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        triggers = [
            *INVOICE.triggers(),
            pgtrigger.ReadOnly(
                name="invoice_says_what_it_said", exclude=["state", "version", "voided_on", "void_reason"]
            ),
            pgtrigger.Protect(name="invoice_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order_number"], condition=models.Q(state="ISSUED"), name="invoice_one_valid"
            ),
            models.CheckConstraint(
                name="invoice_adds_up",
                condition=models.Q(total_twd=models.F("sales_twd") + models.F("tax_twd")),
            ),
            models.CheckConstraint(
                name="invoice_number_is_two_letters_and_eight_digits",
                condition=models.Q(number__regex=r"^[A-Z]{2}\d{8}$"),
            ),
            models.CheckConstraint(
                name="invoice_voided_with_its_reason",
                condition=models.Q(state="ISSUED", voided_on=None, void_reason="")
                | (models.Q(state="VOIDED", voided_on__gte=models.F("date")) & ~models.Q(void_reason="")),
            ),
        ]
        indexes = [models.Index(fields=["order_number", "id"], name="invoice_of_order")]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"order/{self.order_number}"

    @property
    def is_valid(self) -> bool:
        """Issued and not voided."""
        return self.state == self.State.ISSUED
