"""R-32: drafting a plan or a change to one, its review, and the version it becomes.

Lock order: change → plan. What an officer decides on is what she saw: her form carries the change's version, and the content cannot
change while it is under review (a trigger).
"""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import drafts
from tcloud.catalogue.models import (
    Category,
    Plan,
    PlanChange,
    PlanFile,
    PlanVersion,
    Solution,
    Supplier,
    VersionFile,
)
from tcloud.catalogue.operations.listing import put_on_shelf
from tcloud.catalogue.states import OPEN, PLAN_CHANGE, WRITABLE
from tcloud.core import events
from tcloud.core.actors import SUPPLIER, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import advance, not_yours
from tcloud.programme import queries as programmes

MOST_OPEN: Final = 20
_LONGEST_REMARK: Final = 500


@transaction.atomic(durable=True)
def begin_change(supplier: Supplier, plan: Plan | None, *, by: Actor, at: datetime) -> PlanChange:
    """A draft of a new plan (`plan` None) or of a change to the supplier's own.

    The open one of that plan, or a new one nothing was written in yet, when there is one already: pressed twice, begun once.

    Raises Refusal `transition.not_yours`, `supplier.not_approved`, `plan_change.too_many`.
    """
    check_supplier(supplier, by)
    if plan is None:
        return _new_plan(supplier, by=by, at=at)
    row = Plan.objects.select_for_update(of=("self",)).select_related("current", "solution").get(pk=plan.pk)
    if row.solution.supplier_id != supplier.pk:
        raise not_yours()
    if earlier := PlanChange.objects.filter(plan=row, state__in=OPEN).first():
        return earlier
    content = drafts.of_version(row.current) if row.current else drafts.empty(supplier)
    return _begun(supplier, content, by=by, at=at, plan=row, based_on=row.current)


def _new_plan(supplier: Supplier, *, by: Actor, at: datetime) -> PlanChange:
    # one after another, so that each sees what the others just began
    Supplier.objects.select_for_update().get(pk=supplier.pk)
    begun = PlanChange.objects.filter(supplier=supplier, plan=None, state__in=OPEN)
    if untouched := begun.filter(version=0).first():
        return untouched
    if begun.count() >= MOST_OPEN:
        raise Refusal(
            "plan_change.too_many",
            _("還沒送審或審查中的新方案最多%(most)d件，請先完成或撤回其中一件。"),
            most=MOST_OPEN,
        )
    return _begun(supplier, drafts.empty(supplier), by=by, at=at)


def _begun(
    supplier: Supplier, content: drafts.Content, *, by: Actor, at: datetime, **links: Any
) -> PlanChange:
    change = PlanChange.objects.create(
        supplier=supplier, content=content, created_at=at, saved_at=at, **links
    )
    events.record("plan_change.begun", change, case=change.case, by=by, at=at, announce=False)
    return change


def check_supplier(supplier: Supplier, by: Actor) -> None:
    """R-31: only an approved supplier's own people."""
    if by.kind != SUPPLIER or by.company_id is None or by.company_id != supplier.company_id:
        raise not_yours()
    if supplier.approved_at is None:
        raise Refusal("supplier.not_approved", _("供應商資格還沒有核准，核准後才能送審方案。"))


def locked_change(change: PlanChange, version: int | None) -> PlanChange:
    """The row under its lock. Raises Stale when it is no longer the version the page was drawn from."""
    row = (
        PlanChange.objects.select_for_update(of=("self",))
        .select_related("supplier", "plan")
        .get(pk=change.pk)
    )
    if version is not None and row.version != version:
        raise Stale()
    return row


def category_of(change: PlanChange) -> Category | None:
    """The category whose questions the plan answers; None while a new plan has none."""
    if change.plan:
        return change.plan.solution.category
    if solution := change.content.get("solution"):
        own = Solution.objects.filter(pk=solution, supplier_id=change.supplier_id)
        found = own.select_related("category").first()
        return found.category if found else None
    return Category.objects.filter(code=change.content.get("category"), parent__isnull=False).first()


