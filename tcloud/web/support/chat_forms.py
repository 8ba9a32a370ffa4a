"""What agents fill in at the desk."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tcloud.members.models import User
from tcloud.support.models import Conversation
from tcloud.support.models.chat import LONGEST


class ReplyForm(forms.Form):
    """One message. `client_id` names it: sent twice, it is the same one."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        label=_("回覆"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={
            "required": _("請輸入訊息。"),
            "max_length": _("訊息最多%(limit_value)d字，目前%(show_value)d字，請分成幾則傳送。"),
        },
    )


class HandoverForm(forms.Form):
    """To whom, and what she must know; nobody named: back to the queue."""

    to = forms.ModelChoiceField(
        label=_("轉給"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("退回等候名單，由下一位接手"),
    )
    note = forms.CharField(
        label=_("交接事項"),
        help_text=_("只有客服看得到。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("請寫下交接事項，讓下一位客服接得上。")},
    )

    def __init__(self, *args: Any, colleagues: QuerySet[User], present: set[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
        self.fields["to"].label_from_instance = lambda user: (  # type: ignore[attr-defined]
            user.name if user.pk in present else _("%(name)s（不在線上）") % {"name": user.name}
        )


class ClosingForm(forms.Form):
    """Why the conversation ends."""

    reason = forms.ChoiceField(
        label=_("結束的原因"),
        choices=Conversation.Closing.choices,
        error_messages={"required": _("請選擇結束的原因。")},
    )


class DetailsForm(forms.Form):
    """R-37: why the agent looks at who it is."""

    reason = forms.CharField(
        label=_("查看資料的理由"),
        help_text=_("會寫入對話與訂單的辦理紀錄。"),
        max_length=200,
        error_messages={"required": _("請填寫查看資料的理由，理由會留下紀錄。")},
    )


class AnswerForm(forms.Form):
    """A canned answer in both languages."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    title = forms.CharField(label=_("標題"), max_length=60, error_messages={"required": _("請填寫標題。")})
    body = forms.CharField(
        label=_("中文內容"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("請填寫中文內容。")},
    )
    body_en = forms.CharField(
        label=_("英文內容"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "en"}),
        error_messages={"required": _("請填寫英文內容。")},
    )
