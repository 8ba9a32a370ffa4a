"""Paying by remittance to the supplier's own account (R-23): where to, and "I have paid"."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.orders import operations
from tcloud.orders.models import Order
from tcloud.payments import queries as payments
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find
from tcloud.web.ui.dates import DateBoxesField


class StatementForm(forms.Form):
    """From which account, and when."""

    last_five = forms.CharField(
        label=gettext_lazy("匯出帳號的末五碼"),
        max_length=5,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={"required": gettext_lazy("請填寫匯出帳號的末五碼，共 5 位數字。")},
    )
    paid_on = DateBoxesField(label=gettext_lazy("匯款日期"))


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: MemberRequest, number: str) -> HttpResponse:
    """GET: the supplier's account, and what was said before. POST: that it was paid."""
    order = find(request, number)
    account = payments.bank_account_of(order.supplier.company_id)
    charge = payments.charge_of(number)
    said = payments.transfers_of(number)
    if charge is None or (account is None and not said):  # nothing to remit, or nowhere to
        return redirect("order_payment", number)
    if order.paid_at:
        return redirect("order_payment_result", number)
    form, status = StatementForm(initial={"paid_on": clock.today()}), 200
    if request.method == "POST":
        form, status = StatementForm(request.POST), 422
        if form.is_valid():
            try:
                values: dict[str, Any] = form.cleaned_data
                operations.state_transfer(order, **values, by=request.actor, at=clock.now())
                messages.success(request, _("已通知供應商查對入帳。"))
                return redirect("order_transfer", number)
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
    payable = order.state == Order.State.ACCEPTED and clock.now() < charge.expires_at
    context = {
        "order": order,
        "account": account,
        "charge": charge,
        "said": said,
        "waits": next((each for each in said if each.answered_at is None), None),
        "form": form if payable and account else None,
        "due_total": order.working_days["pay"],
    }
    return render(request, "member/orders/transfer.html", context, status=status)
