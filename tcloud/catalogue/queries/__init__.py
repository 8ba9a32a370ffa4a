"""Questions about plans."""

from typing import NamedTuple

from django.db import connection
from django.db.models import Count, F, IntegerField, QuerySet, Value
from django.db.models.functions import Abs

from tcloud.catalogue.models import Category, Plan, SearchDocument


def listed() -> QuerySet[Plan]:
    """Plans that anyone may see, with everything a card shows in one query."""
    return Plan.objects.filter(listed_at__isnull=False, delisted_at=None).select_related(
        "current", "solution__supplier__company", "solution__category__parent"
    )


def orderable(*, price_min_twd: int = 0) -> QuerySet[Plan]:
    """Listed plans that can be ordered with points at this price or more, in no order."""
    return listed().filter(document__orderable=True, document__price_twd__gte=price_min_twd)


def categories_with_counts() -> list[Category]:
    """Top categories with `plan_count`, the number of listed plans in them and below them."""
    counted = dict(
        SearchDocument.objects.order_by()
        .values("category")
        .annotate(n=Count("pk"))
        .values_list("category", "n")
    )
    tops: dict[int, Category] = {}
    rows = list(Category.objects.order_by("position", "id"))
    for row in rows:
        if row.parent_id is None:
            row.plan_count = 0  # type: ignore[attr-defined]
            tops[row.pk] = row
    for row in rows:
        tops[row.parent_id or row.pk].plan_count += counted.get(row.pk, 0)  # type: ignore[attr-defined]
    return list(tops.values())


def by_code(code: str) -> Plan | None:
    """The listed plan with this code."""
    return listed().filter(code=code).first()


class Offered(NamedTuple):
    """What decides whether a listed plan may be ordered: its version, and its supplier's say and company."""

    version_id: int | None
    takes_orders: bool
    company_id: int | None


def for_ordering(plan_id: int) -> Offered | None:
    """The plan when it is listed, and nothing else of it: the busiest act of an opening day asks for no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.current_id, s.takes_orders, s.company_id FROM catalogue_plan p JOIN catalogue_solution n ON n.id = p.solution_id
            JOIN catalogue_supplier s ON s.id = n.supplier_id WHERE p.id = %s AND p.listed_at IS NOT NULL AND p.delisted_at IS NULL
            """,
            [plan_id],
        )
        row = cursor.fetchone()
    return Offered(*row) if row else None


def similar(plan: Plan) -> QuerySet[Plan]:
    """Listed plans of other solutions of the same category, those that take orders first, the nearest price on top."""
    price = plan.current.price_twd if plan.current else 0
    others = listed().filter(solution__category=plan.solution.category_id).exclude(solution=plan.solution_id)
    distance = Abs(F("current__price_twd") - Value(price, output_field=IntegerField()))
    return others.order_by("-solution__supplier__takes_orders", distance, "id")
