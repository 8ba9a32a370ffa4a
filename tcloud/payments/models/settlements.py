"""The gateway's statement of a day beside our own record of it (R-30)."""

import pgtrigger
from django.db import models

from tcloud.payments.models.accounts import PaymentAccount
from tcloud.payments.models.charges import Charge


class Statement(models.Model):
    """The file of a day for an account (empty: the programme's), raw, fetched once."""

    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, null=True)
    day = models.DateField()
    fetched_at = models.DateTimeField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "account"], nulls_distinct=False, name="statement_once_a_day"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="statement_stays"),
            pgtrigger.Protect(name="statement_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.account_id or ''}"


class StatementWait(models.Model):
    """The gateway gave no statement of an account (empty: the programme's): it is asked again from `asked_again_at` on."""

    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, null=True)
    asked_again_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], nulls_distinct=False, name="statement_wait_one_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id or ''} {self.asked_again_at}"


class StatementLine(models.Model):
    """A trade of the statement, or one of ours that it lacks. A difference stays open until an officer has explained it."""

    class Result(models.TextChoices):
        MATCHED = "matched", "相符"
        HERE = "missing_here", "金流有、本平台沒有"
        THERE = "missing_there", "本平台有、金流沒有"
        AMOUNT = "amount", "金額不同"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, null=True)
    trade_no = models.CharField(max_length=30)
    gateway_trade_no = models.CharField(max_length=30, blank=True)
    result = models.CharField(max_length=14, choices=Result.choices)
    theirs_twd = models.IntegerField(null=True)
    ours_twd = models.IntegerField(null=True)
    fee_twd = models.IntegerField(null=True)
    explanation = models.TextField(blank=True)
    explained_by = models.CharField(max_length=120, blank=True)
    explained_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "trade_no"], name="statement_line_once"),
            models.CheckConstraint(
                name="statement_line_is_what_it_says",
                condition=models.Q(result="matched", theirs_twd=models.F("ours_twd"), charge__isnull=False)
                | models.Q(result="missing_here", theirs_twd__isnull=False)
                | models.Q(
                    result="missing_there", theirs_twd=None, ours_twd__isnull=False, charge__isnull=False
                )
                | (
                    models.Q(result="amount", charge__isnull=False)
                    & ~models.Q(theirs_twd=models.F("ours_twd"))
                ),
            ),
            models.CheckConstraint(
                name="statement_line_explained_with_a_reason",
                condition=models.Q(explained_at=None, explanation="")
                | (
                    ~models.Q(explanation="")
                    & ~models.Q(result="matched")
                    & models.Q(explained_at__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["statement"],
                condition=~models.Q(result="matched") & models.Q(explained_at=None),
                name="statement_difference_open",
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="statement_line_stays", exclude=["explanation", "explained_by", "explained_at"]
            ),
            pgtrigger.Protect(name="statement_line_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.trade_no} {self.result}"
