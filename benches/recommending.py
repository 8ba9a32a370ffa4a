"""The rows of recommendations: their quality on a simulated population, and how fast they are with 300 and with 10,000 plans."""

import functools
import itertools
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from benches import simulated
from benches.recommendations import (
    AT,
    Quality,
    World,
    at_random,
    build,
    measure,
    most_popular,
    near,
    ours,
    shipped_offers,
    text_match,
    words_of,
)
from benches.rows import Row, take_turns

COMPANIES: Final = 4_000
SECONDS: Final = 2.0


@functools.cache
def _world() -> World:
    from tcloud.assessment.queries import latest_published
    from tcloud.catalogue import operations as catalogue

    content = latest_published().content
    return build(content, shipped_offers(catalogue.shipped("plans")), companies=COMPANIES)


def _search(word: str) -> Iterable[str]:
    from tcloud.catalogue.models import Plan
    from tcloud.catalogue.queries.search import RANKED, Categories, Criteria, ask, ids

    criteria, categories = Criteria(orderable=True), Categories.read()
    answer = ask(word, criteria, categories)
    found = ids(answer.rung, criteria, categories, per_page=RANKED) if answer.found else []
    codes = dict(Plan.objects.filter(pk__in=found).values_list("pk", "code"))
    return [codes[pk] for pk in found]


@functools.cache
def _qualities() -> dict[str, Quality]:
    from tcloud.catalogue import industries
    from tcloud.catalogue import operations as catalogue
    from tcloud.recommendations.queries import SECTIONS

    world = _world()
    known = near(SECTIONS, {code: row.section for code, row in industries.divisions().items()})
    words = words_of(catalogue.shipped("categories"))
    rankings = {
        "ours": ours(world, known),
        "unlearned": ours(world, known, learning=False),
        "popular": most_popular(world),
        "text": text_match(world, _search, words),
        "random": at_random(world),
    }
    return {name: measure(world, ranking) for name, ranking in rankings.items()}


def ndcg(name: str) -> Callable[[int], Row]:
    """NDCG@10 of a ranking in per cent of the best order there is."""

    def row(rounds: int) -> Row:
        found = _qualities()[name]
        title = f"recommendations/ndcg@{AT}" + ("" if name == "ours" else f"-{name}")
        return Row(title, "% of the best order", [100 * found.ndcg], [100.0], NOTES[name])

    return row


NOTES: Final = {
    "ours": f"{COMPANIES:,} simulated companies, half of them with orders",
    "unlearned": "ours before anything is known of similar companies",
    "popular": "baseline: what most companies ordered, the same for all",
    "text": "baseline: what the search finds for industry and needs",
    "random": "baseline: chance",
}


def aspects(title: str, unit: str, best: float, of: Callable[[Quality], float]) -> Callable[[int], Row]:
    """Another measure of ours, the baselines' in the note."""

    def row(rounds: int) -> Row:
        found = _qualities()
        note = ", ".join(f"{name} {of(quality):.2f}" for name, quality in found.items() if name != "ours")
        return Row(f"recommendations/{title}", unit, [of(found["ours"])], [best], note)

    return row


def latency(plans: int) -> Callable[[int], Row]:
    """`for_company` on a catalogue of about so many plans, against its bare statements with nothing made of the rows."""

    def row(rounds: int) -> Row:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from tcloud.core import clock
        from tcloud.recommendations import queries

        company, programme = _buyer()
        _fill_up(plans)
        with CaptureQueriesContext(connection) as captured:
            queries.for_company(company, programme, at=clock.now())
        statements = [each["sql"] for each in captured.captured_queries]
        times: list[float] = []

        def recommend() -> None:
            queries.for_company(company, programme, at=clock.now())

        def bare() -> None:
            with connection.cursor() as cursor:
                for sql in statements:
                    cursor.execute(sql)
                    cursor.fetchall()

        measured = take_turns(
            f"recommendations/{'10k' if plans >= 10_000 else plans}-plans", "lists/s",
            lambda: _rate(recommend, times), lambda: _rate(bare, []), rounds=min(rounds, 3),
        )  # fmt: skip
        note = f"{len(statements)} statements, median {1000 * statistics.median(times):.1f} ms"
        return Row(measured.name, measured.unit, measured.values, measured.limits, note)

    return row


