"""Listing many plans at once, for measuring at scale."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import transaction

from tcloud.catalogue.models import Category, Plan, PlanVersion, Solution, Supplier
from tcloud.catalogue.operations.listing import put_on_shelf, version_fields
from tcloud.core import events
from tcloud.core.actors import Actor

BATCH: Final = 2_000


def list_many(
    suppliers: dict[str, Supplier], rows: Iterable[dict[str, Any]], *, by: Actor, at: datetime
) -> int:
    """List new plans from rows like those of plans.json, a batch to a transaction; returns how many.

    `suppliers` by the key that a row's "supplier" names. Rows whose code is there already are passed over, so an interrupted run
    goes on where it stopped. The same versions, events and shelf as one at a time.
    """
    categories = dict(Category.objects.values_list("code", "pk"))
    rest, listed = iter(rows), 0
    while batch := list(islice(rest, BATCH)):
        listed += _list_batch(suppliers, categories, batch, by=by, at=at)
    return listed


@transaction.atomic
def _list_batch(
    suppliers: dict[str, Supplier],
    categories: dict[str, int],
    rows: list[dict[str, Any]],
    *,
    by: Actor,
    at: datetime,
) -> int:
    known = set(Plan.objects.filter(code__in=[row["code"] for row in rows]).values_list("code", flat=True))
    fresh = [row for row in rows if row["code"] not in known]
    solutions = _solutions(suppliers, categories, fresh)
    plans = Plan.objects.bulk_create(
        [Plan(solution_id=solutions[_key(suppliers, row)], code=row["code"]) for row in fresh]
    )
    versions = PlanVersion.objects.bulk_create(
        [
            PlanVersion(plan=plan, number=1, created_at=at, **version_fields(row))
            for plan, row in zip(plans, fresh, strict=True)
        ]
    )
    put_on_shelf(versions, at=at)
    happenings = [events.Happening(plan, f"plan/{plan.code}", {"version": 1}) for plan in plans]
    events.record_many("plan.listed", happenings, by=by, at=at, announce=False)
    return len(plans)


def _key(suppliers: dict[str, Supplier], row: dict[str, Any]) -> tuple[int, str]:
    return suppliers[row["supplier"]].pk, row["solution_zh"]


def _solutions(
    suppliers: dict[str, Supplier], categories: dict[str, int], rows: list[dict[str, Any]]
) -> dict[tuple[int, str], int]:
    """(supplier, name) → id of every solution the rows speak of, made where it is missing."""
    wanted = {_key(suppliers, row): row for row in rows}
    made = [
        Solution(
            supplier_id=supplier,
            name=name,
            name_en=row["solution_en"],
            category_id=categories[row["category"]],
        )
        for (supplier, name), row in wanted.items()
    ]
    Solution.objects.bulk_create(made, ignore_conflicts=True)
    found = Solution.objects.filter(
        supplier__in={supplier for supplier, _ in wanted}, name__in={name for _, name in wanted}
    )
    return {(supplier, name): pk for pk, supplier, name in found.values_list("pk", "supplier_id", "name")}
