"""Forms of choosing: names of what is kept, a note to a colleague, why a plan was chosen, reviews, questions."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tcloud.choosing.models.reviews import RATINGS
from tcloud.choosing.operations.common import LONGEST, SHORTEST
from tcloud.members.models import User

_NAME: dict[str, Any] = {
    "max_length": 60,
    "error_messages": {"required": _("請填寫名稱。")},
}
_PUBLIC = _("所有人都看得到，請不要寫姓名、電話、信箱等聯絡方式。")
RATING_WORDS = {
    5: _("5分，非常滿意"),
    4: _("4分，滿意"),
    3: _("3分，普通"),
    2: _("2分，不滿意"),
    1: _("1分，非常不滿意"),
}


class SearchForm(forms.Form):
    """A saved search."""

    name = forms.CharField(label=_("名稱"), help_text=_("例如「門市庫存」。"), **_NAME)
    mail = forms.BooleanField(label=_("有新上架的方案符合條件時，每天早上寄一封信給我"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, max_length=600, required=False)


class ComparisonForm(forms.Form):
    """A comparison to be saved."""

    name = forms.CharField(label=_("名稱"), **_NAME)


class ShareForm(forms.Form):
    """To which colleague, with what note."""

    to = forms.ModelChoiceField(
        label=_("寄給"),
        queryset=User.objects.none(),
        empty_label=None,
        error_messages={
            "required": _("請選擇同事。"),
            "invalid_choice": _("只能寄給貴公司的同事，請從名單中選擇。"),
        },
    )
    note = forms.CharField(
        label=_("附註"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
        self.fields["to"].label_from_instance = _colleague  # type: ignore[attr-defined]


def _colleague(user: User) -> str:
    return gettext("%(name)s（%(email)s）") % {"name": user.name, "email": user.email}


class ChoiceForm(forms.Form):
    """Why a plan was chosen, and what else was looked at."""

    reason = forms.CharField(
        label=_("為什麼選這個方案"),
        help_text=_(
            "例如比較了哪些功能、價格和服務。送出後不能修改，可以再補充；貴公司、承辦人員和稽核看得到，供應商看不到。"
        ),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    considered = forms.MultipleChoiceField(
        label=_("比較過的方案"),
        help_text=_("會記下今天的版本與價格。"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, options: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["considered"].choices = options  # type: ignore[attr-defined]
        if not options:
            del self.fields["considered"]
        if not self.is_bound:
            self.initial["key"] = uuid.uuid4()


class ReviewForm(forms.Form):
    """A review."""

    rating = forms.TypedChoiceField(
        label=_("評分"),
        choices=[(rating, RATING_WORDS[rating]) for rating in reversed(RATINGS)],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇1到5分。")},
    )
    text = forms.CharField(
        label=_("使用心得"),
        max_length=2 * LONGEST,
        help_text=_PUBLIC,
        widget=forms.Textarea(attrs={"rows": 6, "minlength": SHORTEST, "maxlength": LONGEST}),
        error_messages={"required": _("請寫下使用心得。")},
    )
    shows_name = forms.BooleanField(
        label=_("顯示公司名稱"),
        help_text=_("不勾選時顯示「使用過的企業」。供應商從訂單可能知道是哪一家。"),
        required=False,
    )


class QuestionForm(forms.Form):
    """A question to a supplier."""

    text = forms.CharField(
        label=_("想問什麼"),
        max_length=2 * LONGEST,
        help_text=_PUBLIC,
        widget=forms.Textarea(attrs={"rows": 5, "minlength": SHORTEST, "maxlength": LONGEST}),
        error_messages={"required": _("請寫下想問的事。")},
    )
    is_private = forms.BooleanField(
        label=_("不要公開這則提問"),
        help_text=_(
            "勾選時只有貴公司和供應商看得到。不勾選時，供應商回覆後會一起公開，不顯示是哪一家企業提問。"
        ),
        required=False,
    )
