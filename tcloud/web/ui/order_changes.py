"""The pages on which the parties of an order propose and agree to changes beside the contract."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.orders import operations, supplements, words
from tcloud.orders.correspondence import SIDES
from tcloud.orders.models import Order, OrderChange
from tcloud.orders.rules import LATEST_START_DAYS
from tcloud.web.ui.dates import DateBoxesField
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.order_place import Place

Kind, State = OrderChange.Kind, OrderChange.State
TONES: Final = {State.PROPOSED: "warn", State.AGREED: "ok", State.REFUSED: "err", State.WITHDRAWN: "soft"}


class ProposalForm(forms.Form):
    """What every proposal has."""

    reason = forms.CharField(
        label=gettext_lazy("說明"),
        help_text=gettext_lazy("對方會看到，例如為什麼需要變更。"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @property
    def values(self) -> dict[str, Any]:
        """What is proposed, as the operation takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class StartForm(ProposalForm):
    """Another day to begin."""

    start_date = DateBoxesField(
        label=gettext_lazy("開始使用日"),
        help_text=gettext_lazy("從今天起90天內。供應商提供服務的期限不會因此改變。"),
    )
    field_order = ("start_date", "reason")


class ContactForm(ProposalForm):
    """Another person."""

    name = forms.CharField(
        label=gettext_lazy("聯絡人姓名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("請填寫聯絡人姓名。")},
    )
    email = forms.EmailField(
        label=gettext_lazy("聯絡人 E-mail"),
        help_text=gettext_lazy("雙方同意後，訂單的通知會寄到這裡。"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("請填寫聯絡人 E-mail。"),
            "invalid": gettext_lazy("E-mail 格式不正確，例如 name@example.com。"),
        },
    )
    phone = forms.CharField(label=gettext_lazy("聯絡電話"), max_length=30, required=False)
    field_order = ("name", "email", "phone", "reason")


class SeatsForm(ProposalForm):
    """Another number of people to set up."""

    seats = forms.IntegerField(
        label=gettext_lazy("開通人數"),
        min_value=1,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={
            "required": gettext_lazy("請填寫人數。"),
            "invalid": gettext_lazy("人數須為整數，例如5。"),
            "min_value": gettext_lazy("人數至少1人。"),
        },
    )
    field_order = ("seats", "reason")


FORMS: Final[dict[str, type[ProposalForm]]] = {
    Kind.START: StartForm,
    Kind.CONTACT: ContactForm,
    Kind.SEATS: SeatsForm,
}


class AnswerForm(forms.Form):
    """The answer to a proposal; what speaks against it when it is not agreed to."""

    remark = forms.CharField(
        label=gettext_lazy("不同意的原因"),
        help_text=gettext_lazy("不同意時必填，對方會看到。"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def row(change: OrderChange) -> dict[str, Any]:
    """A change as its pages show it."""
    lapsed = change.state == State.PROPOSED and not supplements.is_changeable(change.order)
    over = _("訂單已往下走，提議失效")
    if change.order.state == Order.State.DISPUTED:  # it waits again when the service is delivered again
        over = _("爭議處理中，提議暫停")
    return {
        "change": change,
        "what": change.get_kind_display(),
        "before": words.change_value(change.kind, change.before),
        "after": words.change_value(change.kind, change.after),
        "state": over if lapsed else change.get_state_display(),
        "tone": "soft" if lapsed else TONES[State(change.state)],
    }


def supplements_of(order: Order, place: Place) -> dict[str, Any]:
    """What an order's page says of its changes: the supplements, the proposal that waits, and where changes are made."""
    waiting = supplements.open_change(order)
    return {
        "supplements": [row(change) for change in supplements.agreed(order)],
        "waiting_change": row(waiting) if waiting else None,
        "asks_us": waiting is not None and place.side in SIDES and waiting.proposed_by != place.side,
        "may_change": supplements.is_changeable(order),
    }


def changes_page(
    request: HttpRequest, order: Order, place: Place, *, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    """Everything proposed on the order, and the answer to what waits."""
    waiting = supplements.open_change(order)
    rows = [row(change) for change in _of(order)]
    context = place.context(order) | {
        "waiting": row(waiting) if waiting else None,
        "is_ours": waiting is not None and waiting.proposed_by == place.side,
        "decision_url": place.url("change_decision", order, waiting.pk) if waiting else "",
        "kinds": [
            {
                "label": kind.label,
                "now": words.change_value(kind, supplements.valid_now(order, kind)),
                "url": place.url("change_new", order, kind.value),
            }
            for kind in supplements.possible(order)
        ],
        "agreed": [each for each in rows if each["change"].state == State.AGREED],
        "others": [
            each
            for each in rows
            if each["change"].state != State.AGREED and (waiting is None or each["change"].pk != waiting.pk)
        ],
        "may_change": supplements.is_changeable(order),
        "form": form or AnswerForm(),
    }
    return render(request, "orders/changes.html", context, status=status)


def _of(order: Order) -> list[OrderChange]:
    found = list(supplements.changes(order))
    for change in found:
        change.order = order
    return found


def new_page(request: HttpRequest, order: Order, place: Place, kind: str, *, by: Actor) -> HttpResponse:
    """Propose a change of one kind. Raises Http404 for a kind that the order's plan does not know."""
    if kind not in Kind.values or (kind == Kind.SEATS and not order.plan_version.seats):
        raise Http404
    if kind not in supplements.possible(order) or supplements.open_change(order):
        return redirect(place.url("changes", order))
    now = supplements.valid_now(order, kind)
    if request.method != "POST":
        form = FORMS[kind](initial=now if kind != Kind.START else {})
        return _show_new(request, order, place, kind, form)
    if refused := too_many(request, "order_change", key=f"{order.number}/{place.side}"):
        return refused
    form = FORMS[kind](request.POST)
    if not form.is_valid():
        return _show_new(request, order, place, kind, form, status=422)
    try:
        operations.propose_change(
            order, kind, form.values, reason=form.cleaned_data["reason"], by=by, at=clock.now()
        )
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _show_new(request, order, place, kind, form, status=409)
    messages.success(request, _("已送出變更提議，我們已通知對方。"))
    return redirect(place.url("changes", order))


def _show_new(
    request: HttpRequest, order: Order, place: Place, kind: str, form: ProposalForm, *, status: int = 200
) -> HttpResponse:
    context = place.context(order) | {
        "form": form,
        "what": Kind(kind).label,
        "kind": kind,
        "now": words.change_value(kind, supplements.valid_now(order, kind)),
        "included": order.plan_version.seats,
        "days": LATEST_START_DAYS,
        "changes_url": place.url("changes", order),
    }
    return render(request, "orders/change_new.html", context, status=status)


def decide(request: HttpRequest, order: Order, place: Place, pk: int, *, by: Actor) -> HttpResponse:
    """Agree, do not agree, or take back. Raises Http404 for a change of another order."""
    change = get_object_or_404(OrderChange, order=order, pk=pk)
    decision, now = request.POST.get("decision"), clock.now()
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return changes_page(request, order, place, form=form, status=422)
    remark = form.cleaned_data["remark"]
    try:
        if decision == "agree":
            operations.agree_change(change, by=by, at=now)
            messages.success(request, _("已同意變更，並列為補充約定。"))
        elif decision == "refuse":
            operations.refuse_change(change, remark=remark, by=by, at=now)
            messages.success(request, _("已回覆不同意，一切照原來的約定。"))
        elif decision == "withdraw":
            operations.withdraw_change(change, by=by, at=now)
            messages.success(request, _("已收回變更提議。"))
        else:
            raise Http404
    except Refusal as refusal:
        form.add_error("remark" if refusal.code == "change.reason_missing" else None, refusal.text())
        return changes_page(request, order, place, form=form, status=409)
    return redirect(place.url("changes", order))
