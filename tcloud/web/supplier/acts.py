"""What a supplier does to an order: accept with its card, decline, deliver. Each is one operation; invoices: invoices.py."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tcloud.contracts import operations as contracts
from tcloud.contracts.authorities import sealing_services
from tcloud.contracts.document import Party
from tcloud.contracts.models import SigningSession
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.members import cards
from tcloud.orders import operations, queries
from tcloud.orders.effects import effects
from tcloud.orders.models import Obligation, Order
from tcloud.orders.states import ORDER
from tcloud.web.supplier.access import Desk
from tcloud.web.supplier.forms import DeclineForm, DeliverForm
from tcloud.web.ui.card_answer import decoded
from tcloud.web.ui.refunding import refund_page

page_and_act = require_http_methods(["GET", "HEAD", "POST"])
MOST_CARD_CHARS = 20_000


def _from_card(text: str) -> bytes:
    """What the card component gave, out of its base64. Raises Refusal `card.unreadable`."""
    content = decoded(text, most=MOST_CARD_CHARS)
    if not content:
        raise Refusal("card.unreadable", _("沒有讀到憑證卡的資料，請再操作一次。"))
    return content


def due_at(order: Order, kind: str, *, at: datetime) -> datetime | None:
    """By when the obligation of that kind is owed; None when none is open."""
    owed = (row.obligation for row in queries.deadlines(order, at=at))
    still = (row.due_at for row in owed if row.kind == kind and not (row.fulfilled_at or row.lifted_at))
    return next(still, None)


def back_to(order: Order) -> HttpResponse:
    """To the order's page."""
    return redirect("supplier_order", number=order.number)


def _gone(request: HttpRequest, order: Order) -> HttpResponse:
    """The act is no longer to be done: to the order's page, which says how things stand."""
    words = _("這張訂單目前的狀態是「%(state)s」，不需要再辦理這個動作。") % {
        "state": order.get_state_display()
    }
    messages.info(request, words)
    return back_to(order)


def _acceptance_page(
    request: HttpRequest,
    order: Order,
    *,
    at: datetime,
    error: str = "",
    session: SigningSession | None = None,
) -> HttpResponse:
    context = {
        "order": order,
        "due_at": due_at(order, Obligation.Kind.ACCEPT, at=at),
        "effects": effects(order, "accept", at=at),
        "error": error,
        "session": session,
        "tbs": session.parameters["tbs"] if session else "",
        "reader": request.GET.get("reader", "")[:200],
    }
    return render(request, "supplier/accept.html", context, status=409 if error else 200)


@page_and_act
def accept(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """First step of accepting: what it means, and reading the card; the contract is prepared for exactly that card (R-20)."""
    order, at = desk.order(number), clock.now()
    if order.state != "SUBMITTED" or order.contract is None:
        return _gone(request, order)
    if request.method != "POST":
        return _acceptance_page(request, order, at=at)
    try:
        session = contracts.prepare_signature(
            order.contract,
            _from_card(request.POST.get("certificate", "")),
            party=Party.SUPPLIER,
            by=desk.actor,
            at=at,
            policy=cards.trust_policy(accepts_secondary=order.programme.accepts_secondary_cards),
            revocation=cards.revocation_checker(),
        )
    except Refusal as refusal:
        return _acceptance_page(request, order, at=at, error=refusal.text())
    answer = redirect("supplier_accept_sign", number=order.number, session_id=session.pk)
    if reader := request.POST.get("reader", ""):
        answer["Location"] += "?" + urlencode({"reader": reader[:200]})
    return answer


@page_and_act
def accept_sign(request: HttpRequest, desk: Desk, number: str, session_id: int) -> HttpResponse:
    """Second step: the card signs, and with that the order is accepted (R-22). Sent twice, it is accepted once."""
    order, at = desk.order(number), clock.now()
    own = SigningSession.objects.filter(contract=order.contract_id, party=Party.SUPPLIER.value)
    session = own.filter(pk=session_id).defer("prepared", "certificate").first()
    if session is None:
        raise Http404
    if request.method != "POST":
        if order.state != "SUBMITTED" or session.used_at:
            return _gone(request, order)
        return _acceptance_page(request, order, at=at, session=session)
    try:
        accepted = operations.accept(
            order,
            session,
            _from_card(request.POST.get("signature", "")),
            services=sealing_services(accepts_secondary=order.programme.accepts_secondary_cards),
            by=desk.actor,
            at=at,
        )
    except Refusal as refusal:
        if refusal.code.startswith("transition."):
            raise
        return _acceptance_page(request, order, at=at, error=refusal.text(), session=session)
    messages.success(request, _("已接單並完成副署，我們已通知企業付款。"))
    return back_to(accepted)


@page_and_act
def decline(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Not taking the order, with a reason (R-22)."""
    order, at = desk.order(number), clock.now()
    if order.state != "SUBMITTED":
        return _gone(request, order)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        operations.decline(order, reason=form.cleaned_data["reason"], by=desk.actor, at=at)
        messages.success(request, _("已婉拒這張訂單，點數已退回企業，理由已通知企業。"))
        return back_to(order)
    context = {"order": order, "form": form, "effects": effects(order, "decline", at=at)}
    return render(request, "supplier/decline.html", context)


@page_and_act
def deliver(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The service is provided; in a dispute, again (R-25)."""
    order, at = desk.order(number), clock.now()
    if order.state not in ORDER.find("deliver").sources:
        return _gone(request, order)
    form = DeliverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        operations.deliver(order, note=form.cleaned_data["note"], by=desk.actor, at=at)
        messages.success(request, _("已回報服務提供完成，我們已請企業確認。"))
        return back_to(order)
    context = {
        "order": order,
        "form": form,
        "due_at": due_at(order, Obligation.Kind.DELIVER, at=at),
        "effects": effects(order, "deliver", at=at),
    }
    return render(request, "supplier/deliver.html", context)


@page_and_act
def refund(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Agreeing with the company on a refund (R-27)."""
    return refund_page(
        request,
        desk.order(number),
        by=desk.actor,
        template="supplier/refund.html",
        here="supplier_refund",
    )
