"""A colleague without the right to order asks to have a draft signed and sent; who has it approves, or returns it with a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tcloud.core import clock
from tcloud.orders import operations, queries
from tcloud.orders.models import DraftRequest, Order
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.presentation import terms


class AskForm(forms.Form):
    """What the colleague wants to say with it."""

    note = forms.CharField(
        label=gettext_lazy("附註"),
        help_text=gettext_lazy("例如為什麼需要、希望什麼時候開始。供應商看不到。"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReturnForm(forms.Form):
    """Why the draft goes back."""

    reason = forms.CharField(
        label=gettext_lazy("退回的原因"),
        help_text=gettext_lazy("同事會收到通知，可以修改後再次送請核准。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("請寫明退回的原因，同事會收到通知。")},
    )


def of_draft(request: MemberRequest, order: Order) -> dict[str, Any]:
    """What a draft's page needs to know of requests: who may go on, who waits, what was said before."""
    asked = queries.requests_of(order)
    waiting = next((each for each in asked if each.state == "ASKED"), None)
    may_order = request.actor.may_bind
    return {
        "may_order": may_order,
        "may_discard": may_order or (order.created_by_id == request.user.pk and order.contract is None),
        "requests": asked,
        "last": asked[0] if asked else None,
        "waiting": waiting,
        "mine": bool(waiting and waiting.asked_by_id == request.user.pk),
        "ask_form": AskForm(),
        "return_form": ReturnForm(),
        "introduction": _introduction(request, order),
    }


def _introduction(request: MemberRequest, order: Order) -> Any:
    if order.lead_id is None:
        return None
    return request.company.introductions.filter(lead=order.lead_id).select_related("lead__supplier").first()


def _draft_page(request: MemberRequest, order: Order, **forms_: forms.Form) -> HttpResponse:
    """The draft's page again, with what was typed and what is wrong with it."""
    state = order.contract.state if order.contract else ""
    context = {"order": order, "v": order.plan_version, "contract_state": state, "current": 2}
    context |= of_draft(request, order) | {"steps": terms.BUILDING} | forms_
    return render(request, "member/orders/check.html", context, status=422)


def _order(request: MemberRequest, number: str) -> Order:
    return get_object_or_404(queries.of_company(request.company), number=number)


def _request(order: Order, pk: int) -> DraftRequest:
    return get_object_or_404(DraftRequest.objects.select_related("order"), order=order, pk=pk)


@member_page
@require_POST
def asking(request: MemberRequest, number: str) -> HttpResponse:
    """Ask who may order."""
    order = _order(request, number)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _draft_page(request, order, ask_form=form)
    operations.ask(order, note=form.cleaned_data["note"], user=request.user, by=request.actor, at=clock.now())
    messages.success(request, _("已送請核准，我們已寄信通知有訂購權限的同事。"))
    return redirect("order", number)


@member_page
@require_POST
def approval(request: MemberRequest, number: str, pk: int) -> HttpResponse:
    """Take the draft over: on to the contract, as with every order."""
    asked = _request(_order(request, number), pk)
    if asked.state != "APPROVED":  # pressed twice, it leads on
        operations.approve(asked, user=request.user, by=request.actor, at=clock.now())
        messages.success(request, _("已核准。請確認訂單與金額，再簽署並送出。"))
    return redirect("order", number)


@member_page
@require_POST
def returning(request: MemberRequest, number: str, pk: int) -> HttpResponse:
    """Give the draft back with a reason."""
    order = _order(request, number)
    asked = _request(order, pk)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _draft_page(request, order, return_form=form)
    operations.send_back(
        asked, reason=form.cleaned_data["reason"], user=request.user, by=request.actor, at=clock.now()
    )
    messages.success(request, _("已退回，我們已寄信通知同事。"))
    return redirect("order", number)


@member_page
@require_POST
def withdrawing(request: MemberRequest, number: str, pk: int) -> HttpResponse:
    """Take one's own request back."""
    asked = _request(_order(request, number), pk)
    if asked.state != "WITHDRAWN":
        operations.withdraw_request(asked, by=request.actor, at=clock.now())
        messages.success(request, _("已收回請求。"))
    return redirect("order", number)
