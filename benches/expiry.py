"""points/expiry: one run of the take-back scan over ever more grants, in a process of its own; and the rush of an opening day."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

from benches.points import companies
from benches.world import ROOT

RAW_BATCH = 500


@dataclass(frozen=True)
class Scanned:
    """Grants a second, and the peak memory of the scanning process in MiB."""

    rate: float
    peak_mib: float


def fill(count: int) -> None:
    """`count` grants that ended unused, with their accounts, events and entries, by as few statements as can be."""
    from django.db import connection

    first = companies("Bench expiry", count)
    points = 30_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM programme_programme ORDER BY id LIMIT 1")
        (programme,) = cursor.fetchone()
        cursor.execute(
            "SELECT core_record_event('programme.appropriated', 'programme.programme/1', 'bench', now(), 'system', NULL, NULL, '', '{}', false)"
        )
        (event,) = cursor.fetchone()
        cursor.execute(
            "SELECT ledger_post(ARRAY['bench/' || %s], ARRAY['appropriate'], ARRAY['authority/' || %s], ARRAY['appropriation/' || %s],"
            " ARRAY[%s::bigint], ARRAY[%s::bigint], now())",
            [event, programme, programme, count * points, event],
        )
        cursor.execute(
            "INSERT INTO points_grant (programme_id, company_id, admission, points, granted_at, activate_before, expires_at, closed_as)"
            " SELECT %s, n, 1, %s, now() - interval '2 months', now() - interval '1 month' + (n %% 1000) * interval '1 second',"
            " now() + interval '1 month', '' FROM generate_series(%s::bigint, %s::bigint) n RETURNING id",
            [programme, points, first, first + count - 1],
        )
        grants = [pk for (pk,) in cursor.fetchall()]
        low, high = grants[0], grants[-1]
        cursor.execute(
            "INSERT INTO ledger_account (key, guarded, lock_rank, debits_points, credits_points)"
            " SELECT 'grant/' || g || side, true, 0, 0, 0 FROM generate_series(%s::bigint, %s::bigint) g, unnest(ARRAY['/available', '/reserved']) side",
            [low, high],
        )
        for start in range(low, high + 1, 20_000):
            cursor.execute(
                "INSERT INTO ledger_transfer (key, code, debit_account_id, credit_account_id, amount_points, at, event_id)"
                " SELECT 'grant/' || g, 'grant', d.id, c.id, %s, now() - interval '2 months', %s"
                " FROM generate_series(%s::bigint, %s::bigint) g JOIN ledger_account c ON c.key = 'grant/' || g || '/available',"
                " (SELECT id FROM ledger_account WHERE key = 'appropriation/' || %s) d",
                [points, event, start, min(start + 19_999, high), programme],
            )
        cursor.execute("VACUUM ANALYZE points_grant, ledger_account, ledger_transfer, core_event")


def scan(count: int) -> Scanned:
    """Fill in `count` grants and let one process take them all back."""
    fill(count)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benches.expiry"], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    taken, seconds, peak_mib = (float(word) for word in done.stdout.split()[-3:])
    if taken != count:
        raise RuntimeError(f"{taken} of {count} taken back, {time.perf_counter() - began:.0f} s")
    return Scanned(count / seconds, peak_mib)


def raw(count: int) -> float:
    """Grants a second by bare statements, as few as can be, in batches of the same size: the raw limit."""
    from django.db import connection, transaction

    fill(count)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        while True:
            with transaction.atomic():
                cursor.execute(_RAW, [RAW_BATCH])
                if not cursor.fetchone()[0]:
                    break
    return count / (time.perf_counter() - began)


_RAW = """
WITH due AS (
    SELECT id, programme_id, company_id, points FROM points_grant WHERE closed_as = '' AND usable_until <= now()
     ORDER BY usable_until, id LIMIT %s FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE points_grant g SET closed_as = 'unactivated', closed_at = now() FROM due WHERE g.id = due.id
), told AS (
    INSERT INTO core_event (type, subject, "case", at, actor_kind, actor_name, data)
    SELECT 'points.returned', 'points.grant/' || id, 'company/' || company_id, now(), 'system', '', '{}' FROM due
    RETURNING id, subject
), posted AS (
    INSERT INTO ledger_transfer (key, code, debit_account_id, credit_account_id, amount_points, at, event_id)
    SELECT 'return/' || due.id, 'return', d.id, c.id, due.points, now(), told.id
      FROM due JOIN told ON told.subject = 'points.grant/' || due.id
      JOIN ledger_account d ON d.key = 'grant/' || due.id || '/available'
      JOIN ledger_account c ON c.key = 'appropriation/' || due.programme_id
)
SELECT count(*) FROM due
"""


def main() -> None:
    import django

    django.setup()
    from functools import partial

    from tcloud.core import clock, scans
    from tcloud.points import operations, queries

    at, began = clock.now(), time.perf_counter()
    taken = scans.run(
        "points.take_back", partial(operations.take_back_due, at=at), due=queries.ended(at=at).count, at=at
    )
    print(taken, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
