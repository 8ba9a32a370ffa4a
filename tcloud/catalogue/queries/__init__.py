"""Questions about plans."""

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


def for_ordering(plan_id: int) -> Plan | None:
    """The plan when it is listed, with only what decides whether it may be ordered: its version, its supplier's company and say."""
    found = listed().filter(pk=plan_id).select_related(None).select_related("solution__supplier")
    return found.only(
        "current_id", "solution__supplier__takes_orders", "solution__supplier__company_id"
    ).first()


def similar(plan: Plan) -> QuerySet[Plan]:
    """Listed plans of other solutions of the same category, those that take orders first, the nearest price on top."""
    price = plan.current.price_twd if plan.current else 0
    others = listed().filter(solution__category=plan.solution.category_id).exclude(solution=plan.solution_id)
    distance = Abs(F("current__price_twd") - Value(price, output_field=IntegerField()))
    return others.order_by("-solution__supplier__takes_orders", distance, "id")
