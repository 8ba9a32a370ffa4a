"""search/*: how good the answers are, by the judged queries of the tests. catalogue/search-p95-*: what a faceted search costs the server.

Milliseconds of the whole answer in this process, from the request to the finished page, never a kept one (cards may be); p95 over the judged queries with
conditions in turn. Beside it, as raw limit, the 95th percentile of the least statement there can be: counting what the words find.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

from benches.rows import Row

CONDITIONS: tuple[dict[str, str], ...] = (
    {}, {"orderable": "1"}, {"category": "hr"}, {"price": "to-30000", "term": "12"}, {"taiwan": "1", "trial": "1", "price": "to-60000"},
    {"area": "daily_operations", "sort": "price"}, {"industry": "56", "price_from": "1000", "price_to": "50000"},
)  # fmt: skip
SMALL: list[float] = []  # p95 of the smallest catalogue measured in this run


def grow(plans: int) -> None:
    """Add invented plans until there are that many of them (tcloud.catalogue.scale)."""
    from django.db import connection

    from tcloud.catalogue.models import Plan
    from tcloud.catalogue.scale import PREFIX
    from tcloud.core import clock
    from tcloud.web import demo

    if Plan.objects.filter(code__startswith=PREFIX).count() < plans:
        demo.many_plans(plans, at=clock.now())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _judged() -> tuple[float, float, int]:
    from tcloud.catalogue.models import Plan
    from tcloud.catalogue.queries import search
    from tcloud.catalogue.queries.search import Categories, Criteria
    from tests.catalogue import judged

    categories = Categories.read()

    def find(words: str) -> list[tuple[str, str]]:
        answer = search.ask(words, Criteria(), categories)
        found = search.plans(search.ids(answer.rung, Criteria(), categories)) if answer.counts.total else []
        return [(plan.code, plan.solution.category.code) for plan in found]

    everything = list(
        Plan.objects.filter(document__isnull=False).values_list("code", "solution__category__code")
    )
    return *judged.measure(find, everything), len(judged.queries())


def ndcg(rounds: int) -> Row:
    """Mean NDCG@10 of the judged queries on the shipped plans; 1 would be the best order."""
    value, _zero, queries = _judged()
    return Row("search/ndcg@10", "NDCG", [value], [1.0], f"{queries} judged queries")


def zero_results(rounds: int) -> Row:
    """Share of the judged queries that find nothing."""
    _value, zero, queries = _judged()
    return Row("search/zero-results", "% of queries", [100 * zero], [], f"{queries} judged queries")


def _addresses() -> list[str]:
    from tests.catalogue import judged

    return [
        "/plans/?" + urlencode({"q": one.query} | conditions)
        for one, conditions in zip(judged.queries(), cycle(CONDITIONS), strict=False)
    ]


def _p95(calls: Sequence[Callable[[], Any]], rounds: int) -> float:
    """95th percentile in ms over the calls, of each the best of the rounds, so that other work on the machine counts little."""
    best = [float("inf")] * len(calls)
    for _round in range(rounds + 1):
        for place, call in enumerate(calls):
            began = time.perf_counter()
            call()
            best[place] = min(best[place], time.perf_counter() - began)
    return 1000 * statistics.quantiles(best, n=20)[18]


def p95(plans: int, rounds: int) -> Row:
    """p95 of a faceted search with so many plans."""
    grow(plans)
    ours = _p95([_page(address) for address in _addresses()], rounds)
    limit = _p95([_least(address) for address in _addresses()], rounds)
    note = "ms of server time, limit: counting the hits"
    if SMALL:
        note += f"; {ours / SMALL[0]:.1f} times that of the shipped plans"
    else:
        SMALL.append(ours)
    return Row(f"catalogue/search-p95-{f'{plans // 1000}k' if plans else '300'}", "ms", [ours], [limit], note)


def _page(address: str) -> Callable[[], Any]:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.cookies["messages"] = "none"  # whoever has one gets no kept page

    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {address}")

    return ask


def _least(address: str) -> Callable[[], Any]:
    from urllib.parse import parse_qs, urlsplit

    from django.db import connection
    from psycopg import ClientCursor

    from tcloud.catalogue.queries.words import understand

    rung = understand(parse_qs(urlsplit(address).query)["q"][0]).rung

    def ask() -> None:
        connection.ensure_connection()
        with ClientCursor(connection.connection) as cursor:  # as the search itself: both statements at once
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SELECT count(*) FROM catalogue_searchdocument WHERE words @@ ANY (%s::tsquery[])",
                [list(rung.queries) if rung else ["'x'"]],
            )
            cursor.nextset()
            cursor.fetchone()

    return ask


def suggest_p95(plans: int, rounds: int) -> Row:
    """p95 of the words offered for the first one and two characters of each judged query."""
    from tcloud.catalogue.queries.suggest import suggest
    from tests.catalogue import judged

    grow(plans)
    typed = list(dict.fromkeys(one.query[:length] for one in judged.queries() for length in (1, 2)))
    calls = [partial(suggest, words) for words in typed]
    return Row(
        f"catalogue/suggest-p95-{plans // 1000}k", "ms", [_p95(calls, rounds)], [], "ms of server time"
    )
