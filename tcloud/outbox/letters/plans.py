"""Letters about plans under review (R-32)."""

from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

from tcloud.catalogue import reviewing
from tcloud.catalogue.models import Plan, PlanChange
from tcloud.core import money
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import (
    Composer,
    Letter,
    Link,
    Occasion,
    office_plan_change,
    plan_page,
    supplier_plan_change,
)
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme


def _about(write: Callable[[Occasion, PlanChange, Programme], Letter | None]) -> Composer:
    def compose(occasion: Occasion) -> Letter | None:
        if not isinstance(occasion.subject, PlanChange):
            raise TypeError(occasion.event.subject)
        edition = programmes.latest()
        return write(occasion, occasion.subject, edition) if edition else None

    return compose


def _submitted(occasion: Occasion, change: PlanChange, edition: Programme) -> Letter | None:
    """To officers: what waits for them, and until when. Nothing when it was taken back or decided meanwhile."""
    due_at, county = reviewing.review_due_at(change)
    if change.state != "SUBMITTED":
        return None
    what = _("新方案") if change.plan_id is None else _("方案變更")
    facts = [
        (_("供應商"), change.supplier.name),
        (_("方案"), change.name),
        (_("送審"), what),
        (_("價格（含稅）"), money.twd(change.content["price_twd"])),
    ]
    if due_at:
        facts.append((_("審查期限"), words.deadline(due_at, at=occasion.at, county=county)))
    return Letter(
        subject=_("請審查方案：%(name)s") % {"name": change.name},
        happened=[_("%(supplier)s送審一件%(what)s。") % {"supplier": change.supplier.name, "what": what}],
        facts=facts,
        next_steps=[_("請在期限前核准，或附理由退回補正。")],
        link=Link(_("審查這件方案"), office_plan_change(change.pk)),
        programme=edition,
    )


def _approved(occasion: Occasion, change: PlanChange, edition: Programme) -> Letter | None:
    """To the supplier: it is listed, or will be once the plan is relisted."""
    made, plan = change.result, change.plan
    if made is None or plan is None:
        return None
    listed = plan.delisted_at is None
    return Letter(
        subject=_("方案已核准：%(name)s") % {"name": made.name},
        happened=[
            _("「%(name)s」第%(number)s版已通過審查，現在起企業看到的就是這一版。")
            % {"name": made.name, "number": made.number}
            if listed
            else _("「%(name)s」第%(number)s版已通過審查。這個方案目前是下架狀態，重新上架後企業才看得到。")
            % {"name": made.name, "number": made.number}
        ],
        facts=[(_("價格（含稅）"), money.twd(made.price_twd))],
        next_steps=[_("先前送出的訂單仍依當時的版本履行，不受影響。")],
        link=Link(_("看這個方案"), plan_page(plan.code))
        if listed
        else Link(_("看審查結果"), supplier_plan_change(change.pk)),
        programme=edition,
    )


def _returned(occasion: Occasion, change: PlanChange, edition: Programme) -> Letter | None:
    """To the supplier: what must be mended, in the officer's words of that time."""
    data = occasion.event.data
    said = str(data.get("reason", ""))
    count = len(data.get("remarks", {}))
    happened = [_("「%(name)s」需要補正後再送審。") % {"name": change.name}]
    if said:
        happened.append(_("承辦人員說明：%(said)s") % {"said": said})
    if count:
        happened.append(_("有%(count)d個欄位附了理由，打開頁面就能看到每一項。") % {"count": count})
    return Letter(
        subject=_("方案退回補正：%(name)s") % {"name": change.name},
        happened=happened,
        next_steps=[
            _("請依理由修改後重新送審，您填過的內容都還在。"),
            _("上架中的方案在新版核准以前，維持原來的內容與價格。"),
        ],
        link=Link(_("修改並重新送審"), supplier_plan_change(change.pk)),
        programme=edition,
    )


def _plan(occasion: Occasion) -> tuple[Plan, Programme] | None:
    if not isinstance(occasion.subject, Plan):
        raise TypeError(occasion.event.subject)
    edition = programmes.latest()
    return (occasion.subject, edition) if edition and occasion.subject.current else None


def delisted(occasion: Occasion) -> Letter | None:
    """To the supplier: the office took a plan off the list, and why."""
    found = _plan(occasion)
    if found is None or found[0].current is None:
        return None
    plan, edition = found
    return Letter(
        subject=_("方案已下架：%(name)s") % {"name": found[0].current.name},
        happened=[
            _("執行單位將「%(name)s」下架，企業不能再訂購。") % {"name": found[0].current.name},
            _("理由：%(reason)s") % {"reason": occasion.event.data.get("reason") or _("沒有填寫")},
        ],
        next_steps=[_("進行中的訂單照常履行。改善後請聯絡承辦人員重新上架。")],
        link=Link(_("看我的方案"), "/supplier/plans/"),
        programme=edition,
    )


def relisted(occasion: Occasion) -> Letter | None:
    """To the supplier: the office put the plan back."""
    found = _plan(occasion)
    if found is None or found[0].current is None:
        return None
    plan, edition = found
    return Letter(
        subject=_("方案已重新上架：%(name)s") % {"name": found[0].current.name},
        happened=[_("執行單位將「%(name)s」重新上架，企業可以訂購。") % {"name": found[0].current.name}],
        link=Link(_("看這個方案"), plan_page(plan.code)),
        programme=edition,
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "plan_change_submitted": _about(_submitted),
    "plan_change_approved": _about(_approved),
    "plan_change_returned": _about(_returned),
    "plan_delisted": delisted,
    "plan_relisted": relisted,
}
