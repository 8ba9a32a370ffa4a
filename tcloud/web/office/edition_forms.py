"""The numbers and the budget of an edition, as an officer fills them in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST_POINTS = 10_000_000_000
MOST_NOTICE_DAYS = 365
_WHOLE = {"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}


def _number(label: Any, unit: Any, *, least: int = 1, most: int = 60) -> forms.IntegerField:
    """A whole number with its unit as the hint."""
    return forms.IntegerField(
        label=label,
        help_text=unit,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs=_WHOLE),
        error_messages={
            "required": _("請填寫這個數字。"),
            "invalid": _("須為整數，不含逗號。"),
            "min_value": _("至少為 %(limit_value)s。"),
            "max_value": _("最多為 %(limit_value)s。"),
        },
    )


class NumbersForm(forms.Form):
    """Every number of the edition, the reason for changing it, and the version it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    max_capital_twd = _number(_("資格：實收資本額上限"), _("新臺幣元"), most=10**12)
    max_employees = _number(_("資格：平均投保人數須未滿"), _("人"), most=10**6)
    review_working_days = _number(_("審查期限"), _("個工作天"))
    plan_review_working_days = _number(_("方案審查期限"), _("個工作天"))
    accepts_secondary_cards = forms.BooleanField(label=_("接受附卡"), required=False)
    grant_points = _number(_("每家核發"), _("點"), most=10**8)
    activation_months = _number(_("啟用期限"), _("個月"))
    expiry_months = _number(_("有效期限"), _("個月，不短於啟用期限"))
    notice_days = forms.CharField(
        label=_("到期前通知"),
        help_text=_("到期前幾天，以逗號分隔，例如 30, 7, 1。"),
        max_length=60,
        error_messages={"required": _("請填寫至少一個天數。")},
    )
    notice_time = forms.TimeField(
        label=_("通知時刻"),
        help_text=_("24小時制，例如 09:00。"),
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "w-10"}),
        error_messages={"required": _("請填寫時刻。"), "invalid": _("請填寫24小時制的時刻，例如 09:00。")},
    )
    points_share_numerator = _number(
        _("點數最多折抵：分子"), _("與分母一起表示價格的幾分之幾"), least=0, most=100
    )
    points_share_denominator = _number(_("點數最多折抵：分母"), _("1/2 表示一半"), most=100)
    min_points = _number(_("每張訂單至少使用"), _("點"), most=10_000)
    renewals_with_points = forms.BooleanField(label=_("續約與更換方案可以使用點數"), required=False)
    accept_working_days = _number(_("接單期限"), _("個工作天"))
    pay_working_days = _number(_("付款期限"), _("個工作天"))
    invoice_working_days = _number(_("發票期限"), _("個工作天"))
    deliver_working_days = _number(_("提供服務期限"), _("個工作天"))
    confirm_working_days = _number(_("確認服務期限"), _("個工作天"))
    expert_assign_working_days = _number(_("專家服務：指派專家期限"), _("個工作天"))
    expert_propose_working_days = _number(_("專家服務：專家提出時間期限"), _("個工作天"))
    expert_answer_working_days = _number(_("專家服務：企業選擇時間期限"), _("個工作天"))
    expert_report_working_days = _number(_("專家服務：訪視後提出報告期限"), _("個工作天"))
    expert_close_working_days = _number(_("專家服務：報告後自動結案"), _("個工作天"))
    reason = forms.CharField(
        label=_("變更的理由或核定文號"),
        help_text=_("會寫入辦理紀錄。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請填寫變更的理由或核定文號。")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        initial = options.get("initial") or {}
        if isinstance(initial.get("notice_days"), list):
            options["initial"] = initial | {"notice_days": ", ".join(map(str, initial["notice_days"]))}
        super().__init__(*args, **options)

    def clean_notice_days(self) -> list[int]:
        """[30, 7, 1] from what was typed, the largest first. Raises ValidationError."""
        parts = self.cleaned_data["notice_days"].replace("、", ",").replace("，", ",").split(",")
        words = [part.strip() for part in parts if part.strip()]
        if not words or not all(word.isdecimal() and int(word) <= MOST_NOTICE_DAYS for word in words):
            raise ValidationError(_("請填寫0到365的整數，以逗號分隔，例如 30, 7, 1。"))
        return sorted({int(word) for word in words}, reverse=True)


class BudgetForm(forms.Form):
    """R-12: points put into the appropriation or taken out of it by a document of the agency."""

    points = forms.IntegerField(
        label=_("點數"),
        min_value=1,
        max_value=MOST_POINTS,
        widget=forms.TextInput(attrs=_WHOLE),
        error_messages={
            "required": _("請填寫點數。"),
            "invalid": _("點數須為整數，不含逗號，例如 3000000。"),
            "min_value": _("點數至少為 1。"),
            "max_value": _("點數過大，請確認。"),
        },
    )
    reference = forms.CharField(
        label=_("核定文號"),
        help_text=_("同一個文號只能登錄一次。"),
        max_length=40,
        error_messages={"required": _("請填寫核定文號。")},
    )
