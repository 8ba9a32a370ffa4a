"""The sections of a plan's form. They read what was typed into the content of a draft; whether it is complete is judged when it is sent.

Nothing is required here: a section can be kept half written. Whatever reads well is kept; what does not stays in its box with a sentence.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import answers, drafts, industries
from tcloud.catalogue.models import Category, PlanFile, Solution
from tcloud.core.deadlines import english
from tcloud.web.ui.plan_lines import LABELS, SECTIONS, industry

ANSWERS: Final = "answers."
_LINES: Final = {"certifications", "integrations", "integrations_en", "keywords"}
_HINTS: Final[dict[str, Any]] = {
    "name": _("企業在列表看到的完整名稱，例如「雲倉進銷存 標準版」。"),
    "blurb": _("企業用了會怎樣，一句話說完。"),
    "description": _("給誰用、解決什麼事、怎麼開始。空一行就是新的一段。"),
    "features": _(
        "一行一項，中文與英文以「|」分開，例如：手機掃條碼盤點 | Stock-taking by phone。英文可以不寫。"
    ),
    "price_twd": _("整個期間的總價，新臺幣元，只填數字。"),
    "term_months": _("幾個月。"),
    "seats": _("最多幾人使用；不限人數就留白。"),
    "included": _("開通、教學、資料匯入等，價格裡包含的服務。"),
    "data_location": _("例如：臺灣（臺北），備援在日本。"),
    "certifications": _("一行一項，例如ISO 27001。只寫有效的證書。"),
    "integrations": _("一行一項，例如電子發票整合服務平台。"),
    "integrations_en": _("與中文同樣的順序，或全部留白。"),
    "support": _("怎麼找到您、什麼時間。"),
    "export": _("合約期間與結束後，企業怎麼把資料帶走。"),
    "industries": _("方案特別適合的行業；各行各業都適用就不要選。"),
    "employees_from": _("適合幾人以上的公司，可以留白。"),
    "employees_to": _("適合幾人以下的公司，可以留白。"),
    "keywords": _("店家會打的字，一行一個，例如：盤點、缺貨、叫貨。"),
    "solution": _("同一個產品的不同方案放在同一個解決方案底下。"),
}
_MUST: Final = {
    "features",
    *(name for name, (_most, must) in drafts.TEXTS.items() if must),
    *(name for name, (_least, _most, must) in drafts.NUMBERS.items() if must),
}
_TALL: Final = {"description": 8, "description_en": 8, "features": 8, "included": 4, "included_en": 4}


class SectionForm(forms.Form):
    """A section of a draft, drawn from its content."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """What may be kept: the fields that read well. Call after `is_valid()`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class PlainSection(SectionForm):
    """Texts, numbers and lists of one section."""

    def __init__(
        self, section: str, content: drafts.Content, *args: Any, skip: Sequence[str] = (), **options: Any
    ) -> None:
        names = [
            name for name in SECTIONS[section][1] if name not in skip and name not in drafts.NEW_PLAN_FIELDS
        ]
        options["initial"] = {name: _typed(name, content.get(name)) for name in names} | options.get(
            "initial", {}
        )
        super().__init__(*args, **options)
        for name in names:
            self.fields[name] = _wanted(_field(name), name in _MUST)


class NewPlanBasics(PlainSection):
    """The first section of a new plan: also which solution it belongs to, or the name and category of a new one."""

    def __init__(
        self, solutions: Sequence[Solution], content: drafts.Content, *args: Any, **options: Any
    ) -> None:
        options["initial"] = {name: content.get(name) for name in drafts.NEW_PLAN_FIELDS} | options.get(
            "initial", {}
        )
        super().__init__("basics", content, *args, **options)
        own = [("", _("新的解決方案"))] + [(row.pk, _name(row)) for row in solutions]
        # an empty choice must not be said to be wrong, and a number comes back as one
        self.fields["solution"] = forms.TypedChoiceField(
            label=LABELS["solution"],
            help_text=_HINTS["solution"],
            choices=own,
            coerce=int,
            empty_value=None,
            required=False,
        )
        for name in ("solution_name", "solution_name_en"):
            self.fields[name] = forms.CharField(label=LABELS[name], max_length=80, required=False)
        self.fields["category"] = forms.ChoiceField(
            label=LABELS["category"], choices=[("", _("請選擇")), *_categories()], required=False,
            help_text=_("新的解決方案才需要選；每個類別有自己的問題，讓企業逐項比較。"),
        )  # fmt: skip
        for name in ("solution", "solution_name", "category"):
            _wanted(self.fields[name], wanted=True)
        self.order_fields(["version", "solution", "solution_name", "solution_name_en", "category"])


