"""Closing the days of the books (R-18): from then on their history can't be altered unnoticed by whoever kept the day's digest.

Which entries a day covers: those not covered before, up to the last one recorded, by the database's clock, before the day ended. A range
of ids must be complete before it is summed up, but ids are given when an entry is written and seen when it is committed: entry 7 may appear
after entry 8. So closing first takes a lock that waits for every open writer and lets no new one begin (`LOCK TABLE … IN SHARE MODE`), reads
the highest id, and lets go at once: every id up to it is decided. A writer still open at midnight is waited for a moment only; when it does
not end, nothing is closed and the next run tries again. What is committed later has a higher id and belongs to a later day.
"""

import secrets
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.ledger import days, signing
from tcloud.ledger.models import Digest, Transfer

# longer than the second after which the server makes automatic vacuum give way, short enough that no buyer notices the pause
LOCK_TIMEOUT: Final = "2s"
SALT_BYTES: Final = 32
CLOCKS_APART: Final = timedelta(days=1)


def close_days(*, by: Actor, at: datetime) -> list[Digest]:
    """R-18: close every day (Taipei) that is over at `at` and not closed yet, in order; a day without entries too. Returns those closed here.

    Two at once: each day is closed by one of them. Raises Refusal, the days before it staying closed: `ledger.busy` (a writer does not
    end), `ledger.clock_behind` (`at` lies on a day already closed), `ledger.clock_ahead` (more than a day past the database's clock, outside
    of demo and rehearsal), `ledger.no_signing_key`.
    """
    today = clock.taipei(at).date()
    last = Digest.objects.order_by("-day").first()
    if last and last.day >= today:
        raise Refusal(
            "ledger.clock_behind",
            _("帳本已經結到%(day)s，現在的時鐘卻還沒過這一天。請校正伺服器時間；沒有更動任何資料。"),
            day=last.day.isoformat(),
        )
    if last and last.day == today - timedelta(days=1):
        return []
    _check_clock(at)
    settled = _settled_id()
    closed: list[Digest] = []
    while last is None or last.day < today - timedelta(days=1):
        day = last.day + timedelta(days=1) if last else today - timedelta(days=1)
        made = _close(day, last, settled=settled, by=by, at=at)
        if made:
            closed.append(made)
        last = made or Digest.objects.latest("day")
    return closed


def _check_clock(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (database_now,) = cursor.fetchone()
    if at - database_now > CLOCKS_APART and not settings.DEBUG:
        raise Refusal(
            "ledger.clock_ahead",
            _("伺服器時鐘比資料庫快一天以上，無法結帳。請校正伺服器時間；沒有更動任何資料。"),
        )


def _settled_id() -> int:
    """The highest id of an entry, every lower one being decided: committed, or never to come. Holds up writers for an instant."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            cursor.execute("LOCK TABLE ledger_transfer IN SHARE MODE")
            cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_transfer")
            (found,) = cursor.fetchone()
            return int(found)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Refusal("ledger.busy", _("有一筆記帳還沒完成，稍後會自動再試。")) from error
        raise


def _close(day: date, last: Digest | None, *, settled: int, by: Actor, at: datetime) -> Digest | None:
    """The digest of `day`, after `last`; None when somebody else has just made it."""
    key = signing.signer()
    if key is None:
        raise Refusal("ledger.no_signing_key", _("沒有設定帳本的簽章金鑰，無法結帳。"))
    after_id = last.last_id if last else 0
    recorded = Transfer.objects.filter(id__gt=after_id, id__lte=settled, recorded_at__lt=clock.end_of(day))
    last_id = recorded.order_by("-id").values_list("id", flat=True).first() or after_id
    salt = secrets.token_bytes(SALT_BYTES)
    sums = days.sum_up(after_id, last_id, salt=salt)
    digest = Digest(
        day=day,
        after_id=after_id,
        last_id=last_id,
        entries=sums.entries,
        points=sums.points,
        root=sums.root,
        blocks=sums.blocks,
        salt=salt,
        previous_sha256=days.hash_of(last) if last else "",
        closed_at=at,
        key_id=signing.key_id_of(key),
    )
    digest.document = days.document_of(digest)
    digest.signature = key.sign(digest.document)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ledger_digest IN SHARE ROW EXCLUSIVE MODE")
        if Digest.objects.filter(day__gte=day).exists():
            return None
        digest.save(force_insert=True)
        facts = {"day": day.isoformat(), "entries": digest.entries, "root": digest.root}
        events.record(
            "ledger.day_closed", digest, case=f"ledger/{day}", by=by, at=at, announce=False, **facts
        )
    return digest
