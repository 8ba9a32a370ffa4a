"""Forms of orders: what to order with how many points, and the reasons of acts."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tcloud.core import money
from tcloud.members.models import User

NUMBERS = {"inputmode": "numeric"}


class OrderForm(forms.Form):
    """An order in the making: points (R-17), who is to be contacted, and what the page showed (version, key)."""

    points = forms.IntegerField(
        label=_("使用點數"),
        widget=forms.NumberInput(attrs=NUMBERS),
        error_messages={"required": _("請填寫要使用的點數")},
    )
    contact_name = forms.CharField(
        label=_("聯絡人姓名"), max_length=60, error_messages={"required": _("請填寫聯絡人姓名")}
    )
    contact_email = forms.EmailField(
        label=_("聯絡人 E-mail"),
        help_text=_("供應商會用這個信箱聯繫您並開通服務。"),
        error_messages={
            "required": _("請填寫聯絡人 E-mail"),
            "invalid": _("E-mail 格式不正確，例如 name@example.com"),
        },
    )
    contact_phone = forms.CharField(
        label=_("聯絡電話"),
        max_length=30,
        required=False,
        help_text=_("例如 02-2345-6789 分機 123。"),
    )
    reason = forms.CharField(
        label=_("為什麼選這個方案"),
        help_text=_("會記在訂單裡，貴公司、承辦人員和稽核看得到，供應商看不到；之後也可以補寫。"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    plan = forms.SlugField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
    follows = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.least, self.most = least, most
        field = self.fields["points"]
        field.help_text = _("可以使用 %(least)s 到 %(most)s 點，可以少用，其餘由自付款補足。") % {
            "least": money.points(least),
            "most": money.points(most),
        }
        field.widget.attrs |= {"min": least, "max": most, "step": 1}
        for name, hint in (("contact_name", "name"), ("contact_email", "email"), ("contact_phone", "tel")):
            self.fields[name].widget.attrs["autocomplete"] = hint

    def clean_points(self) -> int:
        """R-17: within what this order may use; the operation looks again under its lock."""
        wanted: int = self.cleaned_data["points"]
        if not self.least <= wanted <= self.most:
            raise forms.ValidationError(
                _("使用點數須在 %(least)s 到 %(most)s 之間，請調整後再試。")
                % {"least": money.points(self.least), "most": money.points(self.most)}
            )
        return wanted

    @property
    def contact(self) -> dict[str, str]:
        """The contact as the operation takes it."""
        return {name: self.cleaned_data[f"contact_{name}"] for name in ("name", "email", "phone")}


def first_values(user: User, *, most: int, plan: str, version: int) -> dict[str, Any]:
    """What a new order's form shows first: all the points it may use, and the person who is signed in."""
    return {
        "points": most,
        "contact_name": user.name,
        "contact_email": user.email,
        "contact_phone": user.phone,
        "plan": plan,
        "version": version,
        "key": uuid.uuid4(),
    }


class ReasonForm(forms.Form):
    """Why an order is withdrawn or disputed."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("請說明原因，供應商與執行單位會看到。")},
    )

    def __init__(self, *args: Any, label: str, hint: str = "", required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label
        self.fields["reason"].help_text = hint
        self.fields["reason"].required = required


class AcknowledgementForm(forms.Form):
    """R-36: the company has read the contract and knows the effects."""

    agree = forms.BooleanField(
        label=_("我已審閱契約，並了解以上效果與期限"),
        error_messages={"required": _("請先審閱契約並勾選同意，才能繼續簽署。")},
    )