def _name(row: Solution | Category) -> str:
    return (english() and row.name_en) or row.name


def _categories() -> list[tuple[str, list[tuple[str, str]]]]:
    rows = list(Category.objects.all())
    upper = [row for row in rows if row.parent_id is None]
    return [
        (_name(top), [(row.code, _name(row)) for row in rows if row.parent_id == top.pk]) for top in upper
    ]


def _typed(name: str, value: Any) -> Any:
    """The value as it stands in its box."""
    if name == "features":
        return "\n".join(f"{row['zh']} | {row['en']}" if row.get("en") else row["zh"] for row in value or [])
    return "\n".join(value or []) if name in _LINES else value


def _wanted(field: forms.Field, wanted: bool) -> forms.Field:
    """Not required here, but before it is sent: without the word 選填."""
    field.wanted = wanted  # type: ignore[attr-defined]
    return field


def _field(name: str) -> forms.Field:
    shared: dict[str, Any] = {"label": LABELS[name], "help_text": _HINTS.get(name, ""), "required": False}
    if name in drafts.NUMBERS:
        least, most, _must = drafts.NUMBERS[name]
        return WholeNumber(least, most, **shared)
    if name == "has_trial":
        return forms.BooleanField(**shared)
    if name == "industries":
        choices = [(code, industry(code)) for code in industries.divisions()]
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **shared)
    if name == "features":
        return FeatureLines(**shared)
    if name in _LINES:
        return Lines(name, **shared)
    plain = name.removesuffix("_en")
    most = (
        drafts.MOST_EN.get(plain, drafts.TEXTS[plain][0]) if name.endswith("_en") else drafts.TEXTS[plain][0]
    )
    tall = _TALL.get(name)
    widget = forms.Textarea(attrs={"rows": tall}) if tall else forms.TextInput()
    return forms.CharField(
        max_length=most, widget=widget, error_messages={"max_length": drafts.too_long(most)}, **shared
    )


