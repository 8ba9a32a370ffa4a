"""Questions to the books."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, Sum

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


def lines(*, account_prefixes: Iterable[str] = (), event_ids: Iterable[int] = ()) -> list[Line]:
    """Entries touching accounts whose key begins with one of the prefixes, or caused by the events; oldest first."""
    match = Q(event_id__in=list(event_ids))
    for prefix in account_prefixes:
        match |= Q(debit_account__key__startswith=prefix) | Q(credit_account__key__startswith=prefix)
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


class Totals(NamedTuple):
    """All that ever went out of an account and into it, in points."""

    debits: int
    credits: int

    @property
    def balance(self) -> int:
        return self.credits - self.debits


def totals(keys: Iterable[str]) -> dict[str, Totals]:
    """Totals of each account; nothing for one never opened."""
    wanted = list(keys)
    rows = Account.objects.filter(key__in=wanted).values_list("key", "debits_points", "credits_points")
    return dict.fromkeys(wanted, Totals(0, 0)) | {key: Totals(out, into) for key, out, into in rows}


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
