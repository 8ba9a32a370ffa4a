"""What an officer fills in about announcements and about how the programme is reached."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock
from tcloud.support.models import Announcement
from tcloud.web.ui.dates import DateBoxesField


def _time(label: Any, *, required: bool = True) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=_("24小時制，例如 09:00。"),
        required=required,
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "w-10"}),
        error_messages={
            "required": _("請填寫時刻。"),
            "invalid": _("請填寫24小時制的時刻，例如 09:00。"),
        },
    )


def _line(
    label: Any, *, most: int, required: bool = False, hint: Any = "", missing: Any = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=most,
        error_messages={
            "required": missing or _("請填寫這一欄。"),
            "max_length": _("最多%(limit_value)d字。"),
        },
    )


class AnnouncementForm(forms.Form):
    """An announcement and the version it was drawn from (0 for a new one)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = _line(_("標題"), most=60, required=True, missing=_("請填寫標題。"))
    body = forms.CharField(
        label=_("內容"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    title_en = _line(_("英文標題"), most=100, required=True, missing=_("請填寫英文標題，英文頁面會顯示。"))
    body_en = forms.CharField(
        label=_("英文內容"), required=False, max_length=800, widget=forms.Textarea(attrs={"rows": 3})
    )
    severity = forms.ChoiceField(
        label=_("程度"), choices=Announcement.Severity.choices, widget=forms.RadioSelect,
        error_messages={"required": _("請選擇程度。")},
    )  # fmt: skip
    audience = forms.ChoiceField(
        label=_("對象"), choices=Announcement.Audience.choices, widget=forms.RadioSelect,
        error_messages={"required": _("請選擇對象。")},
    )  # fmt: skip
    starts_date = DateBoxesField(label=_("開始日期"))
    starts_time = _time(_("開始時刻"))
    ends_date = DateBoxesField(label=_("結束日期"), required=False, help_text=_("不填表示直到撤下為止。"))
    ends_time = _time(_("結束時刻"), required=False)

    @classmethod
    def of(cls, words: Announcement, *, version: int) -> "AnnouncementForm":
        """The form filled with an announcement's words."""
        starts = clock.taipei(words.starts_at)
        ends = clock.taipei(words.ends_at) if words.ends_at else None
        return cls(
            initial={
                "version": version, "title": words.title, "body": words.body, "title_en": words.title_en, "body_en": words.body_en,
                "severity": words.severity, "audience": words.audience, "starts_date": starts.date(), "starts_time": starts.time(),
                "ends_date": ends.date() if ends else None, "ends_time": ends.time() if ends else None,
            }
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError when the end lies before the start, is half filled in, or one language has no text."""
        said = super().clean() or {}
        if bool(said.get("ends_date")) != bool(said.get("ends_time")) and not self.errors:
            raise ValidationError(_("結束的日期與時刻要一起填寫，或都不填。"))
        if bool(said.get("body")) != bool(said.get("body_en")) and not self.errors:
            raise ValidationError(_("內容請中英文都填寫，或都不填。"))
        return said

    def words(self) -> dict[str, Any]:
        """What the operations take."""
        said = self.cleaned_data
        starts = datetime.combine(said["starts_date"], said["starts_time"], clock.TAIPEI)
        ends = (
            datetime.combine(said["ends_date"], said["ends_time"], clock.TAIPEI)
            if said["ends_date"]
            else None
        )
        kept = {name: said[name] for name in ("title", "title_en", "body", "body_en", "severity", "audience")}
        return kept | {"starts_at": starts, "ends_at": ends}


class WithdrawalForm(forms.Form):
    """Why an announcement is taken off."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = _line(
        _("撤下的理由"), most=200, required=True, hint=_("會寫入辦理紀錄。"), missing=_("請填寫撤下的理由。")
    )


def _whole(label: Any, unit: Any, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=unit,
        min_value=1,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={
            "required": _("請填寫這個數字。"),
            "invalid": _("須為整數，不含逗號。"),
            "min_value": _("至少為 %(limit_value)s。"),
            "max_value": _("最多為 %(limit_value)s。"),
        },
    )


class ContactForm(forms.Form):
    """How the programme is reached, and the version it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    hotline = _line(_("客服諮詢專線"), most=30, required=True, missing=_("請填寫專線電話。"))
    hotline_hours = _line(_("專線服務時間"), most=80, hint=_("以文字說明；不填就不顯示。"))
    hotline_hours_en = _line(_("專線服務時間（英文）"), most=120)
    mailbox = forms.EmailField(
        label=_("諮詢信箱"),
        help_text=_("變更前，請先確認郵件主機會把新信箱的來信轉給本系統；寄到舊信箱的新信不會再開立服務單。"),
        error_messages={"required": _("請填寫信箱。"), "invalid": _("信箱的格式不正確。")},
    )
    staffed_from = _time(_("文字客服開始"))
    staffed_until = _time(_("文字客服結束"))
    first_answer_working_days = _whole(
        _("服務單回覆期限"), _("個工作天；在那一天的文字客服結束時刻以前回覆"), 30
    )
    confirm_hours = _whole(_("訪客確認信箱的期限"), _("小時"), 168)
    address = _line(_("通訊地址"), most=200, hint=_("不填就不顯示。"))
    address_en = _line(_("通訊地址（英文）"), most=200)

    def clean_hotline(self) -> str:
        """Digits, and what one writes between them. Raises ValidationError."""
        typed: str = self.cleaned_data["hotline"].strip()
        if (
            not typed.isascii()
            or not any(sign.isdigit() for sign in typed)
            or set(typed) - set("0123456789-+()# ext")
        ):
            raise ValidationError(_("電話只能有數字、連字號、括號與分機（#），例如 0800-000-000。"))
        return typed
