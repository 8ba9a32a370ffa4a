"""The programme's books against the entries of the ledger (R-18), and what pages ask of the ledger's closed days."""

from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from tcloud.ledger import proof
from tcloud.ledger import queries as ledger
from tcloud.members.models import Company
from tcloud.points.models import Grant
from tcloud.programme.models import Programme

NAMED: Final = 100  # wrong grants and editions named in a report; all are counted

_GRANTS = f"""
    WITH flow AS MATERIALIZED ({ledger.FLOWS}),
    entry AS (
        SELECT split_part(key, '/', 2)::bigint AS id,
               coalesce(sum(in_points) FILTER (WHERE part = 'available' AND code = 'grant'), 0) AS granted,
               coalesce(sum(in_points - out_points) FILTER (WHERE part = 'available'), 0) AS available,
               coalesce(sum(in_points - out_points) FILTER (WHERE part = 'reserved'), 0) AS reserved,
               coalesce(sum(out_points) FILTER (WHERE part = 'reserved' AND code = 'redeem'), 0) AS redeemed,
               coalesce(sum(out_points) FILTER (WHERE part = 'available' AND code IN ('return', 'expire', 'reverse')), 0) AS back
          FROM (SELECT flow.*, split_part(key, '/', 3) AS part FROM flow
                 WHERE key ~ '^grant/[0-9]{{1,18}}/(available|reserved)$') f
         GROUP BY 1),
    held AS (
        SELECT grant_id AS id,
               coalesce(sum(points) FILTER (WHERE state = 'held'), 0) AS held,
               coalesce(sum(points) FILTER (WHERE state = 'redeemed'), 0) AS redeemed
          FROM points_reservation GROUP BY 1),
    judged AS (
        SELECT coalesce(g.id, e.id) AS id, array_remove(ARRAY[
               CASE WHEN g.id IS NULL THEN 'no_such_grant' END,
               CASE WHEN g.points <> coalesce(e.granted, 0) THEN 'granted' END,
               CASE WHEN g.points <> coalesce(e.available + e.reserved + e.redeemed + e.back, 0) THEN 'sum' END,
               CASE WHEN coalesce(e.reserved, 0) <> coalesce(h.held, 0) THEN 'reserved' END,
               CASE WHEN coalesce(e.redeemed, 0) <> coalesce(h.redeemed, 0) THEN 'redeemed' END,
               CASE WHEN g.closed_as <> '' AND e.available <> 0 THEN 'closed_with_points' END], NULL) AS what
          FROM points_grant g FULL JOIN entry e USING (id) LEFT JOIN held h ON h.id = coalesce(g.id, e.id))
    SELECT id, what, count(*) OVER () FROM judged WHERE cardinality(what) > 0 ORDER BY id LIMIT {NAMED}
"""  # noqa: S608  made of the constants above

_EDITIONS = f"""
    WITH flow AS MATERIALIZED ({ledger.FLOWS}),
    own AS (
        SELECT split_part(key, '/', 2)::bigint AS id,
               coalesce(sum(out_points - in_points) FILTER (WHERE part = 'authority'), 0) AS given,
               coalesce(sum(in_points - out_points) FILTER (WHERE part = 'appropriation'), 0) AS left_over,
               coalesce(sum(in_points - out_points) FILTER (WHERE part = 'payable'), 0) AS payable
          FROM (SELECT flow.*, split_part(key, '/', 1) AS part FROM flow
                 WHERE key ~ '^((authority|appropriation)/[0-9]{{1,18}}|payable/[0-9]{{1,18}}/.*)$') f
         GROUP BY 1),
    granted AS (
        SELECT g.programme_id AS id, sum(f.in_points - f.out_points) AS held
          FROM flow f JOIN points_grant g ON g.id = split_part(f.key, '/', 2)::bigint
         WHERE f.key ~ '^grant/[0-9]{{1,18}}/(available|reserved)$' GROUP BY 1)
    SELECT id, coalesce(given, 0), coalesce(left_over, 0), coalesce(held, 0), coalesce(payable, 0), count(*) OVER ()
      FROM own FULL JOIN granted USING (id)
     WHERE coalesce(given, 0) <> coalesce(left_over, 0) + coalesce(held, 0) + coalesce(payable, 0)
     ORDER BY id LIMIT {NAMED}
"""  # noqa: S608  made of the constants above


