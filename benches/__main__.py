"""Measure, print a table, write bench.json.

python -m benches [--only NAME] [--rounds N] [--output bench.json]
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from benches import contracts, deadlines, orders, points, recommending, rush, searching, serving, world
from benches import expiry as expiring
from benches.client import rate, request, timed
from benches.minimal.submission import STATEMENTS
from benches.rows import Row, table, take_turns

PAGE_REQUESTS = 150
ORDER_REQUESTS = 400
ACT_SECONDS = 4.0


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


def catalogue_page_100k(rounds: int) -> Row:
    """The list of plans as a visitor gets it, with 100,000 plans."""
    searching.grow(100_000)
    return replace(catalogue_page(rounds), name="catalogue/page-100k")


def catalogue_member(rounds: int) -> Row:
    """The same list as a signed-in member gets it: built for her each time, from kept cards."""
    return pages("catalogue/page-member", ["/plans/"], rounds=rounds, cookies=orders.signed_in())


def plan_page(rounds: int) -> Row:
    """The pages of the plans on the first page of the list."""
    from tcloud.catalogue.queries import listed

    return pages(
        "plan/page",
        [f"/plans/{plan.code}/" for plan in listed().order_by("-listed_at", "-pk")[:20]],
        rounds=rounds,
    )


def submit_http(rounds: int) -> Row:
    """Submission of signed drafts against a minimal view that makes the same statements and nothing else."""
    drafts = ORDER_REQUESTS * (rounds + 1)
    requests, raw = orders.prepare(drafts)
    ours, minimal = serving.free_port(), serving.free_port()
    before = orders.submitted()
    p99_ms: dict[int, list[float]] = {ours: [], minimal: []}

    def sending(port: int, requests: list[bytes]) -> Callable[[], float]:
        batches = (
            requests[start : start + ORDER_REQUESTS] for start in range(0, len(requests), ORDER_REQUESTS)
        )

        def send() -> float:
            per_second, p99 = timed(port, next(batches), status=302)
            p99_ms[port].append(p99)
            return per_second

        return send

    with (
        serving.running(serving.granian(serving.OURS, ours), ours),
        serving.running(serving.granian(serving.MINIMAL, minimal), minimal, "benches.minimal.settings"),
    ):
        mine, least = sending(ours, requests), sending(minimal, raw)
        mine()
        least()
        row = take_turns("order/submit-http", "orders/s", mine, least, rounds=rounds)
    if orders.submitted() - before != 2 * drafts:
        raise RuntimeError("some orders were not submitted")
    worst = [statistics.median(p99_ms[port][1:]) for port in (ours, minimal)]
    note = f"{STATEMENTS} statements; p99 {worst[0]:.0f} ms, of the minimal view {worst[1]:.0f} ms"
    return replace(row, note=note)


def acts(kind: str, clients: int, rounds: int) -> Row:
    """points.grant or points.reserve by as many processes, against pgbench with as many clients and the same statements."""
    act = points.reserve_act() if kind == "reserve" else points.grant_act()
    operation, url = points.Operation(kind, act), os.environ["DATABASE_URL"]
    ours, limits = [], []
    for _round in range(min(rounds, 3)):
        limits.append(points.pgbench(act.script, clients, ACT_SECONDS, url))
        ours.append(operation(clients, ACT_SECONDS))
    p99 = [statistics.median(one.p99_ms for one in them) for them in (ours, limits)]
    return Row(
        f"points/{kind}" + (f"-{clients}" if clients != 8 else ""), f"{kind}s/s", [one.rate for one in ours],
        [one.rate for one in limits], f"p99 {p99[0]:.1f} ms, limit's {p99[1]:.1f} ms",
    )  # fmt: skip


def opening_rush(rounds: int) -> Row:
    """Ten thousand assessments sent at once, by 32 clients, with a budget for six thousand; against pgbench granting alone."""
    limit = points.pgbench(points.grant_act().script, rush.CLIENTS, ACT_SECONDS, os.environ["DATABASE_URL"])
    done = rush.rush(*rush.prepare())
    note = f"{rush.COMPANIES:,} companies in {done.seconds:.1f} s, p99 {done.p99_ms:.0f} ms: {rush.PAID_FOR:,} granted, the others wait in order"
    return Row("points/rush", "assessments/s", [rush.COMPANIES / done.seconds], [limit.rate], note)


def expiry(count: int) -> Callable[[int], Row]:
    """A row of one run of the scan over so many grants."""

    def measure(rounds: int) -> Row:
        limit = expiring.raw(min(count, 50_000))
        done = expiring.scan(count)
        name = (
            f"points/expiry-{count // 1000}k" if count < 1_000_000 else f"points/expiry-{count // 1_000_000}M"
        )
        return Row(name, "grants/s", [done.rate], [limit], f"peak {done.peak_mib:.0f} MiB")

    return measure


BENCHES: dict[str, Callable[[int], Row]] = {
    "catalogue/page": catalogue_page,
    "catalogue/page-member": catalogue_member,
    "plan/page": plan_page,
    "order/submit-http": submit_http,
    "contract/build": contracts.build,
    "contract/sign": contracts.sign,
    "contract/verify": contracts.verify,
    "points/grant": partial(acts, "grant", 8),
    "points/grant-32": partial(acts, "grant", 32),
    "points/reserve": partial(acts, "reserve", 8),
    "points/reserve-32": partial(acts, "reserve", 32),
    "points/rush": opening_rush,
    "points/expiry-10k": expiry(10_000),
    "points/expiry-100k": expiry(100_000),
    "points/expiry-1M": expiry(1_000_000),
    "order/deadline-scan-1M": deadlines.scan,
    **recommending.ROWS,
    # the catalogue grows from here on
    "search/ndcg@10": searching.ndcg,
    "search/zero-results": searching.zero_results,
    "catalogue/search-p95-300": partial(searching.p95, 0),
    "catalogue/search-p95-10k": partial(searching.p95, 10_000),
    "catalogue/search-p95-100k": partial(searching.p95, 100_000),
    "catalogue/suggest-p95-100k": partial(searching.suggest_p95, 100_000),
    "catalogue/page-100k": catalogue_page_100k,
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
