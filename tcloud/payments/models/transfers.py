"""Remittances to a supplier's bank account: what the company says it sent, and what the supplier says came (R-23, R-30)."""

import pgtrigger
from django.db import models

from tcloud.payments.models.accounts import PaymentAccount

_FIVE = r"^\d{5}$"


class TransferNotice(models.Model):
    """The company says that it has paid for an order. Until `answer_before` the order waits for the supplier to look.

    Answered, it may be said again: the supplier is to look again.
    """

    order_number = models.CharField(max_length=16)
    last_five = models.CharField(max_length=5, help_text="Of the account it was sent from.")
    paid_on = models.DateField()
    stated_at = models.DateTimeField()
    answer_before = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_number", "last_five", "paid_on"],
                condition=models.Q(answered_at=None),
                name="transfer_notice_once",
            ),
            models.CheckConstraint(
                name="transfer_notice_names_five_digits", condition=models.Q(last_five__regex=_FIVE)
            ),
        ]
        indexes = [
            models.Index(
                fields=["order_number"], condition=models.Q(answered_at=None), name="transfer_notice_open"
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="transfer_notice_stays", exclude=["answered_at"]),
            pgtrigger.Protect(name="transfer_notice_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} {self.last_five}"


class BankReceipt(models.Model):
    """Money that came to a supplier's bank account, with its evidence. It paid the order, or it is owed back to the company."""

    class Outcome(models.TextChoices):
        PAID = "paid", "付款成立"
        LATE = "late", "逾期，待退還"
        AMOUNT = "amount", "金額不符，待退還"
        AGAIN = "again", "重複付款，待退還"

    order_number = models.CharField(max_length=16)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT)
    amount_twd = models.PositiveIntegerField()
    last_five = models.CharField(max_length=5)
    received_on = models.DateField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    file_name = models.CharField(max_length=100)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    returned_reference = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_number", "last_five", "received_on", "amount_twd"], name="bank_receipt_once"
            ),
            models.UniqueConstraint(
                fields=["order_number"], condition=models.Q(outcome="paid"), name="bank_receipt_pays_once"
            ),
            models.CheckConstraint(
                name="bank_receipt_of_something",
                condition=models.Q(amount_twd__gt=0, last_five__regex=_FIVE)
                & models.Q(outcome__in=["paid", "late", "amount", "again"]),
            ),
            models.CheckConstraint(
                name="bank_receipt_returned_when_owed",
                condition=models.Q(returned_at=None, returned_reference="")
                | (~models.Q(outcome="paid") & ~models.Q(returned_reference="")),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="bank_receipt_stays", exclude=["returned_at", "returned_reference"]),
            pgtrigger.Protect(name="bank_receipt_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} {self.amount_twd} {self.outcome}"
