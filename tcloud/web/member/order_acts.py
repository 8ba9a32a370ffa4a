"""What a company does with a running order: withdraw, confirm, dispute and take that back (R-26, R-27). Effects stand before the button."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tcloud.core import clock
from tcloud.orders import operations
from tcloud.orders.effects import effects
from tcloud.orders.models import Order
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find
from tcloud.web.member.orders_forms import ReasonForm
from tcloud.web.ui.refunding import refund_page

METHODS = ["GET", "HEAD", "POST"]


@member_page
@require_http_methods(METHODS)
def withdrawal(request: MemberRequest, number: str) -> HttpResponse:
    """R-27: take the order back before the supplier has accepted."""
    order = find(request, number)
    if order.state != Order.State.SUBMITTED:
        return _too_late(request, order, done=order.state == Order.State.WITHDRAWN)
    form = ReasonForm(request.POST or None, label=_("撤回原因"), hint=_("供應商會看到。"), required=False)
    if request.method == "POST" and form.is_valid():
        operations.withdraw(order, reason=form.cleaned_data["reason"], by=request.actor, at=clock.now())
        messages.success(request, _("訂單已撤回，還在有效期限內的點數已退回餘額。"))
        return redirect("order", number)
    return _page(
        request, order, "withdraw", title=_("撤回訂單"), button=_("確定撤回"), form=form, danger=True
    )


@member_page
@require_http_methods(METHODS)
def confirmation(request: MemberRequest, number: str) -> HttpResponse:
    """R-26: the service was received. Pressed twice, it is confirmed once."""
    order = find(request, number)
    if order.state == Order.State.COMPLETED:
        return redirect("order", number)
    if order.state != Order.State.DELIVERED:
        return _too_late(request, order)
    if request.method == "POST":
        operations.confirm(order, by=request.actor, at=clock.now())
        messages.success(request, _("已確認服務，訂單完成。"))
        return redirect("order", number)
    return _page(request, order, "confirm", title=_("確認服務"), button=_("確認已收到服務"))


@member_page
@require_http_methods(METHODS)
def dispute(request: MemberRequest, number: str) -> HttpResponse:
    """R-26, R-27: the service is missing or not as agreed; the supplier delivers again, or an officer decides."""
    order = find(request, number)
    if order.state not in (Order.State.PAID, Order.State.DELIVERED):
        return _too_late(request, order, done=order.state == Order.State.DISPUTED)
    hint = _("請寫明發生的事、日期，以及您希望的處理方式。供應商與執行單位會看到，最多 500 字。")
    form = ReasonForm(request.POST or None, label=_("爭議內容"), hint=hint)
    if request.method == "POST" and form.is_valid():
        operations.dispute(order, reason=form.cleaned_data["reason"], by=request.actor, at=clock.now())
        messages.success(request, _("爭議已提出，執行單位會聯繫您。"))
        return redirect("order", number)
    return _page(request, order, "dispute", title=_("提出爭議"), button=_("送出爭議"), form=form, danger=True)


@member_page
@require_http_methods(METHODS)
def dispute_withdrawal(request: MemberRequest, number: str) -> HttpResponse:
    """R-26: the dispute is taken back and the service confirmed. Pressed twice, it is confirmed once."""
    order = find(request, number)
    if order.state != Order.State.DISPUTED:
        return _too_late(request, order, done=order.state == Order.State.COMPLETED)
    if request.method == "POST":
        operations.withdraw_dispute(order, by=request.actor, at=clock.now())
        messages.success(request, _("已撤回爭議並確認服務，訂單完成。"))
        return redirect("order", number)
    title = _("撤回爭議並確認服務")
    return _page(request, order, "withdraw_dispute", title=title, button=_("確定撤回並確認服務"))


@member_page
@require_http_methods(METHODS)
def refund(request: MemberRequest, number: str) -> HttpResponse:
    """R-27: agree with the supplier on a refund."""
    order = find(request, number)
    return refund_page(
        request, order, by=request.actor, template="member/orders/refund.html", here="order_refund"
    )


def _too_late(request: MemberRequest, order: Order, *, done: bool = False) -> HttpResponse:
    """Back to the order; a second press finds it done, anything else is said."""
    if not done:
        messages.warning(request, _("訂單的狀態已不能執行這個動作，請看最新進度。"))
    return redirect("order", order.number)


def _page(
    request: MemberRequest, order: Order, act: str, *, form: ReasonForm | None = None, **words: Any
) -> HttpResponse:
    status = 422 if form is not None and form.is_bound else 200
    told = effects(order, act, at=clock.now())
    context = {"order": order, "v": order.plan_version, "form": form, "effects": told, **words}
    return render(request, "member/orders/act.html", context, status=status)