class WholeNumber(forms.IntegerField):
    """A whole number; commas, spaces and full-width figures are forgiven."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        said = _("請填寫%(least)d到%(most)d之間的整數。") % {"least": least, "most": most}
        super().__init__(
            min_value=least, max_value=most, error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}), **options,
        )  # fmt: skip

    def to_python(self, value: Any) -> int | None:
        return super().to_python(_figures(value) if isinstance(value, str) else value)


def _figures(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").removeprefix("NT$")


class Lines(forms.CharField):
    """Entries, one a line."""

    def __init__(self, name: str, **options: Any) -> None:
        self.most, self.chars = drafts.LISTS[name]
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), **options)

    def clean(self, value: Any) -> Any:
        entries = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        if len(entries) > self.most:
            raise ValidationError(_("最多%(most)d項，請刪減。") % {"most": self.most})
        if any(len(entry) > self.chars for entry in entries):
            raise ValidationError(_("每一項最多%(chars)d個字。") % {"chars": self.chars})
        return entries


class FeatureLines(Lines):
    """Features, one a line, Chinese and English on either side of a bar."""

    def __init__(self, **options: Any) -> None:
        super().__init__("features", **options)
        self.widget.attrs["rows"] = 8

    def clean(self, value: Any) -> Any:
        entries = [
            line.strip() for line in str(forms.CharField.clean(self, value)).splitlines() if line.strip()
        ]
        pairs = [[part.strip() for part in line.replace("｜", "|").split("|", 1)] for line in entries]
        if len(pairs) > self.most:
            raise ValidationError(_("最多%(most)d項，請刪減。") % {"most": self.most})
        if any(len(part) > self.chars for pair in pairs for part in pair):
            raise ValidationError(_("每一項最多%(chars)d個字。") % {"chars": self.chars})
        if any(not pair[0] for pair in pairs):
            raise ValidationError(_("每一行都要先寫中文，再寫「|」與英文。"))
        return [{"zh": pair[0], "en": pair[1] if len(pair) > 1 else ""} for pair in pairs]


class AnswersForm(SectionForm):
    """The questions of the category; an open question simply stays open."""

    def __init__(
        self, template: Sequence[answers.Question], given: dict[str, Any], *args: Any, **options: Any
    ) -> None:
        self.template = template
        options["initial"] = (
            {
                ANSWERS + question["code"]: _answer_typed(question, given.get(question["code"]))
                for question in template
            }
            | {
                f"{ANSWERS}{q['code']}.en": (given.get(q["code"]) or {}).get("en", "")
                for q in template
                if q["kind"] == "text"
            }
            | options.get("initial", {})
        )
        super().__init__(*args, **options)
        for question in template:
            self.fields[ANSWERS + question["code"]] = _wanted(
                _question_field(question), not question.get("optional")
            )
            if question["kind"] == "text":
                label = _("%(question)s（英文）") % {"question": answers.label(question, english=english())}
                self.fields[f"{ANSWERS}{question['code']}.en"] = forms.CharField(
                    label=label, max_length=answers.MOST_CHARS, required=False
                )

    def values(self) -> dict[str, Any]:
        given = {}
        for question in self.template:
            answer = self.cleaned_data.get(ANSWERS + question["code"])
            if question["kind"] == "text":
                english_text = self.cleaned_data.get(f"{ANSWERS}{question['code']}.en", "")
                answer = {"zh": answer, **({"en": english_text} if english_text else {})} if answer else None
            if answer not in (None, ""):
                given[question["code"]] = answer
        return {"answers": given}


def _answer_typed(question: answers.Question, answer: Any) -> Any:
    if answer is None:
        return None
    if question["kind"] == "yes_no":
        return "yes" if answer else "no"
    if question["kind"] == "text":
        return answer.get("zh", "")
    if answer == answers.UNLIMITED:
        return "unlimited" if english() else "不限"
    return answer


def _question_field(question: answers.Question) -> forms.Field:
    shared: dict[str, Any] = {"label": answers.label(question, english=english()), "required": False}
    kind = question["kind"]
    if kind == "yes_no":
        return forms.TypedChoiceField(
            choices=[("yes", _("有")), ("no", _("沒有"))], coerce=lambda text: text == "yes", empty_value=None,
            widget=forms.RadioSelect, **shared,
        )  # fmt: skip
    if kind == "choice":
        choices = [(row["code"], row["en"] if english() else row["zh"]) for row in question["choices"]]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **shared)
    if kind == "number":
        return Amount(question, **shared)
    return forms.CharField(max_length=answers.MOST_CHARS, **shared)


class Amount(forms.CharField):
    """A whole number in the question's unit, or 不限 where it may be."""

    def __init__(self, question: answers.Question, **options: Any) -> None:
        self.question = question
        unit = question["unit_en"] if english() else question["unit_zh"]
        hint = (
            _("單位：%(unit)s；沒有上限請寫「不限」。")
            if question.get("unlimited")
            else _("單位：%(unit)s。")
        )
        super().__init__(
            help_text=hint % {"unit": unit},
            widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-10"}),
            **options,
        )

    def clean(self, value: Any) -> Any:
        text = _figures(str(super().clean(value)))
        if not text:
            return None
        if text.lower() in {"不限", "無限", "unlimited"}:
            answer: Any = answers.UNLIMITED
        else:
            answer = int(text) if text.isdecimal() and len(text) < 12 else None
        if not answers.fits(self.question, answer):
            raise ValidationError(_("請填寫整數，例如3；沒有上限且題目允許時，寫「不限」。"))
        return answer


class FileForm(forms.Form):
    """A picture or a document with what it shows."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("種類"),
        choices=[
            (PlanFile.Kind.PICTURE.value, _("圖片（PNG、JPEG、WebP，2 MB以內）")),
            (PlanFile.Kind.DOCUMENT.value, _("文件（PDF，5 MB以內）")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇圖片或文件。"), "invalid_choice": _("請選擇圖片或文件。")},
    )
    upload = forms.FileField(
        label=_("檔案"),
        error_messages={"required": _("請選擇檔案。"), "empty": _("檔案是空的，請重新選擇。")},
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp,.pdf"}),
    )
    title = forms.CharField(
        label=_("說明"),
        help_text=_("圖片裡看得到什麼，或文件的名稱，例如「今日庫存的畫面」。看不到圖片的人靠它知道內容。"),
        max_length=120,
        error_messages={"required": _("請用一句話說明這個檔案，看不到圖片的人靠它知道內容。")},
    )
    title_en = forms.CharField(label=_("說明（英文）"), max_length=160, required=False)


class ReasonForm(forms.Form):
    """Why a plan is taken off the list or put back."""

    reason = forms.CharField(
        label=_("理由"),
        help_text=_("會留在方案的辦理紀錄。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請寫下理由，會留在方案的辦理紀錄。")},
    )
