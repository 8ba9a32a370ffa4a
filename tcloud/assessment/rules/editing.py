"""Changing a questionnaire's content: each function gives new content and leaves the one it was given as it was."""

from collections.abc import Mapping
from typing import Any

from tcloud.assessment.rules.answering import Content

Part = dict[str, Any]


def question_of(content: Content, code: str) -> Part | None:
    """The question of that code."""
    return next((question for question in content["questions"] if question["code"] == code), None)


def option_of(question: Mapping[str, Any], code: str) -> Part | None:
    """The option of that code."""
    return next((option for option in question["options"] if option["code"] == code), None)


def with_area(content: Content, area: str, texts: Mapping[str, str]) -> Part:
    """The texts of one area changed."""
    areas = [row | dict(texts) if row["code"] == area else row for row in content["areas"]]
    return {**content, "areas": areas}


def with_question(content: Content, question: Part) -> Part:
    """The question in place of the one of its code; a new one after the last of its area."""
    if question_of(content, question["code"]):
        rows = [question if row["code"] == question["code"] else row for row in content["questions"]]
        return {**content, "questions": rows}
    return {**content, "questions": _by_area(content, [*content["questions"], question])}


def without_question(content: Content, code: str) -> Part:
    """The question left out. What referred to it is found when the questionnaire is checked."""
    return {**content, "questions": [row for row in content["questions"] if row["code"] != code]}


def with_option(content: Content, question: Part, option: Part) -> Part:
    """The option in place of the one of its code, or as the last; an exclusive one stays last."""
    if option_of(question, option["code"]):
        rows = [option if row["code"] == option["code"] else row for row in question["options"]]
    else:
        rows = sorted([*question["options"], option], key=lambda row: bool(row.get("exclusive")))
    return with_question(content, question | {"options": rows})


def without_option(content: Content, question: Part, code: str) -> Part:
    """The option left out."""
    rows = [row for row in question["options"] if row["code"] != code]
    return with_question(content, question | {"options": rows})


def question_moved(content: Content, code: str, step: int) -> Part:
    """The question one place up (-1) or down (1) among those of its area."""
    question = question_of(content, code)
    if question is None:
        return dict(content)
    within = [row for row in content["questions"] if row["area"] == question["area"]]
    others = [row for row in content["questions"] if row["area"] != question["area"]]
    return {**content, "questions": _by_area(content, others + _moved(within, code, step))}


def option_moved(content: Content, question: Part, code: str, step: int) -> Part:
    """The option one place up (-1) or down (1)."""
    return with_question(content, question | {"options": _moved(question["options"], code, step)})


def _moved(rows: list[Part], code: str, step: int) -> list[Part]:
    place = [row["code"] for row in rows].index(code)
    wanted = max(0, min(len(rows) - 1, place + step))
    left = rows[:place] + rows[place + 1 :]
    return [*left[:wanted], rows[place], *left[wanted:]]


def _by_area(content: Content, questions: list[Part]) -> list[Part]:
    order = [row["code"] for row in content["areas"]]
    return sorted(questions, key=lambda question: order.index(question["area"]))
