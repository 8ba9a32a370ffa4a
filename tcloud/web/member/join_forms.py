"""What is typed while joining. Only shape is checked here; the rules are asked by the operations."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.validators import RegexValidator
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def _password_help() -> str:
    """What the configured validators ask for, in our own words; the length comes from them."""
    lengths = [getattr(validator, "min_length", 0) for validator in get_default_password_validators()]
    words = gettext("至少%(length)d個字元，不能全是數字，也不要用姓名、E-mail或常見的密碼。")
    return words % {"length": max(lengths, default=0)}


class AgreementForm(forms.Form):
    """One box for each document in `documents` {code: words}; every one has to be ticked."""

    def __init__(self, *args: Any, documents: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, words in documents.items():
            missing = {
                "required": _("請勾選「%(words)s」才能繼續。")
                % {"words": str(words).replace("「", "『").replace("」", "』")}
            }
            self.fields[code] = forms.BooleanField(label=words, error_messages=missing)


class AccountForm(forms.Form):
    """The person who will use the account."""

    name = forms.CharField(
        label=_("聯絡人姓名"),
        max_length=60,
        error_messages={"required": _("請填寫聯絡人姓名。")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("這就是登入帳號。驗證碼、點數通知與訂單期限都會寄到這裡，請填您收得到信的地址。"),
        error_messages={
            "required": _("請填寫E-mail。"),
            "invalid": _("E-mail格式不正確，請填完整的地址，例如name@example.com。"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=_("聯絡電話"),
        max_length=30,
        help_text=_("市話請加區碼，例如02-23456789分機12，或手機0912-345-678。"),
        error_messages={"required": _("請填寫聯絡電話。")},
        validators=[
            RegexValidator(
                r"^(?=(?:\D*\d){8})[\d\s+()#\-分機轉]+$",
                _("電話要有至少8個數字，只能用數字、空格、+、-、#、括號與「分機」。"),
            )
        ],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    password = forms.CharField(
        label=_("設定密碼"),
        max_length=128,
        strip=False,
        help_text=lazy(_password_help, str)(),
        error_messages={"required": _("請設定密碼。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )


class CodeForm(forms.Form):
    """The six digits from the mail."""

    code = forms.CharField(
        label=_("驗證碼"),
        max_length=20,
        help_text=_("信中的6位數字，30分鐘內有效。"),
        error_messages={"required": _("請輸入信中的6位數字驗證碼。")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "w-10"}
        ),
    )


class AppealForm(forms.Form):
    """Why the decision should be looked at again."""

    reason = forms.CharField(
        label=_("申覆理由"),
        max_length=2000,
        help_text=_("請說明哪一項紀錄有誤，以及可以佐證的文件。2,000字以內。"),
        error_messages={"required": _("請說明申覆理由。")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