def problems_of(change: PlanChange) -> dict[str, Any]:
    """Field → what is still to be mended before it can be sent for review."""
    category = category_of(change)
    found = drafts.problems(
        change.content, category.answer_template if category else [], new=change.plan is None
    )
    if change.plan is None and category is None:
        found.setdefault("category", _("請選擇類別。"))
    elif change.plan is None and _solution_taken(change, category):
        found["solution_name"] = _("您已有同名的解決方案，請從清單選擇它，或換一個名稱。")
    return found


def _solution_taken(change: PlanChange, category: Category | None) -> bool:
    if change.content.get("solution"):
        return False
    name = str(change.content.get("solution_name") or "").strip()
    own = Solution.objects.filter(supplier_id=change.supplier_id, name=name)
    return own.exclude(category=category).exists()


@transaction.atomic(durable=True)
def save_change(
    change: PlanChange, values: drafts.Content, *, version: int, by: Actor, at: datetime
) -> PlanChange:
    """Keep what was typed, complete or not; one that was returned becomes a draft again, its remarks kept beside the fields.

    Raises Refusal `transition.not_yours`, `transition.not_now`, `plan_change.unknown_field`; Stale.
    """
    row = locked_change(change, version)
    check_supplier(row.supplier, by)
    if row.state not in WRITABLE:
        raise Refusal("transition.not_now", _("這件方案正在審查或已結束，不能修改；審查中可以先取回。"))
    allowed = drafts.WRITTEN | (drafts.NEW_PLAN_FIELDS if row.plan_id is None else frozenset())
    if unknown := set(values) - allowed:
        raise Refusal(
            "plan_change.unknown_field", _("沒有這個欄位：%(names)s"), names="、".join(sorted(unknown))
        )
    content = row.content | values
    if row.state == "RETURNED":
        advance(row, PLAN_CHANGE, "resume", by=by, at=at, case=row.case, announce=False)
    PlanChange.objects.filter(pk=row.pk).update(content=content, saved_at=at, version=F("version") + 1)
    row.refresh_from_db()
    return row


@transaction.atomic(durable=True)
def submit_change(change: PlanChange, *, version: int, by: Actor, at: datetime) -> PlanChange:
    """Send it for review: the office's time begins. Sent twice, it is submitted once.

    Raises Refusal `plan_change.incomplete` (facts: fields), `supplier.not_approved`, `transition.*`; Stale.
    """
    row = locked_change(change, None)
    if row.state == "SUBMITTED" and row.version == version + 1:
        return row
    if row.version != version:
        raise Stale()
    check_supplier(row.supplier, by)
    _check_complete(row)
    edition = programmes.latest()
    days = edition.plan_review_working_days if edition else 5
    changes = {"submitted_at": at, "review_working_days": days, "remarks": {}, "note": ""}
    advance(row, PLAN_CHANGE, "submit", by=by, at=at, case=row.case, changes=changes, plan_name=row.name)
    return row


def _check_complete(row: PlanChange) -> None:
    if found := problems_of(row):
        raise Refusal(
            "plan_change.incomplete",
            _("還有%(count)d個欄位要補，補齊後才能送審。"),
            count=len(found),
            fields=found,
        )


@transaction.atomic(durable=True)
def take_back_change(change: PlanChange, *, version: int, by: Actor, at: datetime) -> PlanChange:
    """The supplier takes it out of review to go on writing."""
    row = locked_change(change, version)
    check_supplier(row.supplier, by)
    advance(row, PLAN_CHANGE, "take_back", by=by, at=at, case=row.case, announce=False)
    return row


@transaction.atomic(durable=True)
def withdraw_change(change: PlanChange, *, version: int, by: Actor, at: datetime) -> PlanChange:
    """The supplier gives the change up; what is listed stays as it is."""
    row = locked_change(change, version)
    check_supplier(row.supplier, by)
    advance(
        row, PLAN_CHANGE, "withdraw", by=by, at=at, case=row.case, changes={"decided_at": at}, announce=False
    )
    return row


