"""Listing suppliers and plans (R-31, R-32)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import rules, shipped
from tcloud.catalogue.models import Category, Plan, PlanVersion, Solution, Supplier
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company


@transaction.atomic
def import_categories() -> None:
    """The two levels of categories, as shipped; harmless to repeat."""
    by_code: dict[str, Category] = {}
    for position, row in enumerate(shipped.rows("categories")):
        by_code[row["code"]] = Category.objects.update_or_create(
            code=row["code"],
            defaults={
                "name": row["zh"],
                "name_en": row["en"],
                "icon": row["icon"],
                "parent": by_code.get(row["parent"] or ""),
                "need_areas": row["need_areas"],
                "answer_template": shipped.answer_template(row["code"]),
                "position": position,
            },
        )[0]


@transaction.atomic
def add_supplier(row: dict[str, Any], *, company: Company | None, by: Actor, at: datetime) -> Supplier:
    """A supplier from a row of suppliers.json; only an approved company takes orders (R-31). Harmless to repeat."""
    supplier, made = Supplier.objects.get_or_create(
        slug=row["slug"],
        defaults={
            "company": company,
            "name": row["name_zh"],
            "name_en": row["name_en"],
            "intro": row["intro_zh"],
            "intro_en": row["intro_en"],
            "website": row["website"] or "",
            "support_hours": row["support_hours_zh"],
            "support_hours_en": row["support_hours_en"],
            "contact_email": row.get("contact_email", ""),
            "is_demo": row["kind"] == "demo",
            "takes_orders": bool(row["orderable"] and company),
            "approved_at": at if company else None,
            "not_orderable_reason": row["not_orderable_reason_zh"] or "",
            "not_orderable_reason_en": row["not_orderable_reason_en"] or "",
        },
    )
    if made:
        events.record(
            "supplier.approved", supplier, case=f"supplier/{supplier.pk}", by=by, at=at, announce=False
        )
    return supplier


@transaction.atomic
def list_plan(supplier: Supplier, row: dict[str, Any], *, by: Actor, at: datetime) -> Plan:
    """List a plan from a row of plans.json as its first version (R-32); harmless to repeat.

    Raises Refusal `plan.price_without_invoice` when an orderable plan's price fits no invoice (R-24).
    """
    if supplier.takes_orders and not rules.invoiceable(row["price_twd"]):
        raise Refusal(
            "plan.price_without_invoice",
            _("含稅價 NT$%(price)s 無法開出稅額正確的發票，請調整 1 元。"),
            price=f"{row['price_twd']:,}",
        )
    if earlier := Plan.objects.filter(code=row["code"]).first():
        return earlier
    category = Category.objects.get(code=row["category"])
    solution = Solution.objects.get_or_create(
        supplier=supplier,
        name=row["solution_zh"],
        defaults={"name_en": row["solution_en"], "category": category},
    )[0]
    plan = Plan.objects.create(solution=solution, code=row["code"])
    version = PlanVersion.objects.create(plan=plan, number=1, created_at=at, **version_fields(row))
    put_on_shelf([version], at=at)
    plan.refresh_from_db()
    events.record("plan.listed", plan, case=f"plan/{plan.code}", by=by, at=at, announce=False, version=1)
    return plan


_PUT_ON_SHELF = """
UPDATE catalogue_plan p
   SET current_id = v.id, listed_at = coalesce(p.listed_at, %s), delisted_at = NULL
  FROM catalogue_planversion v
 WHERE v.id = ANY(%s) AND p.id = v.plan_id
"""


def put_on_shelf(versions: Sequence[PlanVersion], *, at: datetime) -> None:
    """Make each version the one now listed of its plan; `listed_at` stays the first time. One statement, however many.

    The only place where another version comes before the public: whatever is derived from listed versions follows it from here,
    in the same transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PUT_ON_SHELF, [at, [version.pk for version in versions]])


def version_fields(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of a version from a row of plans.json."""
    same = (
        "features", "price_twd", "term_months", "seats", "data_location", "data_location_en",
        "certifications", "integrations", "integrations_en", "source",
    )  # fmt: skip
    fields = {name: row[name] for name in same}
    fields["answers"], fields["industries"] = row.get("answers", {}), row.get("industries", [])
    fields["employees_from"], fields["employees_to"] = row.get("employees_from"), row.get("employees_to")
    for name in ("blurb", "description", "included", "support", "export"):
        fields[name], fields[f"{name}_en"] = row[f"{name}_zh"], row[f"{name}_en"]
    return fields | {
        "name": f"{row['solution_zh']} {row['plan_zh']}".strip(),
        "name_en": f"{row['solution_en']} {row['plan_en']}".strip(),
        "has_trial": row["trial"],
        "search_words": " ".join([*row["keywords_zh"], row["solution_en"], row["plan_en"]]),
    }


@transaction.atomic
def delist(plan: Plan, *, by: Actor, at: datetime) -> Plan:
    """R-32: the plan can't be ordered any more; running orders keep theirs."""
    if Plan.objects.filter(pk=plan.pk, delisted_at=None).update(delisted_at=at):
        events.record("plan.delisted", plan, case=f"plan/{plan.code}", by=by, at=at, announce=False)
    plan.refresh_from_db()
    return plan
