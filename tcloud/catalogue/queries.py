"""Questions about plans."""

from typing import Final

from django.db import connection
from django.db.models import Count, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Abs, Coalesce

from tcloud.catalogue.models import Category, Plan, PlanVersion, Solution, Supplier
from tcloud.programme.models import Programme

SORTS = {
    "newest": ("-listed_at", "-id"),
    "price": ("current__price_twd", "id"),
    "-price": ("-current__price_twd", "id"),
}


def listed() -> QuerySet[Plan]:
    """Plans that anyone may see, with everything a card shows in one query."""
    return Plan.objects.filter(listed_at__isnull=False, delisted_at=None).select_related(
        "current", "solution__supplier__company", "solution__category__parent"
    )


def search(
    words: str = "",
    *,
    categories: list[str] | None = None,
    price_min_twd: int | None = None,
    price_max_twd: int | None = None,
    terms_months: list[int] | None = None,
    orderable: bool = False,
    sort: str = "newest",
) -> QuerySet[Plan]:
    """Listed plans that contain every word (name, supplier, category, shop words), narrowed and sorted.

    `categories` are codes of either level; prices in NT$, inclusive. An unknown `sort` means newest first.
    """
    found = listed()
    for word in words.split()[:8]:
        found = found.filter(
            Q(current__name__icontains=word)
            | Q(current__blurb__icontains=word)
            | Q(current__search_words__icontains=word)
            | Q(solution__name__icontains=word)
            | Q(solution__name_en__icontains=word)
            | Q(solution__supplier__name__icontains=word)
            | Q(solution__category__name__icontains=word)
            | Q(solution__category__parent__name__icontains=word)
        )
    if categories:
        found = found.filter(
            Q(solution__category__code__in=categories) | Q(solution__category__parent__code__in=categories)
        )
    if price_min_twd is not None:
        found = found.filter(current__price_twd__gte=price_min_twd)
    if price_max_twd is not None:
        found = found.filter(current__price_twd__lte=price_max_twd)
    if terms_months:
        found = found.filter(current__term_months__in=terms_months)
    if orderable:
        found = found.filter(solution__supplier__takes_orders=True)
    return found.order_by(*SORTS.get(sort, SORTS["newest"]))


def categories_with_counts() -> QuerySet[Category]:
    """Top categories with `plan_count`, the number of listed plans in them and below them."""
    below = Plan.objects.filter(
        Q(solution__category=OuterRef("pk")) | Q(solution__category__parent=OuterRef("pk")),
        listed_at__isnull=False,
        delisted_at=None,
    )
    counted = below.order_by().values(one=Value(1)).annotate(count=Count("pk")).values("count")
    return Category.objects.filter(parent=None).annotate(plan_count=Coalesce(Subquery(counted), 0))


def by_code(code: str) -> Plan | None:
    """The listed plan with this code."""
    return listed().filter(code=code).first()


def for_ordering(plan_id: int) -> Plan | None:
    """The plan when it is listed, with only what decides whether it may be ordered: its version, its supplier's company and say."""
    found = listed().filter(pk=plan_id).select_related(None).select_related("solution__supplier")
    return found.only(
        "current_id", "solution__supplier__takes_orders", "solution__supplier__company_id"
    ).first()


def listed_of(supplier: Supplier) -> QuerySet[Plan]:
    """The supplier's own listed plans, by name."""
    return listed().filter(solution__supplier=supplier).order_by("current__name", "id")


def similar(plan: Plan) -> QuerySet[Plan]:
    """Listed plans of other solutions of the same category, those that take orders first, the nearest price on top."""
    price = plan.current.price_twd if plan.current else 0
    others = listed().filter(solution__category=plan.solution.category_id).exclude(solution=plan.solution_id)
    distance = Abs(F("current__price_twd") - Value(price, output_field=IntegerField()))
    return others.order_by("-solution__supplier__takes_orders", distance, "id")


_COUNT_AND_SUM = "(SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM {})"
STAMPED: Final[tuple[type[Model], ...]] = (Category, Supplier, Solution, Plan, PlanVersion, Programme)


def stamp(*more: type[Model]) -> str:
    """Another text whenever a row of the catalogue, of an edition or of the tables `more` was added, changed or removed, by whomever.

    PostgreSQL notes in each row the transaction that wrote it (xmin); their sum differs after any write, whatever the order of commits.
    """
    counts = [_COUNT_AND_SUM.format(model._meta.db_table) for model in (*STAMPED, *more)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}")
        return "/".join(cursor.fetchone())
