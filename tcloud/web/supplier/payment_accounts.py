"""收款設定: where the supplier's customers pay to (R-23). Only its owner, only after entering the password once more."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tcloud.adapters.merchant import Credentials
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.payments import operations, queries
from tcloud.payments.models import PaymentAccount
from tcloud.web.supplier.access import Desk, with_keys

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "class": "w-20"}
GATEWAYS = (PaymentAccount.Kind.ECPAY, PaymentAccount.Kind.NEWEBPAY)


class GatewayForm(forms.Form):
    """An account at a gateway, with its keys."""

    kind = forms.ChoiceField(
        label=gettext_lazy("金流平台"),
        choices=[(kind.value, kind.label) for kind in GATEWAYS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("請選擇金流平台。")},
    )
    merchant_id = forms.CharField(
        label=gettext_lazy("特店編號（商店代號）"),
        max_length=15,
        widget=forms.TextInput(attrs=_PLAIN),
        error_messages={"required": gettext_lazy("請填寫特店編號。")},
    )
    hash_key = forms.CharField(
        label="HashKey",
        help_text=gettext_lazy("加密保存，之後不會再顯示，只能整組更換。"),
        max_length=40,
        widget=forms.PasswordInput(attrs=_PLAIN),
        error_messages={"required": gettext_lazy("請填寫 HashKey。")},
    )
    hash_iv = forms.CharField(
        label="HashIV",
        max_length=40,
        widget=forms.PasswordInput(attrs=_PLAIN),
        error_messages={"required": gettext_lazy("請填寫 HashIV。")},
    )


class BankForm(forms.Form):
    """A bank account to remit to."""

    bank_code = forms.CharField(
        label=gettext_lazy("銀行代碼"),
        help_text=gettext_lazy("3 位數字，例如 004。"),
        max_length=3,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={"required": gettext_lazy("請填寫銀行代碼。")},
    )
    bank_name = forms.CharField(
        label=gettext_lazy("銀行與分行名稱"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_PLAIN),
    )
    account_no = forms.CharField(
        label=gettext_lazy("帳號"),
        help_text=gettext_lazy("只填數字。"),
        max_length=16,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-20"}),
        error_messages={"required": gettext_lazy("請填寫帳號。")},
    )
    account_name = forms.CharField(
        label=gettext_lazy("戶名"),
        help_text=gettext_lazy("須為貴公司的帳戶。"),
        max_length=60,
        widget=forms.TextInput(attrs=_PLAIN),
        error_messages={"required": gettext_lazy("請填寫戶名。")},
    )


@sensitive_post_parameters("hash_key", "hash_iv")
@require_http_methods(["GET", "HEAD", "POST"])
@with_keys
def accounts(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Both accounts as they stand (never their keys), and the forms that replace them."""
    act = request.POST.get("act", "")
    forms_by_act: dict[str, forms.Form] = {
        "gateway": GatewayForm(request.POST if act == "gateway" else None, prefix="gateway"),
        "bank": BankForm(request.POST if act == "bank" else None, prefix="bank"),
    }
    form, status = forms_by_act.get(act), 200
    if act == "retire":
        return _retire(request, desk)
    if form is not None:
        status = 422
        if form.is_valid():
            try:
                messages.success(request, _save(act, form, desk))
                return redirect("supplier_payment_accounts")
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
    context = {
        "gateway": queries.gateway_account_of(desk.company.pk),
        "bank": queries.bank_account_of(desk.company.pk),
        "gateway_form": forms_by_act["gateway"],
        "bank_form": forms_by_act["bank"],
        "bad_form": form,
    }
    return render(request, "supplier/payment_accounts.html", context, status=status)


def _save(act: str, form: forms.Form, desk: Desk) -> str:
    said, at = form.cleaned_data, clock.now()
    if act == "bank":
        operations.set_bank_account(desk.company, **said, by=desk.actor, at=at)
        return _("匯款帳戶已更新，之後的付款頁會顯示這個帳戶。")
    keys = Credentials(said["merchant_id"].strip(), said["hash_key"].strip(), said["hash_iv"].strip())
    operations.set_gateway_account(desk.company, kind=said["kind"], keys=keys, by=desk.actor, at=at)
    return _("金流帳戶已更新，之後的付款會進入這個帳戶；先前的付款仍由原帳戶處理。")


def _retire(request: HttpRequest, desk: Desk) -> HttpResponse:
    key = request.POST.get("account", "")
    pk = int(key) if key.isdecimal() and len(key) < 19 else 0
    account = get_object_or_404(PaymentAccount, pk=pk, company=desk.company)
    operations.retire_account(account, by=desk.actor, at=clock.now())
    messages.success(request, _("已停用這個帳戶。"))
    return redirect("supplier_payment_accounts")
