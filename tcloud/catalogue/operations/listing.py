"""Listing suppliers and plans (R-31, R-32)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import drafts, rules, shipped
from tcloud.catalogue.models import Category, Plan, PlanVersion, Solution, Supplier
from tcloud.core import events
from tcloud.core.actors import OFFICER, SUPPLIER, SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import not_yours
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
        raise Refusal("plan.price_without_invoice", drafts.price_without_invoice(row["price_twd"]))
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
   SET current_id = v.id, listed_at = coalesce(p.listed_at, %s)
  FROM catalogue_planversion v
 WHERE v.id = ANY(%s) AND p.id = v.plan_id
"""


def put_on_shelf(versions: Sequence[PlanVersion], *, at: datetime) -> None:
    """Make each version the current one of its plan; `listed_at` stays the first time. One statement, however many.

    A delisted plan stays so until `relist`. The only place where another version comes before the public: whatever is derived from listed versions follows it from here,
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
def delist(plan: Plan, *, reason: str = "", by: Actor, at: datetime) -> Plan:
    """R-32: the plan can't be ordered any more; running orders keep theirs. Twice is once. A person says why.

    Raises Refusal `plan.no_reason`, `transition.not_yours`.
    """
    row = _locked_for(plan, by)
    if row.delisted_at:
        return row
    said = _said(reason, by)
    row.delisted_at, row.delisted_by_office, row.delisted_reason = at, by.kind == OFFICER, said
    row.save(update_fields=["delisted_at", "delisted_by_office", "delisted_reason"])
    # the office's reason is the supplier's business; its own it knows
    events.record("plan.delisted", row, case=row.case, by=by, at=at, announce=by.kind == OFFICER, reason=said)
    return row


@transaction.atomic
def relist(plan: Plan, *, reason: str = "", by: Actor, at: datetime) -> Plan:
    """R-32: the version last reviewed is on the list again. What the office took off only the office puts back. Twice is once.

    Raises Refusal `plan.no_reason`, `plan.delisted_by_office`, `plan.never_listed`, `supplier.not_approved`, `transition.not_yours`.
    """
    row = _locked_for(plan, by)
    if row.listed_at is None:
        raise Refusal("plan.never_listed", _("這個方案還沒有審查通過的版本，請先送審。"))
    if row.delisted_at is None:
        return row
    if row.delisted_by_office and by.kind != OFFICER:
        raise Refusal("plan.delisted_by_office", _("這個方案由執行單位下架，改善後請聯絡承辦人員重新上架。"))
    if row.solution.supplier.approved_at is None and row.solution.supplier.company_id:
        raise Refusal("supplier.not_approved", _("供應商資格目前沒有核准，不能上架它的方案。"))
    said = _said(reason, by)
    row.delisted_at, row.delisted_by_office, row.delisted_reason = None, False, ""
    row.save(update_fields=["delisted_at", "delisted_by_office", "delisted_reason"])
    events.record("plan.relisted", row, case=row.case, by=by, at=at, announce=by.kind == OFFICER, reason=said)
    return row


def _locked_for(plan: Plan, by: Actor) -> Plan:
    """The plan under its lock. Raises Refusal when it is not for this actor to list or delist."""
    rows = Plan.objects.select_for_update(of=("self",)).select_related("current", "solution__supplier")
    row = rows.get(pk=plan.pk)
    own = by.kind == SUPPLIER and by.company_id and by.company_id == row.solution.supplier.company_id
    if not own and by.kind not in {OFFICER, SYSTEM}:
        raise not_yours()
    return row


def _said(reason: str, by: Actor) -> str:
    said = reason.strip()[:500]
    if by.user_id and not said:
        raise Refusal("plan.no_reason", _("請寫下理由，會留在方案的辦理紀錄。"))
    return said
