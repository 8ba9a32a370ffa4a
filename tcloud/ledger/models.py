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

    key = models.CharField(max_length=120)
    code = models.CharField(max_length=24)
    debit_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount_points = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_transfer_once"),
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


# One chain, one day after the other, each range where the one before ended; the bytes that were published are what is hashed.
_FOLLOWS = """
    SELECT d.day, d.last_id, encode(sha256(d.document), 'hex') AS hash INTO _last
      FROM ledger_digest d ORDER BY d.day DESC LIMIT 1;
    IF _last.day IS NULL THEN
        IF NEW.after_id <> 0 OR NEW.previous_sha256 <> '' THEN
            RAISE EXCEPTION 'ledger: the first digest begins at the first entry';
        END IF;
    ELSIF NEW.day <> _last.day + 1 OR NEW.after_id <> _last.last_id OR NEW.previous_sha256 <> _last.hash THEN
        RAISE EXCEPTION 'ledger: a digest continues the one of the day before';
    END IF;
    RETURN NEW;
"""


class Digest(models.Model):
    """What the books of one day came to, signed (R-18). Append-only; docs/decisions/0014 says how it is made and checked.

    It covers, in the order of their ids, the `entries` entries after `after_id` up to `last_id`: those not covered before, up to the last
    one recorded before `day` ended. `document` is what was signed and is published, to the byte; the columns repeat it. Not published:
    `salt`, from which each entry's own salt comes, and `blocks`, roots of subtrees that make the proof of one entry quick.
    """

    day = models.DateField(unique=True)
    after_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    points = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    previous_sha256 = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField()
    document = models.BinaryField()
    signature = models.BinaryField()
    key_id = models.CharField(max_length=16)
    salt = models.BinaryField()
    blocks = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_digest_covers_a_range",
                condition=models.Q(last_id=models.F("after_id"), entries=0, points=0)
                | models.Q(last_id__gt=models.F("after_id"), entries__gt=0, points__gt=0),
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="ledger_digest_follows",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("_last", "RECORD")],
                func=_FOLLOWS,
            ),
            pgtrigger.Protect(
                name="ledger_digest_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} ({self.entries})"
