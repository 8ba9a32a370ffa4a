"""What a payer needs who pays at a machine: an account number, a shop's code or three barcodes (R-23, R-30)."""

import pgtrigger
from django.db import models

from tcloud.payments.models.charges import Charge


class PayCode(models.Model):
    """A code that the gateway gave out for a charge. It is valid until `expires_at` there; here only as long as the charge (R-23)."""

    class Method(models.TextChoices):
        ATM = "atm", "ATM"
        CVS = "cvs", "超商代碼"
        BARCODE = "barcode", "超商條碼"

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="codes")
    method = models.CharField(max_length=8, choices=Method.choices)
    bank_code = models.CharField(max_length=3, blank=True)
    number = models.CharField(
        max_length=20, blank=True, help_text="The account (ATM) or the code of a shop's machine."
    )
    barcodes = models.CharField(max_length=70, blank=True, help_text="Three, with a space between them.")
    expires_at = models.DateTimeField(
        null=True, help_text="The first moment at which the gateway takes nothing."
    )
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charge", "method", "number", "barcodes"], name="pay_code_once"),
            models.CheckConstraint(
                name="pay_code_says_where",
                condition=models.Q(
                    method="atm", bank_code__regex=r"^\d{3}$", number__regex=r"^\w+$", barcodes=""
                )
                | models.Q(method="cvs", bank_code="", number__regex=r"^\w+$", barcodes="")
                | models.Q(method="barcode", bank_code="", number="", barcodes__regex=r"^\w+ \w+ \w+$"),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="pay_code_stays"),
            pgtrigger.Protect(name="pay_code_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.bank_code} {self.number}{self.barcodes}"
