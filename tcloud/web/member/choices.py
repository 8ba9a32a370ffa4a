"""選擇紀錄: why an order's plan was chosen; with the order, or later. It never holds an order up."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan
from tcloud.choosing import operations, rules
from tcloud.choosing.queries import comparisons
from tcloud.core import clock, money
from tcloud.core.refusals import Refusal
from tcloud.orders import queries as orders
from tcloud.orders.models import Order
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.choosing_forms import ChoiceForm
from tcloud.web.ui.templatetags.ui import local


def considered_in(query: QueryDict, *, chosen: Plan) -> list[Plan]:
    """The listed plans that an address or form names beside the chosen one (`compare`), in its order."""
    codes = [code for code in dict.fromkeys(query.getlist("compare")) if code != chosen.code]
    return by_codes(codes[: rules.MOST_COMPARED])


def by_codes(codes: list[str]) -> list[Plan]:
    """The listed plans with these codes, in this order."""
    known = {plan.code: plan for plan in plans.listed().filter(code__in=codes)}
    return [known[code] for code in codes if code in known]


def remember(
    request: MemberRequest, order: Order, *, reason: str, considered: list[Plan], key: uuid.UUID
) -> None:
    """Record the choice with a new order where anything was said. The order stands whatever comes of it."""
    if not reason.strip() and not considered:
        return
    try:
        operations.record_choice(
            order,
            reason=reason,
            version_ids=[plan.current_id for plan in considered if plan.current_id is not None],
            key=key,
            user=request.user,
            by=request.actor,
            at=clock.now(),
        )
    except Refusal as refusal:
        messages.warning(request, _("訂單已建立，但選擇紀錄沒有存下來：%(why)s") % {"why": refusal.text()})


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def order_choice(request: MemberRequest, number: str) -> HttpResponse:
    """What was recorded about the order, printable, and a form for more."""
    order = get_object_or_404(orders.of_company(request.company), number=number)
    chosen = order.plan_version.plan
    options = _options(request, order)
    names = [(plan.code, _named(plan)) for plan in options]
    form = ChoiceForm(request.POST if request.method == "POST" else None, options=names)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            picked = [plan for plan in options if plan.code in said.get("considered", []) and plan != chosen]
            try:
                operations.record_choice(
                    order,
                    reason=said["reason"],
                    version_ids=[plan.current_id for plan in picked if plan.current_id is not None],
                    key=said["key"],
                    user=request.user,
                    by=request.actor,
                    at=clock.now(),
                )
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
            else:
                messages.success(request, _("已記下選擇的理由。"))
                return redirect("order", number)
    context = {
        "order": order,
        "v": order.plan_version,
        "form": form,
        "choices": comparisons.choices_of(order),
        "now": clock.now(),
    }
    return render(request, "member/choosing/choice.html", context, status=status)


def _named(plan: Plan) -> str:
    return _("%(name)s（%(supplier)s，%(price)s）") % {
        "name": local(plan.current, "name"),
        "supplier": local(plan.solution.supplier, "name"),
        "price": money.twd(plan.current.price_twd) if plan.current else "",
    }


def _options(request: MemberRequest, order: Order) -> list[Plan]:
    """Plans that may have been looked at: those of the company's comparisons with this plan, else similar ones."""
    mine = comparisons.of_company(request.company).filter(columns__version__plan=order.plan_version.plan)
    codes = [column.version.plan.code for kept in mine[:5] for column in kept.columns.all()]
    codes += [plan.code for plan in plans.similar(order.plan_version.plan)[:6]]
    return [plan for plan in by_codes(list(dict.fromkeys(codes))) if plan != order.plan_version.plan][:12]