def _rate(act: Callable[[], None], times: list[float]) -> float:
    end, done = time.perf_counter() + SECONDS, 0
    began = time.perf_counter()
    while (now := time.perf_counter()) < end:
        act()
        times.append(time.perf_counter() - now)
        done += 1
    return done / (time.perf_counter() - began)


@functools.cache
def _buyer() -> tuple[Any, Any]:
    """A company with a sent assessment and its points, like one of the simulated ones."""
    from tcloud.assessment import operations as assessments
    from tcloud.assessment.models import Assessment
    from tcloud.core import clock
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.members import operations as members
    from tcloud.points import operations as points
    from tcloud.programme.models import Programme

    now, programme = clock.now(), Programme.objects.earliest("id")
    company = members.register_company("50000004", name="推薦商行（示範）", address="臺北市（示範）")
    user = members.register_person(
        company, email="recommended@bench.example", name="示範", phone="", password_hash="!", language="zh-hant",
        by=THE_SYSTEM, at=now,
    )  # fmt: skip
    points.admit(programme, company, at=now)
    assessment = assessments.start(programme, company, by=THE_SYSTEM, at=now)
    Assessment.objects.filter(pk=assessment.pk).update(answers=_world().buyers[0].answers)
    assessments.complete(assessment, user=user, by=THE_SYSTEM, at=now)
    return company, programme


def _fill_up(plans: int) -> None:
    """Add simulated plans to the catalogue until there are so many, of the suppliers there are."""
    from django.db import connection
    from django.db.models import F

    from tcloud.catalogue.models import Category, Plan, PlanVersion, Solution, Supplier
    from tcloud.core import clock

    missing = plans - Plan.objects.count()
    if missing <= 0:
        return
    now, suppliers = clock.now(), list(Supplier.objects.filter(takes_orders=True))
    categories = {row.code: row for row in Category.objects.all()}
    made = simulated.catalogue(missing)
    solutions = {
        number: Solution(
            supplier=suppliers[rows[0]["supplier"] % len(suppliers)], category=categories[rows[0]["category"]],
            name=f"模擬{number}", name_en=f"Simulated {number}",
        )
        for number, group in itertools.groupby(made, key=lambda row: row["solution"])
        for rows in [list(group)]
    }  # fmt: skip
    Solution.objects.bulk_create(solutions.values())
    rows = Plan.objects.bulk_create(
        Plan(solution=solutions[row["solution"]], code=row["code"]) for row in made
    )
    own = ("price_twd", "term_months", "employees_from", "employees_to", "seats", "has_trial")
    PlanVersion.objects.bulk_create(
        PlanVersion(
            plan=plan, number=1, name=row["code"], name_en=row["code"], blurb="模擬", blurb_en="Simulated", description="模擬",
            description_en="Simulated", industries=list(row["industries"]), created_at=now, **{name: row[name] for name in own},
        )
        for plan, row in zip(rows, made, strict=True)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_plan p SET current_id = v.id, listed_at = %s FROM catalogue_planversion v"
            " WHERE v.plan_id = p.id AND p.current_id IS NULL",
            [now],
        )
        cursor.execute("ANALYZE")
    assert Plan.objects.filter(current__plan=F("pk")).count() >= plans


ROWS: Final[dict[str, Callable[[int], Row]]] = {
    "recommendations/ndcg@10": ndcg("ours"),
    "recommendations/ndcg@10-unlearned": ndcg("unlearned"),
    "recommendations/ndcg@10-popular": ndcg("popular"),
    "recommendations/ndcg@10-text": ndcg("text"),
    "recommendations/ndcg@10-random": ndcg("random"),
    "recommendations/coverage": aspects("coverage", "% of plans shown", 100, lambda of: 100 * of.coverage),
    "recommendations/diversity": aspects("diversity", "categories of 6", 6, lambda of: of.categories),
    "recommendations/price": aspects("price", "% of suiting plans'", 100, lambda of: 100 * of.price_ratio),
    "recommendations/300-plans": latency(300),
    "recommendations/10k-plans": latency(10_000),
}
