"""Accounts and transfers (R-18). Only `ledger` touches these tables."""

import pgtrigger
from django.db import models

from tcloud.core.models import Event

# The one place where balances change: the rows of a statement move each account once, in lock order (R-18, docs/decisions/0003).
_POST_IN_LOCK_ORDER = """
    FOR _moved IN
        SELECT p.account, sum(p.debit) AS debits, sum(p.credit) AS credits
          FROM (SELECT debit_account_id AS account, amount_points AS debit, 0 AS credit FROM posted
                UNION ALL SELECT credit_account_id, 0, amount_points FROM posted) p
         GROUP BY p.account
         ORDER BY (SELECT a.lock_rank FROM ledger_account a WHERE a.id = p.account), p.account
    LOOP
        UPDATE ledger_account a
           SET debits_points = a.debits_points + _moved.debits, credits_points = a.credits_points + _moved.credits
         WHERE a.id = _moved.account;
    END LOOP;
    RETURN NULL;
"""
_ONLY_BY_TRANSFER = """
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'ledger: the totals of an account change only by a transfer';
    END IF;
    RETURN NEW;
"""


class Account(models.Model):
    """Where points stand. Balance = credits − debits; a `guarded` account is never overdrawn.

    `key` names it: "appropriation/<programme>", "grant/<id>/available", "payable/<supplier>". `lock_rank` is its place in the lock
    order: low ranks first, the busy account of the whole edition last.
    """

    key = models.CharField(max_length=80, unique=True)
    lock_rank = models.PositiveSmallIntegerField(default=0)
    guarded = models.BooleanField(default=True)
    debits_points = models.BigIntegerField(default=0)
    credits_points = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_account_totals_never_negative",
                condition=models.Q(debits_points__gte=0, credits_points__gte=0),
            ),
            models.CheckConstraint(
                name="ledger_account_never_overdrawn",
                condition=models.Q(guarded=False) | models.Q(credits_points__gte=models.F("debits_points")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="ledger_account_only_by_transfer",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_ONLY_BY_TRANSFER,
            ),
            pgtrigger.Protect(
                name="ledger_account_begins_empty",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__debits_points=0, new__credits_points=0),
            ),
            pgtrigger.Protect(name="ledger_account_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def balance_points(self) -> int:
        """Credits less debits, in points."""
        return self.credits_points - self.debits_points


class Transfer(models.Model):
    """`amount_points` out of the debit account into the credit account, caused by `event`. Append-only.

    `key` makes a repeat harmless: the same act posts once.
    """

    key = models.CharField(max_length=120, unique=True)
    code = models.CharField(max_length=24)
    debit_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount_points = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_transfer_moves_something", condition=models.Q(amount_points__gt=0)
            ),
            models.CheckConstraint(
                name="ledger_transfer_two_accounts",
                condition=~models.Q(debit_account=models.F("credit_account")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="ledger_transfer_posts",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="posted"),
                declare=[("_moved", "RECORD")],
                func=_POST_IN_LOCK_ORDER,
            ),
            pgtrigger.Protect(
                name="ledger_transfer_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.amount_points} ({self.key})"
