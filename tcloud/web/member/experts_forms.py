"""What a company fills in for the expert service (R-35)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tcloud.core.counties import COUNTIES
from tcloud.core.deadlines import place_words
from tcloud.support.models import ExpertRequest, NeedArea

WORDS = 2000


class RequestForm(forms.Form):
    """What the company wants help with, where, and whom to reach."""

    areas = forms.MultipleChoiceField(
        label=_("想請教的領域"),
        help_text=_("可以選多項。"),
        choices=NeedArea.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("請至少選擇一個領域。")},
    )
    description = forms.CharField(
        label=_("想解決的問題"),
        help_text=_("請寫下現在怎麼做、遇到什麼困難、希望達成什麼，專家會先看過再聯繫您。"),
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("請寫下想解決的問題。")},
    )
    mode = forms.ChoiceField(
        label=_("方式"),
        choices=ExpertRequest.Mode.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇到場訪視或線上會議。")},
    )
    county = forms.ChoiceField(
        label=_("縣市"), help_text=_("到場訪視時必填。"), required=False, choices=[("", "—")]
    )
    place = forms.CharField(
        label=_("地址"),
        help_text=_("到場訪視時必填，例如中正區寶慶路1號3樓。"),
        max_length=120,
        required=False,
    )
    preferred_times = forms.CharField(
        label=_("方便的時間"), help_text=_("例如：週二、週四下午。"), max_length=200, required=False
    )
    contact_name = forms.CharField(
        label=_("聯絡人姓名"), max_length=60, error_messages={"required": _("請填寫聯絡人姓名。")}
    )
    contact_email = forms.EmailField(
        label=_("聯絡人 E-mail"),
        error_messages={
            "required": _("請填寫聯絡人 E-mail。"),
            "invalid": _("E-mail 格式不正確，例如 name@example.com"),
        },
    )
    contact_phone = forms.CharField(
        label=_("聯絡電話"), help_text=_("例如 02-2345-6789 分機 123。"), max_length=30, required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["county"].choices = [("", "—"), *((name, place_words(name)) for name in COUNTIES)]  # type: ignore[attr-defined]
        for name, hint in (("name", "name"), ("email", "email"), ("phone", "tel")):
            self.fields[f"contact_{name}"].widget.attrs["autocomplete"] = hint

    def clean(self) -> dict[str, Any]:
        """A visit needs county and address; a meeting online has neither."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("mode") == ExpertRequest.Mode.ONSITE:
            if not data.get("county"):
                self.add_error("county", _("請選擇到場訪視的縣市。"))
            if not data.get("place"):
                self.add_error("place", _("請填寫到場訪視的地址。"))
        else:
            data |= {"county": "", "place": ""}
        return data

    @property
    def contact(self) -> dict[str, str]:
        """The contact as the operation takes it."""
        return {name: self.cleaned_data[f"contact_{name}"] for name in ("name", "email", "phone")}


class SlotForm(forms.Form):
    """The time that suits."""

    slot = forms.IntegerField(
        error_messages={"required": _("請選擇一個時間。"), "invalid": _("請選擇一個時間。")}
    )


class WordsForm(forms.Form):
    """Words for the other side, with their own label."""

    words = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, label: Any, hint: Any, missing: Any = "", **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["words"]
        field.label, field.help_text, field.required = label, hint, bool(missing)
        field.error_messages["required"] = missing


class FeedbackForm(forms.Form):
    """How it was, once."""

    score = forms.TypedChoiceField(
        label=_("這次的專家服務對您有幫助嗎？"),
        coerce=int,
        choices=[
            (5, _("5分：非常有幫助")),
            (4, _("4分：有幫助")),
            (3, _("3分：普通")),
            (2, _("2分：幫助不大")),
            (1, _("1分：沒有幫助")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇1到5分。"), "invalid_choice": _("請選擇1到5分。")},
    )
    words = forms.CharField(
        label=_("想告訴我們的話"),
        help_text=_("專家與執行單位會看到。"),
        max_length=WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
