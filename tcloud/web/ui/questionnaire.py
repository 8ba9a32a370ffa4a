"""One area of the questionnaire as a form, for companies and for officers who look at it before it is published.

It keeps whatever was typed; what is wrong is said by the rules of the assessment.
"""

import json
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from tcloud.assessment.rules import Problem
from tcloud.web.ui.templatetags.ui import local

MOST_CHARS = 40
MOST_DRAWN = 20_000
DRAWN = "drawn"  # the hidden field with the answers as shown, so that a page left open undoes nothing
Question = dict[str, Any]


def words(thing: dict[str, Any], part: str = "") -> str:
    """The text of a question, option or area in the language shown: its `zh`/`en`, or `help_zh`/`help_en`."""
    keys = (f"{part}_zh", f"{part}_en") if part else ("zh", "en")
    return str(local({"zh": thing.get(keys[0], ""), "en": thing.get(keys[1], "")}))


def read(questions: list[Question], posted: QueryDict) -> dict[str, Any]:
    """The answers to these questions in a posted page; empty ones left out."""
    answers: dict[str, Any] = {}
    for question in questions:
        code = question["code"]
        if question["kind"] == "multi":
            value: Any = [text[:MOST_CHARS] for text in posted.getlist(code)][:MOST_CHARS]
        else:
            value = posted.get(code, "").strip()[:MOST_CHARS]
        if value:
            answers[code] = value
    return answers


def drawn(questions: list[Question], posted: QueryDict) -> dict[str, Any]:
    """What the page said it showed when it was opened: {code: answer or None} of its questions; nothing when it does not say."""
    try:
        told = json.loads(posted.get(DRAWN, "")[:MOST_DRAWN])
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {question["code"]: told[question["code"]] for question in questions if question["code"] in told}


class AreaForm(forms.Form):
    """The questions of one area with the answers so far, and the problems found with them."""

    use_required_attribute = False

    def __init__(
        self, questions: list[Question], answers: dict[str, Any], problems: list[Problem] | None
    ) -> None:
        shown = {question["code"]: answers.get(question["code"]) for question in questions}
        told = {DRAWN: json.dumps(shown, ensure_ascii=False)}
        super().__init__(answers | told if problems is not None else None, initial=answers | told)
        self.fields[DRAWN] = forms.CharField(widget=forms.HiddenInput, required=False)
        by_code = {question["code"]: question for question in questions}
        for code, question in by_code.items():
            self.fields[code] = _field(question)
        for problem in problems or ():
            if problem.question in by_code:
                self.add_error(problem.question, sentence(by_code[problem.question], problem.why))


def _field(question: Question) -> forms.Field:
    shown = {"label": words(question), "help_text": words(question, "help"), "required": False}
    options = [(option["code"], words(option)) for option in question["options"]]
    choice = forms.CheckboxSelectMultiple if question["kind"] == "multi" else forms.RadioSelect
    return _Asked(**shown, widget=choice(choices=options))


class _Asked(forms.Field):
    """A question: required or not is the questionnaire's business, so the label never says 「選填」."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.required = True

    def validate(self, value: Any) -> None:
        pass


def sentence(question: Question, why: str) -> str:
    """What is wrong with an answer and how to mend it."""
    title = words(question)
    if why == "missing":
        return _("請回答「%(question)s」") % {"question": title}
    if why == "not_alone":
        alone = next(words(option) for option in question["options"] if option.get("exclusive"))
        return _("「%(question)s」選了「%(alone)s」就不能再選其他項目。") % {
            "question": title,
            "alone": alone,
        }
    return _("「%(question)s」請從列出的選項中選擇。") % {"question": title}


def answer_words(question: Question, answer: Any) -> str:
    """An answer as a person reads it; empty when there is none."""
    if not answer:
        return ""
    names = {option["code"]: words(option) for option in question["options"]}
    chosen = answer if isinstance(answer, list) else [answer]
    return _("、").join(names[code] for code in chosen if code in names)
