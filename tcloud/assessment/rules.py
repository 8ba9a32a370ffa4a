"""The self-assessment as pure functions over questionnaire data: which questions are shown, what is wrong, the need profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """An answer that can't be taken: the question's code, and why (`missing`, `unknown_option`, `not_alone`, `out_of_range`)."""

    question: str
    why: str


@dataclass(frozen=True)
class Need:
    """The need of one area: 0–100, its level's code, and the plan categories the answers point at, most often named first."""

    area: str
    percent: int
    level: str
    leads_to: tuple[str, ...]


def shown(content: Content, answers: Answers) -> list[dict[str, Any]]:
    """The questions that apply, given the answers so far, in order."""
    return [question for question in content["questions"] if _applies(question, content, answers)]


def _applies(question: Mapping[str, Any], content: Content, answers: Answers) -> bool:
    condition = question.get("show_if")
    if not condition:
        return True
    earlier = next(q for q in content["questions"] if q["code"] == condition["question"])
    return _applies(earlier, content, answers) and bool(
        set(_chosen(answers.get(condition["question"]))) & set(condition["any_of"])
    )


def _chosen(answer: Any) -> list[str]:
    if answer is None or answer == "":
        return []
    return [str(part) for part in answer] if isinstance(answer, list) else [str(answer)]


def problems(content: Content, answers: Answers, *, area: str | None = None) -> list[Problem]:
    """What keeps the answers (of one area, or all) from being complete and valid."""
    return [
        Problem(question["code"], why)
        for question in shown(content, answers)
        if area is None or question["area"] == area
        for why in [_problem(question, answers.get(question["code"]))]
        if why
    ]


def _problem(question: Mapping[str, Any], answer: Any) -> str:
    chosen = _chosen(answer)
    if not chosen:
        return "missing" if question["required"] else ""
    if question["kind"] == "number":
        whole = chosen[0].isascii() and chosen[0].isdigit()
        in_range = whole and question["minimum"] <= int(chosen[0]) <= question["maximum"]
        return "" if in_range else "out_of_range"
    options = {option["code"]: option for option in question["options"]}
    if set(chosen) - options.keys() or (question["kind"] == "single" and len(chosen) > 1):
        return "unknown_option"
    alone = any(options[code].get("exclusive") for code in chosen)
    return "not_alone" if alone and len(chosen) > 1 else ""


def profile(content: Content, answers: Answers) -> list[Need]:
    """The need profile: per area what was given over what could have been, in per cent rounded half up; highest first.

    A question gives an area at most `question_cap`; questions not shown count on neither side (questionnaire, note).
    """
    cap = content["scoring"]["question_cap"]
    given: dict[str, int] = {}
    most: dict[str, int] = {}
    leads: dict[str, list[str]] = {}
    for question in shown(content, answers):
        picked = _picked(question, answers.get(question["code"]))
        for area in {area for option in _givers(question) for area in option["need"]}:
            total = sum(option["need"].get(area, 0) for option in picked)
            given[area] = given.get(area, 0) + min(total, cap)
            most[area] = most.get(area, 0) + _most(question, area, cap)
        for option in picked:
            leads.setdefault(question["area"], []).extend(option.get("leads_to", []))
    needs = []
    for area in (row["code"] for row in content["areas"]):
        percent = (200 * given.get(area, 0) + most[area]) // (2 * most[area]) if most.get(area) else 0
        named = leads.get(area, [])
        order = sorted(dict.fromkeys(named), key=lambda code: (-named.count(code), named.index(code)))
        needs.append(Need(area, percent, _level(content, percent), tuple(order)))
    return sorted(needs, key=lambda need: -need.percent)


def _givers(question: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(question["bands"] if question["kind"] == "number" else question["options"])


def _picked(question: Mapping[str, Any], answer: Any) -> list[Mapping[str, Any]]:
    chosen = _chosen(answer)
    if question["kind"] == "number":
        if not chosen or not chosen[0].isdigit():
            return []
        return [band for band in question["bands"] if band["min"] <= int(chosen[0]) <= band["max"]]
    return [option for option in question["options"] if option["code"] in chosen]


def _most(question: Mapping[str, Any], area: str, cap: int) -> int:
    needs: list[int] = [option["need"].get(area, 0) for option in _givers(question)]
    return min(sum(needs) if question["kind"] == "multi" else max(needs, default=0), cap)


def _level(content: Content, percent: int) -> str:
    reached: list[str] = [
        row["code"] for row in content["scoring"]["levels"] if row["from_percent"] <= percent
    ]
    return reached[-1]
