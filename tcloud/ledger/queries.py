"""Questions to the books."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count, F, Min, Q, QuerySet, Sum

from tcloud.ledger.models import Account, Transfer


@dataclass(frozen=True)
class Line:
    """One entry as people read it: whole points, what it was (`code`), from and to which account, and its cause."""

    id: int
    at: datetime
    code: str
    debit: str
    credit: str
    amount_points: int
    event_type: str
    event_case: str


def balances(keys: Iterable[str]) -> dict[str, int]:
    """Balance in points of each account that is open."""
    rows = Account.objects.filter(key__in=list(keys))
    return {
        key: credits - debits
        for key, credits, debits in rows.values_list("key", "credits_points", "debits_points")
    }


def balance(key: str) -> int:
    """Balance in points; 0 for an account never opened."""
    return balances([key]).get(key, 0)


def lines(*, account_keys: Iterable[str] = (), event_ids: Iterable[int] = ()) -> list[Line]:
    """Entries touching the accounts with these keys, or caused by the events; oldest first."""
    touched = list(Account.objects.filter(key__in=list(account_keys)).values_list("pk", flat=True))
    match = Q(event_id__in=list(event_ids)) | _touching(touched)
    rows = Transfer.objects.filter(match).select_related("debit_account", "credit_account", "event")
    return [
        Line(
            row.pk,
            row.at,
            row.code,
            row.debit_account.key,
            row.credit_account.key,
            row.amount_points,
            row.event.type,
            row.event.case,
        )
        for row in rows.order_by("id")
    ]


def _touching(account_ids: list[int]) -> Q:
    """By the accounts' own ids: two index scans, however many accounts there are."""
    return Q(debit_account_id__in=account_ids) | Q(credit_account_id__in=account_ids)


@dataclass(frozen=True)
class Flow:
    """All entries of one code from one account to another: whole points, and how many entries."""

    debit: str
    credit: str
    code: str
    amount_points: int
    entries: int


def flows(account_keys: Iterable[str]) -> list[Flow]:
    """What moved into and out of the accounts with these keys, summed by way and code, in the order of the first entry."""
    touched = list(Account.objects.filter(key__in=list(account_keys)).values_list("pk", flat=True))
    grouped = Transfer.objects.filter(_touching(touched)).values(
        "debit_account__key", "credit_account__key", "code"
    )
    summed = grouped.annotate(points=Sum("amount_points"), entries=Count("id"), first=Min("id"))
    return [
        Flow(
            row["debit_account__key"], row["credit_account__key"], row["code"], row["points"], row["entries"]
        )
        for row in summed.order_by("first")
    ]


@dataclass(frozen=True)
class Turnover:
    """Everything that ever left (`debits_points`) and entered (`credits_points`) one account or several."""

    debits_points: int = 0
    credits_points: int = 0

    @property
    def balance_points(self) -> int:
        """Credits less debits, in points."""
        return self.credits_points - self.debits_points


def turnover(keys: Iterable[str] | QuerySet[Any]) -> Turnover:
    """Of all accounts with these keys together; a queryset of keys is asked inside the same statement."""
    wanted = keys if isinstance(keys, QuerySet) else list(keys)
    return _turnover(Account.objects.filter(key__in=wanted))


def turnover_below(prefix: str) -> Turnover:
    """Of all accounts whose key begins with `prefix` together. For the few accounts of suppliers, not for those of grants."""
    return _turnover(Account.objects.filter(key__startswith=prefix))


def _turnover(accounts: QuerySet[Account]) -> Turnover:
    sums = accounts.aggregate(debits=Sum("debits_points"), credits=Sum("credits_points"))
    return Turnover(sums["debits"] or 0, sums["credits"] or 0)


def turnovers(keys: Iterable[str]) -> dict[str, Turnover]:
    """Of each account; nothing for one never opened."""
    wanted = list(keys)
    rows = Account.objects.filter(key__in=wanted).values_list("key", "debits_points", "credits_points")
    return dict.fromkeys(wanted, Turnover()) | {key: Turnover(out, into) for key, out, into in rows}


# What each kind of transfer moved into and out of each account (in_points, out_points), from the entries alone; a subquery for audits.
FLOWS: Final = """
    SELECT a.key, t.code, sum(t.credit) AS in_points, sum(t.debit) AS out_points
      FROM (SELECT credit_account_id AS id, code, amount_points AS credit, 0 AS debit FROM ledger_transfer
             UNION ALL
            SELECT debit_account_id, code, 0, amount_points FROM ledger_transfer) t
      JOIN ledger_account a USING (id)
     GROUP BY a.key, t.code
"""

_RECOMPUTED = """
    SELECT a.key, a.debits_points, a.credits_points, coalesce(d.total, 0), coalesce(c.total, 0)
      FROM ledger_account a
      LEFT JOIN (SELECT debit_account_id id, sum(amount_points) total FROM ledger_transfer GROUP BY 1) d USING (id)
      LEFT JOIN (SELECT credit_account_id id, sum(amount_points) total FROM ledger_transfer GROUP BY 1) c USING (id)
     WHERE a.debits_points <> coalesce(d.total, 0) OR a.credits_points <> coalesce(c.total, 0)
"""


def audit() -> dict[str, Any]:
    """R-18: recompute every balance from the entries alone and compare.

    Returns {"balanced", "accounts", "transfers", "debits_points", "credits_points", "wrong_totals", "overdrawn", "by_code"}.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECOMPUTED)
        wrong = [row[0] for row in cursor.fetchall()]
    sums = Account.objects.aggregate(debits=Sum("debits_points"), credits=Sum("credits_points"))
    overdrawn = Account.objects.filter(guarded=True, debits_points__gt=F("credits_points"))
    by_code = Transfer.objects.values("code").annotate(total=Sum("amount_points")).order_by("code")
    debits, credits = sums["debits"] or 0, sums["credits"] or 0
    bad = sorted(overdrawn.values_list("key", flat=True))
    return {
        "balanced": not wrong and not bad and debits == credits,
        "accounts": Account.objects.count(),
        "transfers": Transfer.objects.count(),
        "debits_points": debits,
        "credits_points": credits,
        "wrong_totals": wrong,
        "overdrawn": bad,
        "by_code": {row["code"]: row["total"] for row in by_code},
    }
