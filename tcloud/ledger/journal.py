"""A statement of accounts: entries seen from two groups of accounts, with the running balance of each (R-18).

Read-only. The list and its sums begin with the same `_JOURNAL`, so that a page, an export and a total can't disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

Groups = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class Selection:
    """Which entries are wanted; what is left open does not narrow it. `before_at` is the first moment not wanted."""

    codes: Sequence[str] = ()
    account_keys: Sequence[str] = ()
    from_at: datetime | None = None
    before_at: datetime | None = None
    case: str = ""


EVERYTHING = Selection()


@dataclass(frozen=True)
class JournalLine:
    """One entry: what it did to the first and the second group, and the balance of each after it, in points."""

    id: int
    at: datetime
    code: str
    debit: str
    credit: str
    amount_points: int
    event_id: int
    changes: list[int]
    after: list[int]


@dataclass(frozen=True)
class JournalTotals:
    """How many entries, and what they brought into and took out of the first and the second group, in points."""

    entries: int
    into: tuple[int, int]
    out_of: tuple[int, int]


# Accounts are found by their exact keys and entries by their accounts' ids: index scans, however large the books are.
# The balances run over every entry of the groups, whatever is selected of them.
_JOURNAL = """
    WITH own AS MATERIALIZED (
        SELECT id, key = ANY (%(first)s::text[]) AS first, key = ANY (%(second)s::text[]) AS second
          FROM ledger_account WHERE key = ANY (%(first)s::text[] || %(second)s::text[])
    ), moved AS (
        SELECT t.*,
               t.amount_points * (coalesce(c.first, false)::int - coalesce(d.first, false)::int) AS first,
               t.amount_points * (coalesce(c.second, false)::int - coalesce(d.second, false)::int) AS second
          FROM ledger_transfer t
          LEFT JOIN own d ON d.id = t.debit_account_id
          LEFT JOIN own c ON c.id = t.credit_account_id
         WHERE t.debit_account_id = ANY (ARRAY(SELECT id FROM own))
            OR t.credit_account_id = ANY (ARRAY(SELECT id FROM own))
    ), journal AS (
        SELECT m.id, m.at, m.code, da.key AS debit, ca.key AS credit, m.amount_points, m.event_id, m.first, m.second,
               (sum(m.first) OVER (ORDER BY m.id))::bigint AS first_after,
               (sum(m.second) OVER (ORDER BY m.id))::bigint AS second_after,
               (%(codes)s::text[] = '{}' OR m.code = ANY (%(codes)s::text[]))
               AND (%(wanted)s::text[] = '{}' OR da.key = ANY (%(wanted)s::text[]) OR ca.key = ANY (%(wanted)s::text[]))
               AND (%(from_at)s::timestamptz IS NULL OR m.at >= %(from_at)s)
               AND (%(before_at)s::timestamptz IS NULL OR m.at < %(before_at)s)
               AND (%(case)s = '' OR e.case = %(case)s) AS selected
          FROM moved m
          JOIN ledger_account da ON da.id = m.debit_account_id
          JOIN ledger_account ca ON ca.id = m.credit_account_id
          JOIN core_event e ON e.id = m.event_id
    )
"""
_LINES = """
    SELECT id, at, code, debit, credit, amount_points, event_id, ARRAY[first, second], ARRAY[first_after, second_after]
      FROM journal WHERE selected ORDER BY id DESC OFFSET %(offset)s LIMIT %(limit)s
"""
_TOTALS = """
    SELECT count(*),
           coalesce(sum(greatest(first, 0)), 0)::bigint, coalesce(sum(greatest(second, 0)), 0)::bigint,
           coalesce(sum(greatest(-first, 0)), 0)::bigint, coalesce(sum(greatest(-second, 0)), 0)::bigint
      FROM journal GROUP BY GROUPING SETS ((), (selected)) HAVING grouping(selected) = 1 OR selected
     ORDER BY grouping(selected)
"""


def _ask(question: str, groups: Groups, selection: Selection, **more: int) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "first": list(groups[0]),
        "second": list(groups[1]),
        "codes": list(selection.codes),
        "wanted": list(selection.account_keys),
        "from_at": selection.from_at,
        "before_at": selection.before_at,
        "case": selection.case,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JOURNAL + question, values | more)
        return list(cursor.fetchall())


def journal(
    groups: Groups, selection: Selection = EVERYTHING, *, offset: int = 0, limit: int
) -> list[JournalLine]:
    """R-18: the selected entries that touched any account of the groups (exact keys), newest first."""
    rows = _ask(_LINES, groups, selection, offset=offset, limit=limit)
    return [JournalLine(*row) for row in rows]


def journal_totals(groups: Groups, selection: Selection = EVERYTHING) -> tuple[JournalTotals, JournalTotals]:
    """What `journal` lists, summed: (of the selected entries, of all)."""
    totals = [JournalTotals(row[0], row[1:3], row[3:]) for row in _ask(_TOTALS, groups, selection)]
    nothing = JournalTotals(0, (0, 0), (0, 0))
    return (totals[0] if len(totals) == 2 else nothing, totals[-1])
