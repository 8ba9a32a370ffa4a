"""Measure, print a table, write bench.json.

python -m benches [--only NAME] [--rounds N] [--output bench.json]
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from benches import orders, points, serving, world
from benches.client import rate, request
from benches.rows import Row, table, take_turns

PAGE_REQUESTS = 150
ORDER_REQUESTS = 96
RESERVE_SECONDS = 3.0


def pages(name: str, paths: list[str], *, rounds: int, cookies: dict[str, str] | None = None) -> Row:
    """A page of the real application against the minimal page of 20 rows, on servers started the same way."""
    ours, minimal = serving.free_port(), serving.free_port()
    asked = [request("GET", paths[place % len(paths)], cookies=cookies) for place in range(PAGE_REQUESTS)]
    raw = [request("GET", "/page/")] * PAGE_REQUESTS
    with (
        serving.running(serving.granian(serving.OURS, ours), ours),
        serving.running(serving.granian(serving.MINIMAL, minimal), minimal, "benches.minimal.settings"),
    ):
        for _warm in range(2):
            rate(ours, asked)
            rate(minimal, raw)
        return take_turns(
            name, "requests/s", lambda: rate(ours, asked), lambda: rate(minimal, raw), rounds=rounds
        )


def catalogue_page(rounds: int) -> Row:
    """The list of plans, first page, as a visitor gets it."""
    return pages("catalogue/page", ["/plans/"], rounds=rounds)


def catalogue_member(rounds: int) -> Row:
    """The same list as a signed-in member gets it: built for her each time, never kept."""
    return pages("catalogue/page-member", ["/plans/"], rounds=rounds, cookies=orders.signed_in())


def plan_page(rounds: int) -> Row:
    """The pages of the plans on the first page of the list."""
    from tcloud.catalogue.queries import search

    return pages("plan/page", [f"/plans/{plan.code}/" for plan in search()[:20]], rounds=rounds)


def submit_http(rounds: int) -> Row:
    """Submission of signed drafts against a minimal view with as many statements of each kind in one transaction."""
    sending = orders.prepare(ORDER_REQUESTS * (rounds + 1))
    print(
        f"order/submit-http: {sum(sending.statements.values())} statements {dict(sending.statements)}",
        flush=True,
    )
    ours, minimal = serving.free_port(), serving.free_port()
    batches = iter(
        [
            sending.requests[start : start + ORDER_REQUESTS]
            for start in range(0, len(sending.requests), ORDER_REQUESTS)
        ]
    )
    raw = sending.limits(ORDER_REQUESTS)
    before = orders.submitted()
    with (
        serving.running(serving.granian(serving.OURS, ours), ours),
        serving.running(serving.granian(serving.MINIMAL, minimal), minimal, "benches.minimal.settings"),
    ):
        warm = [request("GET", "/plans/")] * 32
        rate(ours, warm)
        rate(ours, next(batches), status=302)
        rate(minimal, raw, status=302)
        row = take_turns(
            "order/submit-http", "orders/s",
            lambda: rate(ours, next(batches), status=302), lambda: rate(minimal, raw, status=302), rounds=rounds,
        )  # fmt: skip
    if orders.submitted() - before != len(sending.requests):
        raise RuntimeError("some orders were not submitted")
    return row


def reserve(rounds: int) -> Row:
    """points.reserve in eight processes against pgbench with the same statements."""
    prepared = points.prepare()
    companies, scripts = [pk for pk, _script in prepared], [script for _pk, script in prepared]
    url = os.environ["DATABASE_URL"]
    return take_turns(
        "points/reserve", "reservations/s",
        lambda: points.operation_rate(companies, RESERVE_SECONDS),
        lambda: points.pgbench_rate(scripts, RESERVE_SECONDS, url), rounds=min(rounds, 3),
    )  # fmt: skip


BENCHES: dict[str, Callable[[int], Row]] = {
    "catalogue/page": catalogue_page,
    "catalogue/page-member": catalogue_member,
    "plan/page": plan_page,
    "order/submit-http": submit_http,
    "points/reserve": reserve,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches")
    parser.add_argument("--only", action="append", choices=BENCHES, help="only this row; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of limit and subject in turn")
    parser.add_argument("--output", type=Path, default=world.ROOT / "bench.json")
    options = parser.parse_args()
    world.prepare()
    rows = []
    for name, bench in BENCHES.items():
        if not options.only or name in options.only:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows.append(bench(options.rounds))
    options.output.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n", encoding="utf-8")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
