"""What a supplier fills in. Whether it fits the order is judged by the operation, not here."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tcloud.core.refusals import Refusal
from tcloud.orders.models import Order
from tcloud.payments.rules import InvoiceLines, split_price
from tcloud.web.ui.dates import DateBoxesField

_AMOUNT = {
    "required": _("請填寫金額。"),
    "invalid": _("金額須為整數，不含逗號與小數，例如 57143。"),
    "min_value": _("金額不可為負數。"),
    "max_value": _("金額過大，請確認。"),
}
MOST_TWD = 999_999_999


def _amount(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=MOST_TWD,
        error_messages=_AMOUNT,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
    )


class DeclineForm(forms.Form):
    """Why the order is not taken (R-22)."""

    reason = forms.CharField(
        label=_("婉拒的理由"),
        help_text=_("企業會看到這段文字，請寫清楚原因，方便企業改選其他方案。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("請填寫婉拒的理由，企業會收到通知。")},
    )


class DeliverForm(forms.Form):
    """How the company begins to use the service (R-25)."""

    note = forms.CharField(
        label=_("企業如何開始使用"),
        help_text=_("例如登入網址、帳號寄到哪個信箱、教育訓練時間。請不要寫密碼。"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("請說明服務如何開始使用（例如登入網址與帳號寄送方式）。")},
    )


class InvoiceForm(forms.Form):
    """The lines of the uniform invoice (R-24). Buyer and seller are those of the order and are not typed."""

    number = forms.CharField(
        label=_("發票號碼"),
        help_text=_("2 個英文字母加 8 個數字，例如 AB12345678。"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-10"}),
        error_messages={"required": _("請填寫發票號碼。")},
    )
    issued_on = DateBoxesField(
        label=_("發票日期"), help_text=_("西元年或民國年都可以；小於 1000 的年份視為民國年。")
    )
    sales_twd = _amount(_("銷售額（未稅）"))
    tax_twd = _amount(_("營業稅額"), _("銷售額的 5%，四捨五入到元。"))
    total_twd = _amount(_("總計（含稅）"), _("須為契約全額，含點數折抵的部分。"))

    def clean_number(self) -> str:
        """Upper case, without the hyphen and spaces people type."""
        return "".join(self.cleaned_data["number"].upper().replace("-", "").split())

    def lines(self, order: Order, seller_ubn: str) -> InvoiceLines:
        """The invoice as the operation takes it."""
        data = self.cleaned_data
        return InvoiceLines(
            number=data["number"],
            issued_on=data["issued_on"],
            buyer_ubn=order.company.ubn,
            seller_ubn=seller_ubn,
            sales_twd=data["sales_twd"],
            tax_twd=data["tax_twd"],
            total_twd=data["total_twd"],
        )

    def take(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it is about."""
        if refusal.code == "invoice.number_used":
            self.add_error("number", refusal.text())
            return
        by_field = refusal.facts.get("fields", {})
        for field, sentences in by_field.items():
            self.add_error(field if field in self.fields else None, sentences)
        if not by_field:
            self.add_error(None, refusal.text())


def invoice_proposal(order: Order, *, today: date) -> dict[str, Any]:
    """What the invoice form begins with: the one right split of the full price, dated today."""
    split = split_price(order.price_twd)
    amounts = {"sales_twd": split.sales_twd, "tax_twd": split.tax_twd} if split else {}
    return {"issued_on": today, "total_twd": order.price_twd, **amounts}
