"""R-32: a plan's answers to its category's questions, so that plans compare line by line. Pure.

A question is a row of `Category.answer_template`: code, zh, en, kind, and `optional` when it may stay open. Its answer:

- `yes_no`: true or false
- `number`: a whole number ≥ 0 in the question's unit, or "unlimited" where the question allows it
- `choice`: the code of one of its choices
- `text`: {"zh": …, "en": …}, the English may be missing
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

UNLIMITED: Final = "unlimited"
MOST: Final = 99_999_999
MOST_CHARS: Final = 200

Question = Mapping[str, Any]


def fits(question: Question, answer: Any) -> bool:
    """Whether the answer is of the question's kind and within its bounds."""
    kind = question["kind"]
    if kind == "yes_no":
        return isinstance(answer, bool)
    if kind == "number":
        if answer == UNLIMITED:
            return bool(question.get("unlimited"))
        return isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer <= MOST
    if kind == "choice":
        return answer in [choice["code"] for choice in question["choices"]]
    return (
        kind == "text"
        and isinstance(answer, dict)
        and set(answer) <= {"zh", "en"}
        and bool(str(answer.get("zh", "")).strip())
        and all(isinstance(text, str) and len(text) <= MOST_CHARS for text in answer.values())
    )


def open_questions(template: Sequence[Question], answers: Mapping[str, Any]) -> list[str]:
    """Codes of the questions that must still be answered."""
    return [q["code"] for q in template if not q.get("optional") and q["code"] not in answers]


def misfits(template: Sequence[Question], answers: Mapping[str, Any]) -> list[str]:
    """Codes of answers that are of the wrong kind or to no question of the template."""
    questions = {question["code"]: question for question in template}
    return [
        code for code, answer in answers.items() if code not in questions or not fits(questions[code], answer)
    ]


def words(question: Question, answer: Any, *, english: bool = False) -> str:
    """The answer as people read it, with its unit: 「5處」, “5 sites”; "" for an open question."""
    if answer is None:
        return ""
    kind = question["kind"]
    if kind == "yes_no":
        return ("Yes" if answer else "No") if english else ("有" if answer else "沒有")
    if kind == "number":
        if answer == UNLIMITED:
            return "Unlimited" if english else "不限"
        return f"{answer:,} {question['unit_en']}" if english else f"{answer:,}{question['unit_zh']}"
    if kind == "choice":
        chosen = next((choice for choice in question["choices"] if choice["code"] == answer), None)
        return str(chosen["en" if english else "zh"]) if chosen else ""
    return str((english and answer.get("en")) or answer.get("zh", ""))


def label(question: Question, *, english: bool = False) -> str:
    """The question as people read it."""
    return str(question["en" if english else "zh"])