@transaction.atomic(durable=True)
def return_change(
    change: PlanChange, remarks: dict[str, str], note: str, *, version: int, by: Actor, at: datetime
) -> PlanChange:
    """The officer sends it back with a reason for each field that must change, and a word on the whole.

    Raises Refusal `plan_change.no_reason`, `plan_change.unknown_field`, `transition.*`; Stale.
    """
    row = locked_change(change, version)
    said = {field: text.strip()[:_LONGEST_REMARK] for field, text in remarks.items() if text.strip()}
    if not said and not note.strip():
        raise Refusal(
            "plan_change.no_reason", _("請至少在一個欄位或總說明寫下要修改的理由，供應商才知道怎麼改。")
        )
    if unknown := {field for field in said if not _is_field(row, field)}:
        raise Refusal(
            "plan_change.unknown_field", _("沒有這個欄位：%(names)s"), names="、".join(sorted(unknown))
        )
    changes = {"remarks": said, "note": note.strip()[:2000], "decided_at": at}
    advance(
        row,
        PLAN_CHANGE,
        "return",
        by=by,
        at=at,
        case=row.case,
        changes=changes,
        reason=note.strip()[:2000],
        remarks=said,
    )
    return row


def _is_field(row: PlanChange, field: str) -> bool:
    if field.startswith("answers."):
        category = category_of(row)
        return bool(category) and field[8:] in {question["code"] for question in category.answer_template}  # type: ignore[union-attr]
    return field in drafts.FIELDS or (row.plan_id is None and field in drafts.NEW_PLAN_FIELDS)


@transaction.atomic(durable=True)
def approve_change(change: PlanChange, *, version: int, by: Actor, at: datetime) -> PlanChange:
    """The change becomes the plan's next version and, in the same transaction, the one that is listed; a new plan is listed with it.

    A delisted plan gets the version but stays off the list until it is relisted. Of two officers at once one wins.
    Raises Refusal `plan_change.incomplete`, `supplier.not_approved`, `transition.*`; Stale, also when the plan has moved on since
    the change was begun.
    """
    row = locked_change(change, version)
    if row.supplier.approved_at is None:
        raise Refusal("supplier.not_approved", _("供應商資格目前沒有核准，不能上架它的方案。"))
    _check_complete(row)
    plan = _plan_for(row)
    if plan.current_id != row.based_on_id:
        raise Stale()
    made = _next_version(plan, row, at=at)
    put_on_shelf([made], at=at)
    changes = {"plan": plan, "result": made, "decided_at": at}
    advance(
        row,
        PLAN_CHANGE,
        "approve",
        by=by,
        at=at,
        case=row.case,
        changes=changes,
        version_number=made.number,
        plan_name=made.name,
    )
    kind = "plan.listed" if made.number == 1 else "plan.version_listed"
    events.record(
        kind, plan, case=plan.case, by=by, at=at, announce=False, version=made.number, change=row.pk
    )
    return row


def _plan_for(row: PlanChange) -> Plan:
    """The plan under its lock; a new one with its solution when the change is of a new plan."""
    if row.plan_id:
        return Plan.objects.select_for_update().get(pk=row.plan_id)
    category = category_of(row)
    if category is None:  # _check_complete has seen to it
        raise LookupError(row.case)
    if row.content.get("solution"):
        solution = Solution.objects.get(pk=row.content["solution"], supplier=row.supplier)
    else:
        solution = Solution.objects.get_or_create(
            supplier=row.supplier,
            name=str(row.content["solution_name"]).strip(),
            defaults={"name_en": row.content.get("solution_name_en") or "", "category": category},
        )[0]
    stem = slugify(row.content.get("name_en") or solution.name_en)[:60] or "plan"
    return Plan.objects.create(solution=solution, code=f"{stem}-{row.pk}")


def _next_version(plan: Plan, row: PlanChange, *, at: datetime) -> PlanVersion:
    last = plan.versions.aggregate(last=Max("number"))["last"] or 0
    made = PlanVersion.objects.create(
        plan=plan, number=last + 1, created_at=at, **drafts.columns(row.content, row.supplier, at=at)
    )
    files = row.content.get("files") or []
    own = set(
        PlanFile.objects.filter(supplier=row.supplier, pk__in=[entry["file"] for entry in files]).values_list(
            "pk", flat=True
        )
    )
    VersionFile.objects.bulk_create(
        VersionFile(
            version=made,
            file_id=entry["file"],
            position=place,
            title=entry["title"],
            title_en=entry.get("title_en", ""),
        )
        for place, entry in enumerate(files)
        if entry["file"] in own
    )
    return made
