"""Starts the shop by the other Python and prints what `order/submit-http` prints of ours."""

import argparse
import os
import statistics
import subprocess
import sys

import psycopg

from benches import serving, world
from benches.client import timed

ORDERS = 400


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.oscar")
    parser.add_argument("python", help="an interpreter that has django-oscar, granian and psycopg")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["DATABASE_URL"] = url = world.made_anew("tcloud_bench_oscar")
    made = subprocess.run(
        [options.python, "-W", "ignore", "-m", "benches.oscar.prepare", str(ORDERS * (options.rounds + 1) + 1)],
        cwd=world.ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    statements, *lines = made.stdout.splitlines()
    requests = [bytes.fromhex(line) for line in lines]
    port = serving.free_port()
    command = serving.granian("benches.oscar.wsgi:application", port, python=options.python)
    with serving.running(command, port, "benches.oscar.settings"):
        batches = [requests[start : start + ORDERS] for start in range(0, len(requests), ORDERS)]
        _warm, *seen = [timed(port, batch, status=302) for batch in batches]
    with psycopg.connect(url) as connection:
        (placed,) = connection.execute("SELECT count(*) FROM order_order").fetchone() or (0,)
    if placed != len(requests) + 1:
        raise RuntimeError(f"{placed} orders placed, not {len(requests) + 1}")
    rate, p99_ms = (statistics.median(column) for column in zip(*seen, strict=True))
    print(f"django-oscar places {rate:.0f} orders/s, p99 {p99_ms:.0f} ms, {statements} statements each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
