"""Forms for writing the self-assessment: an area's texts, a question, its condition, an option. Each carries the draft's version."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from tcloud.assessment import rules
from tcloud.web.office.questionnaire_words import KINDS
from tcloud.web.ui.questionnaire import words

MOST_CHARS = 200
LEADS = 4  # rows for plan categories of an option
WEIGHTS = [(0, "0"), *((weight, str(weight)) for weight in range(1, rules.MOST_WEIGHT + 1))]
Part = dict[str, Any]


def _text(label: Any, help_text: Any = "", *, required: bool = True, rows: int = 0) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    missing = {"required": _("請填寫「%(label)s」。") % {"label": label}}
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=MOST_CHARS,
        widget=widget,
        error_messages=missing,
    )


def _code(taken: Iterable[str]) -> forms.CharField:
    known = set(taken)

    def free(value: str) -> None:
        if value in known:
            raise ValidationError(_("這個代碼已經使用。"))

    return forms.CharField(
        label=_("代碼"),
        help_text=_("小寫英文字母、數字和底線，以字母開頭，例如 shift_planning。建立後不能修改。"),
        max_length=40,
        validators=[
            RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("代碼只能用小寫英文字母、數字和底線，以字母開頭。")),
            free,
        ],
        error_messages={"required": _("請填寫「代碼」。")},
    )


class DraftForm(forms.Form):
    """Any form about a draft: it knows the version it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class AreaTextForm(DraftForm):
    """The texts of one area."""

    zh = _text(_("名稱（中文）"))
    en = _text(_("名稱（英文）"))
    intro_zh = _text(_("引言（中文）"), _("顯示在這一頁的最上面。"), rows=2)
    intro_en = _text(_("引言（英文）"), rows=2)

    def texts(self) -> dict[str, str]:
        """The texts as the questionnaire keeps them."""
        return {name: self.cleaned_data[name] for name in ("zh", "en", "intro_zh", "intro_en")}


