"""The one writer of the books (R-18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger.models import Account, Transfer


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
    Account.objects.bulk_create(
        [Account(key=key, guarded=guarded, lock_rank=lock_rank) for key in keys], ignore_conflicts=True
    )


def lock(key: str) -> None:
    """Hold an account until the transaction ends, so that what is read of it next stays true. Its place in the lock order counts."""
    list(Account.objects.select_for_update().filter(key=key).values_list("pk"))


def transfer(entries: Iterable[Entry], *, event: Event, at: datetime) -> list[Transfer]:
    """R-18: post `entries` in the order given (callers follow the lock order: grants by expiry and id, appropriation last).

    Call inside an operation's transaction. Raises Refusal `ledger.overdrawn` when a guarded account would go below zero and
    LookupError for an account that is not open; the surrounding transaction must then be rolled back.
    """
    wanted = list(entries)
    if not wanted:
        return []
    keys = {key for entry in wanted for key in (entry.debit, entry.credit)}
    ids = dict(Account.objects.filter(key__in=keys).values_list("key", "id"))
    if missing := sorted(keys - ids.keys()):
        raise LookupError(f"no such account: {', '.join(missing)}")
    rows = [
        Transfer(
            key=entry.key,
            code=entry.code,
            debit_account_id=ids[entry.debit],
            credit_account_id=ids[entry.credit],
            amount_points=entry.amount_points,
            at=at,
            event=event,
        )
        for entry in wanted
    ]
    try:
        return Transfer.objects.bulk_create(rows)
    except IntegrityError as error:
        if "ledger_account_never_overdrawn" in str(error):
            raise Refusal("ledger.overdrawn", _("點數不足，無法完成這筆交易。")) from error
        raise
