"""Paying the company's part (flyer 4.2 and 4.3): look again, hand over to the gateway, and hear how it went (R-23, R-30)."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tcloud.adapters.gateway_port import GatewayError, Method, PaymentGateway
from tcloud.core import clock
from tcloud.core.actors import COMPANY
from tcloud.core.refusals import Refusal
from tcloud.orders import operations, queries, returning
from tcloud.orders.effects import effects
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.paying import ask_gateway
from tcloud.payments import queries as payments
from tcloud.payments.gateway import gateway, of_account
from tcloud.payments.models import Charge, PayCode
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find

ASK_AGAIN_AFTER_S = 20  # the gateway locks out who asks too often (PROTOCOLS §5)
METHODS = ["GET", "HEAD", "POST"]
WAYS: dict[Method, tuple[str | Promise, str | Promise]] = {
    Method.CARD: (gettext_lazy("信用卡"), gettext_lazy("立刻完成付款。")),
    Method.ATM: (gettext_lazy("ATM 轉帳"), gettext_lazy("取得一組專用的銀行帳號，到 ATM 或網路銀行轉帳。")),
    Method.CVS: (
        gettext_lazy("超商代碼"),
        gettext_lazy("取得代碼，到超商的多媒體機列印繳費單，在櫃檯繳費。"),
    ),
    Method.BARCODE: (
        gettext_lazy("超商條碼"),
        gettext_lazy("取得三段條碼，列印或以手機出示，在超商櫃檯繳費。"),
    ),
}


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
            order,
            gateway=gateway(),
            site_url=settings.SITE_URL,
            method=_chosen(request.POST.get("method", "")),
            by=request.actor,
            at=clock.now(),
        )
    except Refusal as refusal:
        order = find(request, number)
        if order.paid_at:
            return redirect("order_payment_result", number)
        return _payment_page(request, order, charge, refusal=refusal.text())
    context = {"order": order, "v": order.plan_version, "form": form}
    return render(request, "member/orders/handoff.html", context)


class WayForm(forms.Form):
    """By which way to pay."""

    method = forms.ChoiceField(label=gettext_lazy("付款方式"), widget=forms.RadioSelect)


def own_gateway(order: Order) -> PaymentGateway:
    """The gateway that the order's next checkout leads to; the programme's while the supplier's own can't be used."""
    account = payments.gateway_account_of(order.supplier.company_id)
    try:
        return of_account(account.pk if account else None, gateway())
    except GatewayError:
        return gateway()


def _way_form(request: MemberRequest, order: Order, charge: Charge) -> WayForm:
    form = WayForm(initial={"method": _chosen(request.POST.get("method", "")).value})
    ways = own_gateway(order).methods(charge.amount_twd)
    form.fields["method"].choices = [  # type: ignore[attr-defined]
        (way.value, _("%(way)s：%(hint)s") % {"way": WAYS[way][0], "hint": WAYS[way][1]}) for way in ways
    ]
    return form


def _chosen(name: str) -> Method:
    """The way of paying that was chosen; by card when none was."""
    return Method(name) if name in list(Method) else Method.CARD


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
        "form": _way_form(request, order, charge),
        "code": shown_code(order, charge),
        "bank": payments.bank_account_of(order.supplier.company_id),
    }
    return render(request, "member/orders/payment.html", context, status=409 if refusal else 200)


@dataclass(frozen=True)
class ShownCode:
    """A code to pay with: by which way, and the first moment at which it is too late, there or here (R-23)."""

    code: PayCode
    way: str | Promise
    until: datetime

    @property
    def barcodes(self) -> list[str]:
        return self.code.barcodes.split()


def shown_code(order: Order, charge: Charge) -> ShownCode | None:
    """The code last given out, while it may still be paid in time."""
    code = payments.codes_of(order.number) if order.state == Order.State.ACCEPTED else None
    if code is None:
        return None
    until = min(code.expires_at or charge.expires_at, charge.expires_at)
    return ShownCode(code, WAYS[Method(code.method)][0], until) if clock.now() < until else None


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
    context["code"] = shown_code(order, charge)
    if outcome == "returned":
        context["way_back"] = returning.said(charge, COMPANY)
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
