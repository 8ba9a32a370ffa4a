"""What an officer fills in. Every form carries the version of the case it was drawn from."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tcloud.programme.models import Programme
from tcloud.web.ui.event_words import EVENT_WORDS


class ReasonForm(forms.Form):
    """An intervention with its reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("理由"),
        help_text=_("會寫入這個案件的辦理紀錄，雙方都會看到。"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("請填寫理由。")},
    )


class PartRefundForm(ReasonForm):
    """R-27: a part of the cash goes back."""

    amount_twd = forms.IntegerField(
        label=_("退還的自付款（元）"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={
            "required": _("請填寫要退還的金額。"),
            "invalid": _("金額須為整數，不含逗號與小數，例如 5000。"),
        },
    )
    field_order = ("version", "amount_twd", "reason")


class ReturnedForm(forms.Form):
    """R-30: that money went back another way."""

    reference = forms.CharField(
        label=_("匯款序號或金流後台的退款紀錄"),
        max_length=200,
        error_messages={"required": _("請填寫匯款的序號，或金流後台顯示的退款紀錄。")},
    )


class ExplanationForm(forms.Form):
    """Why a statement and our record differ."""

    explanation = forms.CharField(
        label=_("差異的原因與處理方式"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("請說明差異的原因與處理方式。")},
    )


class DecisionForm(ReasonForm):
    """R-07: the officer's decision on an application under review."""

    decision = forms.ChoiceField(
        label=_("判定"),
        choices=[("eligible", _("符合資格")), ("ineligible", _("不符合資格"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇判定結果。")},
    )
    field_order = ("version", "decision", "reason")

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["reason"].help_text = _("會寫入這件申請的辦理紀錄，申請企業也會看到。")


class VersionForm(forms.Form):
    """A press of a button."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReversalForm(forms.Form):
    """Why a grant is to be taken back."""

    reason = forms.CharField(
        label=_("撤銷的理由"),
        help_text=_("企業會在通知信中看到這段文字，請寫明事實與依據。"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("請填寫撤銷的理由，理由會通知企業。")},
    )


class ReversalDecisionForm(forms.Form):
    """What the second officer decides; the first may only take the case back."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("approve", ""), ("reject", ""), ("withdraw", "")])
    remark = forms.CharField(
        label=_("說明"),
        help_text=_("不同意時必填，只有承辦人員與稽核看得到。"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class EventFilter(forms.Form):
    """What to look for in the record."""

    case = forms.CharField(
        label=_("案件"),
        help_text=_("訂單編號、申請編號，或完整的案件代號（例如 order/CE0123456789）。"),
        max_length=80,
        required=False,
    )
    type = forms.ChoiceField(
        label=_("事件"),
        choices=[("", _("全部")), *((code, words) for code, words in EVENT_WORDS.items())],
        required=False,
    )

    def cases(self) -> list[str]:
        """The cases meant by what was typed; none for nothing."""
        text = self.cleaned_data["case"].strip()
        if not text:
            return []
        if "/" in text:
            return [text]
        return [
            f"order/{text.upper()}",
            f"expert/{text.upper()}",
            *(f"{kind}/{text}" for kind in ("application", "company", "programme")),
        ]


class GrantFilter(forms.Form):
    """Which grants to list."""

    OPEN = "open"

    q = forms.CharField(label=_("統一編號、公司名稱或核發編號"), max_length=60, required=False)
    state = forms.ChoiceField(
        label=_("狀態"),
        required=False,
        choices=[
            ("", _("全部")),
            (OPEN, _("有效")),
            ("unactivated", _("未啟用收回")),
            ("expired", _("到期")),
            ("reversed", _("撤銷")),
        ],
    )
    edition = forms.ModelChoiceField(label=_("期別"), queryset=Programme.objects.none(), required=False)

    def __init__(self, data: Any, *, editions: QuerySet[Programme]) -> None:
        super().__init__(data)
        if len(editions) > 1:
            self.fields["edition"].queryset = editions  # type: ignore[attr-defined]
            self.fields["edition"].empty_label = None  # type: ignore[attr-defined]
        else:
            del self.fields["edition"]

    def closed_as(self) -> str | None:
        """The state as grants have it; None for any."""
        chosen = self.cleaned_data["state"]
        return "" if chosen == self.OPEN else chosen or None
