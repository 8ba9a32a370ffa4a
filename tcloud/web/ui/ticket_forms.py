"""What is filled in about a ticket, by whoever asks and by the agents: the question, an answer, files."""

import re
import uuid
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tcloud.core import uploads
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import File
from tcloud.support.models import Ticket
from tcloud.support.operations.tickets import LONGEST_BODY
from tcloud.support.queries import chat
from tcloud.web.ui import chat_access

CHAT: Final = re.compile(r"CH\d{10}")
TYPED: Final = (
    "typed"  # posted to a question's form: the text it is to be drawn with, too long for an address
)


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Files of the kinds that are taken (core.uploads). Gives a list of `File`; what is wrong is said in one sentence."""

    widget = FilesInput

    def __init__(self) -> None:
        super().__init__(
            label=_("附件"),
            help_text=_(
                "最多3個，合計5 MB：PDF、圖片、ODS、ODT、XLSX、DOCX、TXT、CSV。有錯誤要修正時，請重新選擇檔案。"
            ),
            required=False,
            widget=FilesInput(attrs={"accept": uploads.ACCEPT}),
        )

    def clean(self, data: Any, initial: Any = None) -> list[File]:
        """Raises ValidationError."""
        chosen: list[UploadedFile] = [each for each in (data or []) if each]
        if sum(each.size or 0 for each in chosen) > uploads.MOST_BYTES:
            raise ValidationError(_("附件合計超過5 MB，請減少或縮小後再附上。"), code="upload.too_large")
        try:
            return uploads.accept_all([(each.name or "", each.read()) for each in chosen])
        except Refusal as refusal:
            raise ValidationError(refusal.text(), code=refusal.code) from refusal


def _words(label: Any, missing: Any, *, rows: int = 6, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": missing,
            "max_length": _("最多%(limit_value)d字，請縮短，或改以附件提供。"),
        },
    )


class KeyedForm(forms.Form):
    """A form that acts once however often it is sent (R-38)."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        options["initial"] = {"key": uuid.uuid4()} | (options.get("initial") or {})
        super().__init__(*args, **options)

    @property
    def request_key(self) -> str:
        """The key as the operations take it."""
        return str(self.cleaned_data["key"])


class QuestionForm(KeyedForm):
    """What somebody wants to know."""

    category = forms.ChoiceField(
        label=_("問題類別"),
        choices=[("", _("請選擇")), *Ticket.Category.choices],
        error_messages={"required": _("請選擇問題類別。"), "invalid_choice": _("請選擇問題類別。")},
    )
    subject = forms.CharField(
        label=_("主旨"), max_length=120, error_messages={"required": _("請用一句話說明您的問題。")}
    )
    body = _words(
        _("想問的事"),
        _("請寫下您想問的事情。"),
        hint=_("請說明遇到的情形、畫面上的文字與時間。請不要寫密碼或PIN碼。"),
    )
    attachments = FilesField()


def after_chat(request: HttpRequest) -> dict[str, str]:
    """R-34: what the form is drawn with where a ticket goes on from text support: by the asker's own conversation (`?conversation=`)
    its number, its order and what she wrote; and what she could not send any more (TYPED). R-37: of somebody else's, nothing.
    """
    number = request.GET.get("conversation", "")
    held = chat_access.mine(request).filter(number=number).first() if CHAT.fullmatch(number) else None
    said = [*(chat.asked(held) if held else ()), request.POST.get(TYPED, "")]
    found = {
        "subject": gettext("接續文字客服對話%(number)s") % {"number": number} if held else "",
        "body": "\n\n".join(filter(None, said))[-LONGEST_BODY:],
        "order": held.order.number if held and held.order else request.POST.get("order", "")[:16],
        "name": held.visitor_name if held else request.POST.get("name", "")[:40],
    }
    return {name: value for name, value in found.items() if value}


class VisitorQuestionForm(QuestionForm):
    """The same by somebody who is not signed in."""

    name = forms.CharField(
        label=_("您的姓名或稱呼"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("請填寫姓名或稱呼。")},
    )
    email = forms.EmailField(
        label=_("電子郵件"),
        help_text=_("我們會寄一封確認信到這裡；打開信中的連結，客服才會收到您的問題。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("請填寫電子郵件，我們才能回覆您。"),
            "invalid": _("電子郵件的格式不正確，例如 name@example.com。"),
        },
    )
    field_order = ("key", "name", "email", "category", "subject", "body", "attachments")


class MemberQuestionForm(QuestionForm):
    """The same by a member, who may name one of the company's orders."""

    order = forms.ChoiceField(
        label=_("相關的訂單"),
        required=False,
        help_text=_("客服填寫理由後才看得到訂單內容，每次查看都會留下紀錄。"),
        error_messages={"invalid_choice": _("請從清單選擇貴公司的訂單。")},
    )
    field_order = ("key", "category", "order", "subject", "body", "attachments")

    def __init__(self, *args: Any, orders: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["order"].choices = [("", _("沒有")), *orders]  # type: ignore[attr-defined]


class ReplyForm(KeyedForm):
    """More from the one who asked."""

    body = _words(_("您的補充"), _("請寫下要補充的內容。"), rows=4)
    attachments = FilesField()


class AnswerForm(KeyedForm):
    """What the agent writes to the one who asked."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    body = _words(_("回覆內容"), _("請寫下要回覆的內容。"), hint=_("會寄給提問者，並列在詢問的頁面。"))
    attachments = FilesField()


class NoteForm(KeyedForm):
    """A note for colleagues."""

    note = _words(_("備註內容"), _("請寫下備註內容。"), rows=3, hint=_("只有客服看得到。"))
