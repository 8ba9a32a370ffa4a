"""我的方案: what the supplier has listed and under way; taking a plan off the list and putting it back (R-32)."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import reviewing
from tcloud.catalogue.models import Plan
from tcloud.core import clock, events
from tcloud.core.refusals import Refusal
from tcloud.web.supplier.access import Desk
from tcloud.web.supplier.plan_forms import ReasonForm
from tcloud.web.ui import order_progress

PER_PAGE = 20


@require_safe
def plan_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Drafts and reviews first, then every plan that was ever listed."""
    page = Paginator(reviewing.plans_of(desk.supplier), PER_PAGE).get_page(request.GET.get("page"))
    under_way = list(reviewing.open_changes_of(desk.supplier))
    due = reviewing.review_dues(under_way)
    context = {
        "page": page,
        "supplier": desk.supplier,
        "changes": [(change, due[change.pk]) for change in under_way],
        "busy": {change.plan_id for change in under_way},
    }
    return render(request, "supplier/plans/list.html", context)


def own_plan(desk: Desk, code: str) -> Plan:
    """The supplier's own plan. Raises Http404 for anybody else's."""
    found = reviewing.plans_of(desk.supplier).filter(code=code).first()
    if found is None:
        raise Http404
    return found


@require_POST
def new_plan(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Begin a new plan; pressed twice, it is begun once."""
    change = catalogue.begin_change(desk.supplier, None, by=desk.actor, at=clock.now())
    return redirect("supplier_plan_section", pk=change.pk, section="basics")


@require_POST
def change_plan(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """Begin a change to a listed plan, or go on with the one under way."""
    change = catalogue.begin_change(desk.supplier, own_plan(desk, code), by=desk.actor, at=clock.now())
    return redirect("supplier_plan_change", pk=change.pk)


@require_safe
def plan_page(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """One plan: whether it is listed, every version, what happened."""
    return _page(request, desk, own_plan(desk, code), ReasonForm())


def _page(
    request: HttpRequest, desk: Desk, plan: Plan, form: ReasonForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "plan": plan,
        "v": plan.current,
        "versions": reviewing.versions_of(plan),
        "change": reviewing.open_changes_of(desk.supplier).filter(plan=plan).first(),
        "entries": order_progress.entries(events.of_case(plan.case)),
        "form": form,
    }
    return render(request, "supplier/plans/plan.html", context, status=status)


def _move(request: HttpRequest, desk: Desk, code: str, act: Callable[..., object], done: str) -> HttpResponse:
    plan, form = own_plan(desk, code), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, plan, form)
    try:
        act(plan, reason=form.cleaned_data["reason"], by=desk.actor, at=clock.now())
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _page(request, desk, own_plan(desk, code), form, status=409)
    messages.success(request, done)
    return redirect("supplier_plan", code=code)


@require_POST
def delisting(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """Take the plan off the list; running orders keep theirs."""
    return _move(
        request, desk, code, catalogue.delist, _("方案已下架，企業不能再訂購；進行中的訂單照常履行。")
    )


@require_POST
def relisting(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """Put the version last reviewed back on the list."""
    return _move(request, desk, code, catalogue.relist, _("方案已重新上架，企業可以訂購。"))
