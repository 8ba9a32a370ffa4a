"""Where a supplier takes its money: its own account at a gateway, and at a bank (R-23, R-30)."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.members.models import Company


class PaymentAccount(models.Model):
    """An account of a supplier's company. It is never changed: another one replaces it, and charges keep the one they were made with.

    `secrets` are the gateway's hash key and IV as JSON, sealed (core.sealed_secrets); they are never shown again.
    """

    class Kind(models.TextChoices):
        ECPAY = "ecpay", _("綠界科技 ECPay")
        NEWEBPAY = "newebpay", _("藍新金流 NewebPay")
        BANK = "bank_transfer", _("銀行匯款")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="payment_accounts")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    merchant_id = models.CharField(max_length=15, blank=True)
    secrets = models.TextField(blank=True)
    bank_code = models.CharField(max_length=3, blank=True)
    bank_name = models.CharField(max_length=40, blank=True)
    account_no = models.CharField(max_length=16, blank=True)
    account_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(retired_at=None) & ~models.Q(kind="bank_transfer"),
                name="payment_account_one_gateway",
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(retired_at=None, kind="bank_transfer"),
                name="payment_account_one_bank",
            ),
            models.CheckConstraint(
                name="payment_account_whole",
                condition=models.Q(
                    kind="bank_transfer",
                    merchant_id="",
                    secrets="",
                    bank_code__regex=r"^\d{3}$",
                    account_no__regex=r"^\d{6,16}$",
                )
                & ~models.Q(account_name="")
                | models.Q(kind__in=["ecpay", "newebpay"], bank_code="", account_no="")
                & ~models.Q(merchant_id="")
                & ~models.Q(secrets=""),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="payment_account_stays", exclude=["retired_at"]),
            pgtrigger.Protect(name="payment_account_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hint}"

    @property
    def hint(self) -> str:
        """The last two characters of its number, by which its owner knows it again."""
        return f"…{(self.merchant_id or self.account_no)[-2:]}"
