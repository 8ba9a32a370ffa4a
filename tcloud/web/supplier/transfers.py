"""Confirming a remittance with evidence (R-30), or that none was found."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tcloud.core import clock, uploads
from tcloud.core.refusals import Refusal
from tcloud.orders import operations
from tcloud.orders.effects import effects
from tcloud.orders.models import Order
from tcloud.payments import queries as payments
from tcloud.payments.models import BankReceipt
from tcloud.web.supplier.access import Desk
from tcloud.web.ui.dates import DateBoxesField

_NUMBER = {"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}


class ReceiptForm(forms.Form):
    """What came to the account."""

    amount_twd = forms.IntegerField(
        label=gettext_lazy("入帳金額（元）"),
        min_value=1,
        max_value=999_999_999,
        widget=forms.TextInput(attrs=_NUMBER),
        error_messages={
            "required": gettext_lazy("請填寫入帳金額。"),
            "invalid": gettext_lazy("金額須為整數，不含逗號與小數，例如 5000。"),
        },
    )
    last_five = forms.CharField(
        label=gettext_lazy("匯出帳號的末五碼"),
        max_length=5,
        widget=forms.TextInput(attrs=_NUMBER),
        error_messages={"required": gettext_lazy("請填寫匯出帳號的末五碼，共 5 位數字。")},
    )
    received_on = DateBoxesField(label=gettext_lazy("入帳日期"))
    other_amount = forms.BooleanField(
        label=gettext_lazy("入帳金額確實與應收金額不同，會另行退還"), required=False
    )
    evidence = forms.FileField(
        label=gettext_lazy("入帳證明"),
        help_text=gettext_lazy("存摺或網路銀行的入帳畫面，PDF 或圖片，5 MB 以內。請遮住無關的交易。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={
            "required": gettext_lazy("請附上入帳證明。"),
            "empty": gettext_lazy("檔案是空的，請選擇完整的檔案。"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """What the company said, what was confirmed, and the form; `act=deny` says that nothing came."""
    order = desk.order(number)
    said, received = payments.transfers_of(number), payments.receipts_of(number)
    charge = payments.charge_of(number)
    if charge is None or not (payments.bank_account_of(desk.company.pk) or said or received):
        raise Http404
    if request.method == "POST" and request.POST.get("act") == "deny":
        operations.deny_transfer(order, by=desk.actor, at=clock.now())
        messages.success(request, _("已通知企業沒有查到匯款。"))
        return redirect("supplier_transfer", number)
    form, status = ReceiptForm(initial={"received_on": clock.today(), "amount_twd": charge.amount_twd}), 200
    if request.method == "POST":
        form, status = ReceiptForm(request.POST, request.FILES), 422
        if form.is_valid() and (done := _confirm(request, desk, order, form)):
            return done
    waits = next((each for each in said if each.answered_at is None), None)
    context: dict[str, Any] = {
        "order": order,
        "charge": charge,
        "waits": waits,
        "received": received,
        "form": form,
    }
    payable = order.state == Order.State.ACCEPTED
    context["effects"] = effects(order, "confirm_transfer", at=clock.now()) if payable else []
    return render(request, "supplier/transfer.html", context, status=status)


def _confirm(request: HttpRequest, desk: Desk, order: Order, form: ReceiptForm) -> HttpResponse | None:
    values: dict[str, Any] = dict(form.cleaned_data)
    sent = values.pop("evidence")
    try:
        evidence = uploads.accept(sent.name, sent.read())
        receipt = operations.confirm_transfer(
            order, **values, evidence=evidence, by=desk.actor, at=clock.now()
        )
    except Refusal as refusal:
        form.add_error("evidence" if refusal.code.startswith("upload.") else None, refusal.text())
        return None
    if receipt.outcome == BankReceipt.Outcome.PAID:
        messages.success(request, _("已確認入帳，付款成立，我們已通知企業。"))
        return redirect("supplier_order", order.number)
    messages.warning(request, _("已登錄，但這筆款項不能付清訂單，請退還企業；執行單位會追蹤。"))
    return redirect("supplier_transfer", order.number)
