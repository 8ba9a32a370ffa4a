"""What an officer fills in for the expert service (R-35)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tcloud.support.models import ExpertRequest


class RequestFilter(forms.Form):
    """Which cases to list: those that are open, unless said."""

    q = forms.CharField(label=_("案件編號、公司名稱或統一編號"), max_length=60, required=False)
    state = forms.ChoiceField(
        label=_("狀態"),
        required=False,
        choices=[("", _("辦理中")), ("all", _("全部")), *ExpertRequest.State.choices],
    )


class AssignForm(forms.Form):
    """Whom to give the case; a reason when it is taken from somebody."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    expert = forms.IntegerField(
        error_messages={"required": _("請選擇一位專家。"), "invalid": _("請選擇一位專家。")}
    )
    reason = forms.CharField(
        label=_("改派的原因"),
        help_text=_("企業與原專家會看到。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請填寫改派的原因，企業會看到。")},
    )

    def __init__(self, *args: Any, anew: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not anew:
            del self.fields["reason"]