def _grants() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS)
        rows = cursor.fetchall()
    return {
        "count": Grant.objects.count(),
        "wrong_count": rows[0][2] if rows else 0,
        "wrong": [{"grant": pk, "what": what} for pk, what, _total in rows],
    }


def _editions() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_EDITIONS)
        rows = cursor.fetchall()
    names = ("edition", "appropriated", "left", "in_grants", "payable")
    return {
        "count": Programme.objects.count(),
        "wrong_count": rows[0][5] if rows else 0,
        "wrong": [{name: int(number) for name, number in zip(names, row[:5], strict=True)} for row in rows],
    }


def audit(*, most_entries: int | None = None, kept: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """R-18: recompute everything from the entries alone; `balanced` says whether all of it agrees.

    Beside the keys of `ledger.queries.audit`: `digests` (as `ledger.proof.audit`, which `most_entries` limits), `grants` (each grant's points
    = free + reserved + redeemed + taken back; its reservations; nothing free in a closed one), `editions` (appropriated − reduced = left +
    in grants + payable), with `kept` also what the kept digests say, and `differs_from`, the first day whose history is not what it was.
    Whole points; one pass of SQL each, memory bounded.
    """
    result = ledger.audit() | {
        "digests": proof.audit(most_entries=most_entries),
        "grants": _grants(),
        "editions": _editions(),
    }
    parts = [
        result["digests"]["wrong_days"],
        result["grants"]["wrong_count"],
        result["editions"]["wrong_count"],
    ]
    first = [row["day"] for row in result["digests"]["wrong"][:1]]
    if kept is not None:
        result["kept"] = proof.compare(kept)
        parts.append(result["kept"]["wrong_days"])
        first += [day for day in [result["kept"]["differs_from"]] if day]
    return result | {
        "balanced": result["balanced"] and not any(parts),
        "differs_from": min(first, default=None),
    }


# What pages ask; the ledger itself is closed to them


def state(*, at: datetime) -> proof.State:
    """How far the books are closed."""
    return proof.state(at=at)


def late_days(*, at: datetime) -> int:
    """Days that are over and not closed; 0 when all is well."""
    return proof.late_days(at=at)


def digests() -> QuerySet[Any]:
    """Every published digest, the newest first."""
    return proof.digests()


def digest_of(day: str) -> Any:
    """The digest of a day (YYYY-MM-DD), or None."""
    try:
        found = proof.digests().filter(day=date.fromisoformat(day)).first()
    except ValueError:
        return None
    return found if found and found.day.isoformat() == day else None


def published(digest: Any) -> dict[str, str]:
    """A digest as it is published: document and signature."""
    return proof.published(digest)


def public_keys() -> list[dict[str, str]]:
    """The public keys: key_id, pem."""
    return proof.public_keys()


def entries_of(digest: Any) -> QuerySet[Any]:
    """The entries of a closed day, or with None those not closed yet, in order, with accounts and cause."""
    return proof.entries_of(digest)


def proof_of_entry(entry_id: int, *, company: Company | None = None) -> dict[str, Any]:
    """The proof that an entry is in the books of its day, as `ledger.proof.proof_of_entry` gives it.

    With `company` only for an entry of its own grants. Raises LookupError when there is none, and the Refusals of the ledger.
    """
    if company is not None:
        grants = {key.split("/")[1] for key in proof.accounts_of(entry_id) if key.startswith("grant/")}
        if not Grant.objects.filter(company=company, pk__in=grants).exists():
            raise LookupError(f"no entry {entry_id} of this company")
    return proof.proof_of_entry(entry_id)
