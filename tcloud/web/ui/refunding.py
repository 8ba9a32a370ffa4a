"""The page on which company and supplier agree on a refund (R-27): the same for both, each sees whose turn it is."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.orders import operations, queries
from tcloud.orders.effects import Effect, effects
from tcloud.orders.models import Order, RefundProposal
from tcloud.payments import queries as payments


class ProposalForm(forms.Form):
    """How much of the cash is to go back, and why."""

    amount_twd = forms.IntegerField(
        label=gettext_lazy("退還的自付款（元）"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={
            "required": gettext_lazy("請填寫要退還的金額。"),
            "invalid": gettext_lazy("金額須為整數，不含逗號與小數，例如 5000。"),
            "min_value": gettext_lazy("金額至少 1 元。"),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("退款理由"),
        help_text=gettext_lazy("對方和執行單位會看到，最多 500 字。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("請填寫退款理由，對方會看到。")},
    )

    def __init__(self, *args: Any, left_twd: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("1 到 %(left)s 元。填 %(left)s 元就是全額退款，訂單會結束。")
        self.fields["amount_twd"].help_text = hint % {"left": f"{left_twd:,}"}


class AnswerForm(forms.Form):
    """What is said to a proposal."""

    answer = forms.CharField(
        label=gettext_lazy("說明"),
        help_text=gettext_lazy("不同意時必填，對方會看到。"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def refund_page(request: HttpRequest, order: Order, *, by: Actor, template: str, here: str) -> HttpResponse:
    """GET: how things stand. POST `act`: propose, agree, refuse or withdraw; leads back to `here`, a URL name."""
    form: forms.Form | None = None
    status = 200
    if request.method == "POST":
        form = _form(request, order)
        if form.is_valid():
            try:
                messages.success(request, _act(request, order, form, by))
                return redirect(here, order.number)
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
        else:
            status = 422
        order.refresh_from_db()
    standing = queries.refund_standing(order)
    waits = standing.open
    answering = waits is not None and waits.party != by.kind
    values = {
        "order": order,
        "v": order.plan_version,
        "standing": standing,
        "waits": waits,
        "mine": waits is not None and not answering,
        "effects": _effects(order, standing, by),
        "given": payments.refunds_of(order.number),
        "form": _shown(form, answering, standing) if standing.left_twd else form,
    }
    return render(request, template, values, status=status)


def _effects(order: Order, standing: queries.RefundStanding, by: Actor) -> list[Effect]:
    """What agreeing to the open proposal would do, or making one; nothing when nothing may be given back."""
    if not standing.left_twd:
        return []
    if standing.open is None:
        return effects(order, "propose_refund", at=clock.now(), by=by.kind)
    amount, whole = standing.open.amount_twd, standing.open.amount_twd >= standing.left_twd
    if whole:
        return effects(order, "refund", at=clock.now(), by=by.kind)
    return effects(order, "part_refund", at=clock.now(), by=by.kind, refund_twd=amount)


def _shown(form: forms.Form | None, answering: bool, standing: queries.RefundStanding) -> forms.Form | None:
    """What was typed, when its form is still the one to fill in; else an empty one with what was said against it."""
    fresh = AnswerForm() if answering else ProposalForm(left_twd=standing.left_twd)
    if form is None or isinstance(form, type(fresh)):
        return form or fresh
    return form


def _form(request: HttpRequest, order: Order) -> forms.Form:
    if request.POST.get("act") in ("agree", "refuse", "withdraw"):
        return AnswerForm(request.POST)
    return ProposalForm(request.POST, left_twd=queries.refund_standing(order).left_twd)


def _act(request: HttpRequest, order: Order, form: forms.Form, by: Actor) -> str:
    """Do what was asked, and say so."""
    said, at, act = form.cleaned_data, clock.now(), request.POST.get("act")
    if isinstance(form, ProposalForm):
        operations.propose_refund(order, said["amount_twd"], reason=said["reason"], by=by, at=at)
        return _("已提出退款，我們已請對方回覆。")
    key = request.POST.get("proposal", "")
    seen = RefundProposal.objects.filter(order=order, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    proposal = seen.select_related("order").first()
    if proposal is None:
        raise Http404
    if act == "withdraw":
        operations.withdraw_refund(proposal, by=by, at=at)
        return _("已收回退款提議。")
    operations.answer_refund(proposal, agree=act == "agree", answer=said["answer"], by=by, at=at)
    return _("已同意退款，款項列入待退。") if act == "agree" else _("已回覆不同意，訂單照常進行。")
