"""Paying the company's part (flyer 4.2 and 4.3): look again, hand over to the gateway, and hear how it went (R-23, R-30)."""

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.orders import operations, queries
from tcloud.orders.effects import effects
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.paying import ask_gateway
from tcloud.payments import queries as payments
from tcloud.payments.gateway import gateway
from tcloud.payments.models import Charge
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find

ASK_AGAIN_AFTER_S = 20  # the gateway locks out who asks too often (PROTOCOLS §5)
METHODS = ["GET", "HEAD", "POST"]


@member_page
@require_http_methods(METHODS)
def payment(request: MemberRequest, number: str) -> HttpResponse:
    """GET: points and cash once more. POST: the form that takes the payer to the gateway."""
    order = find(request, number)
    charge = payments.charge_of(number)
    if charge is None or order.state == Order.State.SUBMITTED:
        return redirect("order", number)
    if order.paid_at:
        return redirect("order_payment_result", number)
    if request.method != "POST":
        return _payment_page(request, order, charge)
    try:
        form = operations.checkout(
            order, gateway=gateway(), site_url=settings.SITE_URL, by=request.actor, at=clock.now()
        )
    except Refusal as refusal:
        order = find(request, number)
        if order.paid_at:
            return redirect("order_payment_result", number)
        return _payment_page(request, order, charge, refusal=refusal.text())
    context = {"order": order, "v": order.plan_version, "form": form}
    return render(request, "member/orders/handoff.html", context)


def _payment_page(request: MemberRequest, order: Order, charge: Charge, *, refusal: str = "") -> HttpResponse:
    now = clock.now()
    owed = next(
        (row for row in queries.deadlines(order, at=now) if row.obligation.kind == Obligation.Kind.PAY), None
    )
    context = {
        "order": order,
        "v": order.plan_version,
        "due_at": charge.expires_at,
        "due_total": order.working_days["pay"],
        "effects": effects(order, "pay", at=now),
        "expired": order.state != Order.State.ACCEPTED or now >= charge.expires_at,
        "missed": bool(owed and owed.obligation.missed_at),
        "handed_over": charge.next_query_at is not None,
        "refusal": refusal,
    }
    return render(request, "member/orders/payment.html", context, status=409 if refusal else 200)


@member_page
@require_http_methods(METHODS)
def result(request: MemberRequest, number: str) -> HttpResponse:
    """How the payment went. A POST asks the gateway when nothing was heard; never more often than it allows."""
    order = find(request, number)
    charge = payments.charge_of(number)
    if charge is None:
        return redirect("order", number)
    if request.method == "POST":
        if charge.state == "OPEN":
            _ask(request, charge)
        return redirect("order_payment_result", number)
    outcome = outcome_of(order, charge)
    context = {"order": order, "v": order.plan_version, "charge": charge, "outcome": outcome}
    return render(request, "member/orders/payment_result.html", context)


def _ask(request: MemberRequest, charge: Charge) -> None:
    if not cache.add(f"ask-gateway/{charge.trade_no}", 1, timeout=ASK_AGAIN_AFTER_S):
        messages.info(request, _("剛才已向金流平台查詢，請過 20 秒再查一次。"))
        return
    verdict = ask_gateway(charge, gateway=gateway(), at=clock.now())
    if verdict == "silent":
        messages.warning(request, _("金流平台暫時沒有回應，系統會自動再查詢，不必重複付款。"))
    elif verdict != "paid":
        messages.info(request, _("金流平台目前還沒有這筆款項的紀錄。"))


def outcome_of(order: Order, charge: Charge) -> str:
    """paid, returned (money came too late), failed (the gateway said no), expired, waiting (not begun) or pending."""
    if charge.state == "PAID":
        return "paid"
    if charge.state in ("TO_REFUND", "REFUNDED"):
        return "returned"
    if charge.state == "CLOSED" or clock.now() >= charge.expires_at:
        return "expired"
    if charge.next_query_at is None:
        return "waiting"
    heard = [message for message in payments.messages_of(charge.trade_no) if message.kind == "callback"]
    return "failed" if heard and heard[-1].verdict == "not_paid" else "pending"
