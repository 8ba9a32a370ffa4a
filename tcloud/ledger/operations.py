"""The one writer of the books (R-18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _
from psycopg.errors import NoDataFound

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal


@dataclass(frozen=True)
class Entry:
    """One transfer to be made: account keys, whole points, a code of the chart, and the key that makes it happen once."""

    key: str
    code: str
    debit: str
    credit: str
    amount_points: int


def open_accounts(keys: Iterable[str], *, guarded: bool = True, lock_rank: int = 0) -> None:
    """Open accounts that are not open yet, with nothing on them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_open(%s::text[], %s, %s)", [list(keys), guarded, lock_rank])


def transfer(entries: Iterable[Entry], *, event: Event, at: datetime) -> None:
    """R-18: post `entries`, all caused by `event`, as `transfer_many` does."""
    transfer_many(((entry, event.pk) for entry in entries), at=at)


def transfer_many(caused: Iterable[tuple[Entry, int]], *, at: datetime) -> None:
    """R-18: post entries in the order given, each with the id of the event that caused it; one statement, whatever their number.

    Accounts are moved in lock order (`lock_rank`, id) when all entries are in; what counts is the balance then. Call inside an
    operation's transaction. Raises Refusal `ledger.overdrawn` when a guarded account would go below zero and LookupError for an
    account that is not open; the surrounding transaction must then be rolled back.
    """
    wanted = list(caused)
    if not wanted:
        return
    columns: list[Any] = [
        [entry.key for entry, _cause in wanted],
        [entry.code for entry, _cause in wanted],
        [entry.debit for entry, _cause in wanted],
        [entry.credit for entry, _cause in wanted],
        [entry.amount_points for entry, _cause in wanted],
        [cause for _entry, cause in wanted],
    ]
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_post(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s)",
                [*columns, at],
            )
    except DatabaseError as error:
        if "ledger_account_never_overdrawn" in str(error):
            raise Refusal("ledger.overdrawn", _("點數不足，無法完成這筆交易。")) from error
        if isinstance(error.__cause__, NoDataFound):
            raise LookupError(str(error).splitlines()[0]) from error
        raise
