"""Closing a day and auditing it, at 10,000, 100,000 and 1,000,000 entries: entries a second, memory, and the proof of one (docs/decisions/0014).

python -m benches.digests [--sizes 10000,100000,1000000]
"""

import argparse
import resource
import time
from collections import deque
from datetime import timedelta

from benches import world

_FILL = """
    WITH e AS (
        INSERT INTO core_event (type, subject, "case", at, actor_kind, actor_company_id, actor_name, data)
        SELECT 'points.granted', 'points.grant/' || n, 'company/' || n, now(), 'company', n, '測試商行 ' || n,
               jsonb_build_object('points', 30000, 'expires_at', '2027-05-01T00:00:00+08:00', 'activate_before', '2027-03-01T00:00:00+08:00')
          FROM generate_series(1, %(size)s) n RETURNING id)
    INSERT INTO ledger_transfer (key, code, debit_account_id, credit_account_id, amount_points, at, event_id)
    SELECT 'bench/' || id, 'grant', (SELECT min(id) FROM ledger_account), (SELECT max(id) FROM ledger_account), 30000, now(), id FROM e;
"""


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.digests")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    sizes = [int(size) for size in parser.parse_args().sizes.split(",")]
    world.prepare()
    from django.conf import settings
    from django.db import connection

    from tcloud.core import clock
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.ledger import closing, proof
    from tcloud.points import books
    from tests.factories import guards_off

    settings.DEBUG = True  # days ahead of the database's clock, as in a rehearsal
    connection.queries_log = deque(maxlen=0)  # nor keep the statements, as Django does then
    started = clock.now()
    closing.close_days(by=THE_SYSTEM, at=started)
    print(f"memory before: {_memory_mib():.0f} MiB")
    print(f"{'entries':>10}{'closed in':>12}{'entries/s':>12}{'one proof':>12}{'peak memory':>14}")
    for number, size in enumerate(sizes, 1):
        with guards_off(), connection.cursor() as cursor:
            cursor.execute(_FILL, {"size": size})
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        begun = time.perf_counter()
        (digest,) = closing.close_days(by=THE_SYSTEM, at=started + timedelta(days=number))
        took = time.perf_counter() - begun
        begun = time.perf_counter()
        proof.proof_of_entry(digest.last_id - size // 2)
        shown = time.perf_counter() - begun
        print(
            f"{digest.entries:>10,}{took:>10.1f} s{digest.entries / took:>12,.0f}{shown * 1000:>9.0f} ms{_memory_mib():>10.0f} MiB",
            flush=True,
        )
    begun = time.perf_counter()
    found = books.audit()
    took = time.perf_counter() - begun
    total = found["digests"]["recomputed_entries"]
    print(
        f"audit of everything: {total:,} entries in {took:.1f} s, {total / took:,.0f} entries/s; peak memory {_memory_mib():.0f} MiB"
    )


if __name__ == "__main__":
    main()
