"""The entries of the books as bytes: one canonical JSON document (RFC 8785) an entry, its cause included, the same for ever.

Amounts in whole points, moments in UTC to the microsecond. Read in pages by id, so that memory does not grow with the day.
"""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from django.db import connection

PAGE: Final = 2_000
_MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_ENTRIES = f"""
    SELECT t.id, t.key, t.code, d.key, c.key, t.amount_points, {_MOMENT.format("t.at")}, {_MOMENT.format("t.recorded_at")},
           e.id, e.type, e.subject, e."case", {_MOMENT.format("e.at")}, {_MOMENT.format("e.recorded_at")},
           e.actor_kind, e.actor_user_id, e.actor_company_id, e.actor_name, e.data::text
      FROM ledger_transfer t
      LEFT JOIN ledger_account d ON d.id = t.debit_account_id
      LEFT JOIN ledger_account c ON c.id = t.credit_account_id
      LEFT JOIN core_event e ON e.id = t.event_id
     WHERE t.id > %s AND t.id <= %s
     ORDER BY t.id LIMIT %s
"""  # noqa: S608  made of the constants above
_ENTRY = ("id", "key", "code", "debit", "credit", "amount_points", "at", "recorded_at")
_EVENT = (
    "id", "type", "subject", "case", "at", "recorded_at",
    "actor_kind", "actor_user_id", "actor_company_id", "actor_name", "data",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Canonical:
    """One entry: its id, its points, and its bytes as hashed."""

    id: int
    points: int
    content: bytes


def salt_of(salt: bytes, entry_id: int) -> str:
    """The entry's own salt, from the salt of its day: who is shown one entry with its proof learns nothing of its neighbours."""
    return hmac.digest(salt, str(entry_id).encode(), "sha256").hex()


def entries(after_id: int, last_id: int, *, salt: bytes, most: int | None = None) -> Iterator[Canonical]:
    """The entries with after_id < id ≤ last_id in the order of their ids, at most `most` of them."""
    while most is None or most > 0:
        wanted = PAGE if most is None else min(PAGE, most)
        with connection.cursor() as cursor:
            cursor.execute(_ENTRIES, [after_id, last_id, wanted])
            rows = cursor.fetchall()
        for row in rows:
            yield _canonical(row, salt)
        if len(rows) < wanted:
            return
        after_id = rows[-1][0]
        most = None if most is None else most - len(rows)


def _canonical(row: tuple[Any, ...], salt: bytes) -> Canonical:
    here = len(_ENTRY)
    entry: dict[str, Any] = dict(zip(_ENTRY, row[:here], strict=True))
    event = dict(zip(_EVENT, row[here:], strict=True))
    event["data"] = None if event["data"] is None else json.loads(event["data"])
    entry |= {"event": event, "salt": salt_of(salt, row[0])}
    return Canonical(row[0], row[5], dumps(entry))


def dumps(value: Any) -> bytes:
    """Canonical JSON. Whole numbers that a JSON reader may not keep exactly (beyond 2⁵³ − 1) are written as text (RFC 8785, App. D)."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.IntegerDomainError:
        return rfc8785.dumps(_as_text(value))


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    return str(value) if type(value) is int and abs(value) >= 2**53 else value
