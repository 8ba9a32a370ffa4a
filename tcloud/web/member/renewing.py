"""續約 and 更換方案: from an order whose service was provided to a new draft of the same plan, or of another of its supplier."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.orders import queries
from tcloud.orders.models import Order
from tcloud.orders.operations.renewing import check_following
from tcloud.orders.states import SERVED
from tcloud.points import queries as points
from tcloud.web.member.access import MemberRequest, member_page

MOST_OTHERS = 30


def earlier_of(request: MemberRequest, number: str) -> Order | None:
    """The company's order that a form names; None when it names none. Raises Http404 for anybody else's."""
    if not number:
        return None
    return get_object_or_404(queries.of_company(request.company), number=number[:16])


def followed(request: MemberRequest, plan: Plan) -> Order | None:
    """The order that a new one of this plan is to follow, as address or form say (`follows`). Raises Http404, and Refusal if it can't be."""
    said = request.POST if request.method == "POST" else request.GET
    earlier = earlier_of(request, said.get("follows", ""))
    if earlier is not None:
        check_following(earlier, request.programme, request.company, supplier_id=plan.solution.supplier_id)
    return earlier


def chain(order: Order, *, at: datetime) -> dict[str, Any]:
    """What an order's page tells of the orders before and after it, and of its term."""
    return {
        "earlier": order.previous_order,
        "following": list(queries.following(order)) if order.state in SERVED else [],
        "service_until": order.service_until if order.state in SERVED else None,
        "service_over": bool(order.service_ends_at and at >= order.service_ends_at),
        "may_follow": order.state in SERVED,
    }


@member_page
@require_safe
def renewal(request: MemberRequest, number: str) -> HttpResponse:
    """The same plan in its present version, or another of the supplier; where points may not or can't be used it is said."""
    order = get_object_or_404(queries.of_company(request.company), number=number)
    if order.state not in SERVED:
        messages.warning(request, _("服務提供後才能續約或更換方案，請看訂單最新進度。"))
        return redirect("order", number)
    now, refusal = clock.now(), ""
    try:
        check_following(order, request.programme, request.company, supplier_id=order.supplier_id)
    except Refusal as refused:
        refusal = refused.text()
    statement = points.statement(request.programme, request.company, at=now)
    found = plans.listed().filter(solution__supplier=order.supplier_id).order_by("current__price_twd", "id")
    same = found.filter(pk=order.plan_version.plan_id).first()
    context = {
        "order": order,
        "v": order.plan_version,
        "refusal": refusal,
        "same": same,
        "changed": bool(same and same.current_id != order.plan_version_id),
        "others": list(found.exclude(pk=order.plan_version.plan_id)[:MOST_OTHERS]),
        "spendable": statement.spendable_points,
        "reserved": statement.reserved_points,
        "enough": statement.spendable_points >= request.programme.min_points,
        **chain(order, at=now),
    }
    return render(request, "member/orders/renewal.html", context)
