"""Which questions are shown, what is wrong with an answer, and how answers meet: from two devices, from an earlier version."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
Answers = Mapping[str, Any]
Question = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """An answer that can't be taken: the question's code, and why (`missing`, `unknown_option`, `not_alone`)."""

    question: str
    why: str


def shown(content: Content, answers: Answers) -> list[dict[str, Any]]:
    """The questions that apply, given the answers so far, in order."""
    by_code = {question["code"]: question for question in content["questions"]}
    return [question for question in content["questions"] if _applies(question, by_code, answers)]


def _applies(question: Question, by_code: Mapping[str, Question], answers: Answers) -> bool:
    condition = question.get("show_if")
    if not condition:
        return True
    earlier = by_code[condition["question"]]
    picked = set(chosen(answers.get(condition["question"])))
    return bool(picked & set(condition["any_of"])) and _applies(earlier, by_code, answers)


def chosen(answer: Any) -> list[str]:
    """The codes of the options in an answer, none when there is no answer."""
    if answer is None or answer == "":
        return []
    return [str(part) for part in answer] if isinstance(answer, list) else [str(answer)]


def problems(content: Content, answers: Answers, *, area: str | None = None) -> list[Problem]:
    """What keeps the answers (of one area, or all) from being complete and valid. Every question shown wants an answer."""
    return [
        Problem(question["code"], why)
        for question in shown(content, answers)
        if area is None or question["area"] == area
        for why in [_problem(question, answers.get(question["code"]))]
        if why
    ]


def _problem(question: Question, answer: Any) -> str:
    picked = chosen(answer)
    if not picked:
        return "missing"
    options = {option["code"]: option for option in question["options"]}
    if set(picked) - options.keys() or (question["kind"] != "multi" and len(picked) > 1):
        return "unknown_option"
    alone = any(options[code].get("exclusive") for code in picked)
    return "not_alone" if alone and len(picked) > 1 else ""


def merged(kept: Answers, typed: Answers, *, drawn: Answers, asked: Collection[str]) -> dict[str, Any]:
    """The answers after a page is saved: of the questions `asked` on it, those that were changed on it.

    `drawn` are the answers the page showed when it was opened. What differs from them was changed here and counts; what does not
    stays as it is kept now, also when another device has answered it meanwhile: the last answer saved to each question wins.
    """
    answers = dict(kept)
    for code in asked:
        now, before = typed.get(code), drawn.get(code)
        if chosen(now) == chosen(before):
            continue
        if chosen(now):
            answers[code] = now
        else:
            answers.pop(code, None)
    return answers


def carried(earlier: Content, content: Content, answers: Answers) -> dict[str, Any]:
    """R-13: the answers given to an earlier version, as far as the question and its options still read the same."""
    before = {question["code"]: _asks(question) for question in earlier["questions"]}
    same = {question["code"] for question in content["questions"] if before.get(question["code"]) == _asks(question)}  # fmt: skip
    return {code: answer for code, answer in answers.items() if code in same}


def _asks(question: Question) -> tuple[Any, ...]:
    options = tuple((option["code"], option["zh"], option["en"]) for option in question["options"])
    return question["kind"], question["zh"], question["en"], options