class QuestionForm(DraftForm):
    """A question: its texts and its kind; a new one with its code."""

    zh = _text(_("題目（中文）"), _("一句話問一件事，用「您」。"), rows=2)
    en = _text(_("題目（英文）"), rows=2)
    help_zh = _text(_("說明（中文）"), _("怎麼選、包含什麼。沒有就空白。"), required=False, rows=2)
    help_en = _text(_("說明（英文）"), required=False, rows=2)
    kind = forms.ChoiceField(
        label=_("題型"),
        choices=list(KINDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇題型。"), "invalid_choice": _("請選擇題型。")},
    )

    def __init__(self, *args: Any, taken: Iterable[str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if taken is not None:
            self.fields["code"] = _code(taken)
            self.order_fields(["version", "code", "zh", "en", "help_zh", "help_en", "kind"])

    def question(self, earlier: Part) -> Part:
        """The question with what was filled in; the options that its kind needs are there."""
        names = ("zh", "en", "help_zh", "help_en", "kind")
        made = earlier | {name: self.cleaned_data[name] for name in names}
        return made | {"options": _options(made["kind"], earlier.get("options", []))}


YES_NO_WORDS = {"yes": ("是", "Yes"), "no": ("否", "No")}


def _options(kind: str, options: list[Part]) -> list[Part]:
    by_code = {option["code"]: option for option in options}
    if kind == "yes_no":
        return [
            by_code.get(code)
            or {"code": code, "zh": YES_NO_WORDS[code][0], "en": YES_NO_WORDS[code][1], "need": {}}
            for code in rules.YES_NO
        ]
    if kind == "multi" and not any(option.get("exclusive") for option in options):
        return [
            *options,
            {"code": "none", "zh": "都沒有", "en": "None of these", "need": {}, "exclusive": True},
        ]
    if kind == "single":
        return [{key: value for key, value in option.items() if key != "exclusive"} for option in options]
    return options


class ConditionForm(DraftForm):
    """R-11: a question shown only after certain answers to an earlier one."""

    any_of = forms.MultipleChoiceField(
        label=_("選了下列任一個答案才顯示"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("請至少選擇一個答案。")},
    )

    def __init__(self, *args: Any, earlier: Part, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(option["code"], words(option)) for option in earlier["options"]]
        self.fields["any_of"].choices = choices  # type: ignore[attr-defined]


class OptionForm(DraftForm):
    """An option: its texts, what needs it raises and how much, which kinds of plans it calls for, and why in words."""

    zh = _text(_("選項（中文）"))
    en = _text(_("選項（英文）"))
    exclusive = forms.BooleanField(
        label=_("不能與其他項目同時選"), help_text=_("例如「都沒有」。"), required=False
    )
    reason_zh = _text(
        _("理由（中文）"),
        _("接在「因為」後面的一句話，例如：您用紙本排班。加需求值的選項必填。"),
        required=False,
    )
    reason_en = _text(
        _("理由（英文）"), _("接在 because 後面，例如：you plan shifts on paper。"), required=False
    )

    def __init__(
        self,
        *args: Any,
        content: Mapping[str, Any],
        multi: bool,
        categories: list[tuple[str, str]],
        taken: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if not multi:
            del self.fields["exclusive"]
        self.areas = [row["code"] for row in content["areas"]]
        for row in content["areas"]:
            label = _("需求值：%(area)s") % {"area": words(row)}
            self.fields[f"need_{row['code']}"] = _Weight(label)
        for number in range(1, LEADS + 1):
            label = _("方案類別%(number)s") % {"number": number}
            self.fields[f"category_{number}"] = forms.ChoiceField(
                label=label, choices=[("", _("（無）")), *categories], required=False
            )
            self.fields[f"weight_{number}"] = _Weight(_("方案類別%(number)s的權重") % {"number": number})
        if taken is not None:
            self.fields["code"] = _code(taken)
            self.order_fields(["version", "code"])

    def texts(self) -> list[forms.BoundField]:
        """The fields before the weights."""
        return [
            bound
            for bound in self.visible_fields()
            if not bound.name.startswith(("need_", "category_", "weight_"))
        ]

    def weights(self) -> list[forms.BoundField]:
        """What the option adds to each area."""
        return [self[f"need_{area}"] for area in self.areas]

    def leads(self) -> list[forms.BoundField]:
        """Plan categories, each with its weight after it."""
        return [self[f"{part}_{number}"] for number in range(1, LEADS + 1) for part in ("category", "weight")]

    @staticmethod
    def initial_of(option: Part) -> dict[str, Any]:
        """The option as the form's values."""
        initial = {**option} | {f"need_{area}": weight for area, weight in option["need"].items()}
        for number, (category, weight) in enumerate(option.get("leads_to", {}).items(), 1):
            initial |= {f"category_{number}": category, f"weight_{number}": weight}
        return initial

    def clean(self) -> dict[str, Any]:
        """A category has its weight, and is named once."""
        data: dict[str, Any] = super().clean() or {}
        seen: set[str] = set()
        for number in range(1, LEADS + 1):
            category, weight = data.get(f"category_{number}"), data.get(f"weight_{number}")
            if category and not weight:
                self.add_error(f"weight_{number}", _("請選擇1到4的權重。"))
            if category and category in seen:
                self.add_error(f"category_{number}", _("同一個類別只能選一次。"))
            seen |= {category} if category else set()
        return data

    def option(self, code: str) -> Part:
        """The option as the questionnaire keeps it."""
        data = self.cleaned_data
        made: Part = {"code": code, "zh": data["zh"], "en": data["en"]}
        made["need"] = {area: data[f"need_{area}"] for area in self.areas if data[f"need_{area}"]}
        leads = {
            data[f"category_{number}"]: data[f"weight_{number}"]
            for number in range(1, LEADS + 1)
            if data[f"category_{number}"]
        }
        said = {name: data[name] for name in ("reason_zh", "reason_en") if data[name]}
        exclusive = {"exclusive": True} if data.get("exclusive") else {}
        return made | ({"leads_to": leads} if leads else {}) | said | exclusive


class _Weight(forms.TypedChoiceField):
    """0 to 4; nothing sent is 0. There is always a value to see, so the label never says 「選填」."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label, choices=WEIGHTS, coerce=int, empty_value=None, required=False, initial=0
        )
        self.required = True

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)
