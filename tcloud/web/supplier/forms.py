"""What a supplier fills in. Whether it fits the order is judged by the operation, not here."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.mig.xml import MOST_BYTES
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import File
from tcloud.invoices import reading
from tcloud.invoices.rules import LONGEST_NUMBER, AllowanceLines
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


class MessageFileForm(forms.Form):
    """A MIG 4.1 file as the supplier's system or provider made it."""

    file = forms.FileField(
        label=_("電子發票檔（XML，MIG 4.1）"),
        help_text=_("由加值中心或Turnkey下載的單張檔案，200 KB以內。檔案原樣保存，作為證據。"),
        widget=forms.FileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
        error_messages={
            "required": _("請選擇檔案。"),
            "empty": _("檔案是空的，請選擇完整的檔案。"),
        },
    )

    def sent(self) -> File:
        """The file, read no further than it may be large. Raises Refusal `invoice.unreadable`."""
        upload = self.cleaned_data["file"]
        return reading.file_of(upload.name or "", upload.read(MOST_BYTES + 1))


class ProviderForm(forms.Form):
    """The supplier's account with its e-invoice provider. The keys are never shown again."""

    merchant_id = forms.CharField(
        label=_("特店編號（MerchantID）"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-10"}),
        error_messages={"required": _("請填寫特店編號。")},
    )
    hash_key = forms.CharField(
        label="HashKey",
        max_length=16,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("請填寫HashKey。")},
    )
    hash_iv = forms.CharField(
        label="HashIV",
        max_length=16,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("請填寫HashIV。")},
    )


class VoidingForm(forms.Form):
    """Why and on which day an invoice, or an allowance, was cancelled."""

    reason = forms.CharField(
        label=_("作廢原因"),
        help_text=_("例如品名錯誤、買受人統一編號錯誤、退款。企業會看到。"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請填寫作廢原因，企業會看到。")},
    )
    on = DateBoxesField(label=_("作廢日期"))

    def take(self, refusal: Refusal) -> None:
        """Show a refusal at the field it is about."""
        about_day = set(refusal.facts.get("fields", {})) == {"issued_on"}
        self.add_error("on" if about_day else None, refusal.text())


class AllowanceForm(forms.Form):
    """The lines of an allowance (R-24, R-27)."""

    number = forms.CharField(
        label=_("折讓單號碼"),
        max_length=LONGEST_NUMBER,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-10"}),
        error_messages={"required": _("請填寫折讓單號碼。")},
    )
    issued_on = DateBoxesField(label=_("折讓日期"))
    sales_twd = _amount(_("折讓金額（未稅）"))
    tax_twd = _amount(_("營業稅額"), _("折讓金額的 5%，四捨五入到元。"))
    reason = forms.CharField(
        label=_("折讓原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("請填寫折讓原因，企業會看到。")},
    )

    def __init__(self, *args: Any, numbered: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["number"].required = numbered  # the provider gives its own

    def lines(self) -> AllowanceLines:
        """The allowance as the operation takes it."""
        said = self.cleaned_data
        return AllowanceLines(said["number"].strip(), said["issued_on"], said["sales_twd"], said["tax_twd"])

    def take(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it is about."""
        by_field = refusal.facts.get("fields", {})
        for field, sentences in by_field.items():
            self.add_error(field if field in self.fields else None, sentences)
        if not by_field:
            self.add_error("number" if refusal.code == "allowance.number_used" else None, refusal.text())


def invoice_proposal(order: Order, *, today: date) -> dict[str, Any]:
    """What the invoice form begins with: the one right split of the full price, dated today."""
    split = split_price(order.price_twd)
    amounts = {"sales_twd": split.sales_twd, "tax_twd": split.tax_twd} if split else {}
    return {"issued_on": today, "total_twd": order.price_twd, **amounts}
