"""Forms of the expert service that officers and experts share: notes, reasons, an expert's profile (R-35)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tcloud.core.counties import COUNTIES
from tcloud.core.deadlines import place_words
from tcloud.members.models import User
from tcloud.support.models import NeedArea


class NoteForm(forms.Form):
    """A note for expert and officers alone."""

    text = forms.CharField(
        label=_("新的紀錄"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請填寫紀錄內容。")},
    )


class ReasonForm(forms.Form):
    """Why, for the company to read; carries the version of the case it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("原因"),
        help_text=_("企業會看到這段文字。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請填寫原因，企業會看到。")},
    )


class ProfileForm(forms.Form):
    """What an expert advises on and where; carries the version it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    takes_cases = forms.BooleanField(label=_("目前接案"), required=False)
    areas = forms.MultipleChoiceField(
        label=_("專長領域"), choices=NeedArea.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    online = forms.BooleanField(label=_("可以線上會議"), required=False)
    counties = forms.MultipleChoiceField(
        label=_("可以到場的縣市"), choices=(), widget=forms.CheckboxSelectMultiple, required=False
    )
    bio = forms.CharField(
        label=_("簡介（中文）"),
        help_text=_("企業會在案件頁看到，例如經歷與擅長的產業。"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "zh-Hant"}),
    )
    bio_en = forms.CharField(
        label=_("簡介（英文）"),
        max_length=1200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "en"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["counties"].choices = [(name, place_words(name)) for name in COUNTIES]  # type: ignore[attr-defined]


def profile_values(user: User) -> dict[str, Any]:
    """What the form of an expert's profile shows first."""
    profile = getattr(user, "expert_profile", None)
    if profile is None:
        return {"version": 0, "takes_cases": True, "online": True}
    names = ("version", "takes_cases", "areas", "online", "counties", "bio", "bio_en")
    return {name: getattr(profile, name) for name in names}
