"""Questions about leads. A supplier is told counts; a company is named only by its order (R-37)."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import Plan, Supplier
from tcloud.core.refusals import Refusal
from tcloud.leads import rules
from tcloud.leads.models import Introduction, Lead
from tcloud.members.models import Company


def by_code(typed: str) -> Lead:
    """The lead of a code as somebody typed or followed it. Raises Refusal `lead.typed_wrong`, `lead.unknown`."""
    code = rules.read(typed)
    if not rules.is_well_formed(code):
        raise Refusal(
            "lead.typed_wrong",
            _(
                "代碼可能打錯了：應為 9 碼，最後一碼用來檢查。請對照供應商給您的代碼，再檢查一次（不分大小寫，沒有 U）。"
            ),
        )
    found = _with_all().filter(code=code).first()
    if found is None:
        raise Refusal("lead.unknown", _("查不到這個代碼。請向給您代碼的供應商確認，或直接找方案。"))
    return found


def objection(lead: Lead, company: Company | None, *, at: datetime) -> Refusal | None:
    """Why the lead can't be taken up at `at`, by `company` or (None) by anybody; None when it can. Nothing is locked.

    `lead.ended`, `lead.expired`, `lead.not_listed`, `lead.own_company` (R-39), `lead.other_company`, `lead.used_up`.
    """
    used = Introduction.objects.filter(lead=lead, dropped_at=None)
    if company is not None and used.filter(company=company).exists():
        return None
    if lead.ended_at:
        return Refusal("lead.ended", _("供應商已停用這個代碼。您仍可以直接找方案選購。"))
    if at >= lead.expires_at:
        return Refusal(
            "lead.expired", _("這個代碼已過有效期限。您仍可以直接找方案選購，或請供應商給新的代碼。")
        )
    if lead.plan is not None and (lead.plan.listed_at is None or lead.plan.delisted_at):
        return Refusal("lead.not_listed", _("這個代碼介紹的方案已下架。您可以找其他方案。"))
    if company is not None and company.pk == lead.supplier.company_id:
        return Refusal("lead.own_company", _("不能使用自己公司的代碼（計畫規定）。"))
    if company is not None and lead.company_ubn and lead.company_ubn != company.ubn:
        return Refusal(
            "lead.other_company", _("這個代碼是給另一家企業的，貴公司不能使用。您仍可以直接找方案選購。")
        )
    if used.count() >= lead.most_uses:
        return Refusal(
            "lead.used_up", _("這個代碼的使用次數已滿。您仍可以直接找方案選購，或請供應商給新的代碼。")
        )
    return None


def _with_all() -> QuerySet[Lead]:
    return Lead.objects.select_related("supplier__company", "plan__solution", "plan__current")


def of_supplier(supplier: Supplier) -> QuerySet[Lead]:
    """The supplier's leads, the newest first, each with `taken_up`: how many companies took it up and have not dropped it."""
    kept = Count("introductions", filter=Q(introductions__dropped_at=None), distinct=True)
    return _with_all().filter(supplier=supplier).annotate(taken_up=kept).order_by("-made_at", "-id")


def of_company(company: Company) -> QuerySet[Introduction]:
    """What the company took up and has not dropped, the newest first."""
    kept = Introduction.objects.filter(company=company, dropped_at=None)
    return kept.select_related("lead__supplier", "lead__plan__current").order_by("-taken_up_at", "-id")


def for_plan(company: Company, plan: Plan) -> Introduction | None:
    """The introduction by which the company came to the plan: of its supplier, to this plan or to all of its plans; the newest."""
    fitting = Q(lead__plan=None) | Q(lead__plan=plan)
    return of_company(company).filter(fitting, lead__supplier=plan.solution.supplier_id).first()
