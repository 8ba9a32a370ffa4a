"""Questions about help: the frequently asked questions, kept as data beside the programme."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent.parent / "data" / "faq.json"


@dataclass(frozen=True)
class Question:
    """One question with its answer in both languages; an answer is a list of paragraphs. `rules` are those it explains."""

    code: str
    question: str
    question_en: str
    answer: tuple[str, ...]
    answer_en: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Questions about one subject, in reading order."""

    code: str
    name: str
    name_en: str
    questions: tuple[Question, ...]


def _question(row: dict[str, Any]) -> Question:
    return Question(
        code=row["code"],
        question=row["question_zh"],
        question_en=row["question_en"],
        answer=tuple(row["answer_zh"]),
        answer_en=tuple(row["answer_en"]),
        rules=tuple(row["rules"]),
    )


@functools.cache
def faq() -> tuple[Group, ...]:
    """Every group with its questions, read once a process. Raises KeyError when a question names no known group."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    groups: dict[str, list[Question]] = {group["code"]: [] for group in data["groups"]}
    for row in data["questions"]:
        groups[row["group"]].append(_question(row))
    return tuple(
        Group(group["code"], group["zh"], group["en"], tuple(groups[group["code"]]))
        for group in data["groups"]
    )


def search_faq(words: str) -> list[Group]:
    """Groups with only the questions that contain every word, in either language; all of them for no words."""
    wanted = words.casefold().split()
    found = []
    for group in faq():
        hits = tuple(
            question for question in group.questions if all(word in _text(question) for word in wanted)
        )
        if hits:
            found.append(Group(group.code, group.name, group.name_en, hits))
    return found


def some_faq(codes: tuple[str, ...]) -> list[Question]:
    """The questions with these codes, in this order; unknown codes are left out."""
    known = {question.code: question for group in faq() for question in group.questions}
    return [known[code] for code in codes if code in known]


def _text(question: Question) -> str:
    parts = (question.question, question.question_en, *question.answer, *question.answer_en)
    return " ".join(parts).casefold()
