"""The need profile: how strongly each area and each plan category is called for, and by which answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tcloud.assessment.rules.answering import Answers, Content, Question, chosen, shown


@dataclass(frozen=True)
class AreaNeed:
    """The need of one of the seven areas: 0–100, its level's code, and the (question, option) that raise it, heaviest first."""

    area: str
    strength: int
    level: str
    because: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CategoryNeed:
    """The need of one plan category: 0–100, the area it shows in most, and the (question, option) that call for it, heaviest first."""

    category: str
    area: str
    strength: int
    because: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Profile:
    """What `Assessment.profile` keeps (its docstring describes the data), strongest first."""

    areas: tuple[AreaNeed, ...]
    categories: tuple[CategoryNeed, ...]
    similar: dict[str, str]


class Reason(NamedTuple):
    """Why a need is there, in plain words: the question's code and the phrase, e.g. 「您用紙本排班」, "you plan shifts on paper"."""

    question: str
    zh: str
    en: str


def profile(content: Content, answers: Answers) -> Profile:
    """The need profile of valid answers.

    An area: the weights given over the most that the questions shown could have given, in per cent, rounded half up; a question
    gives an area at most `scoring.question_cap`. A category: the sum of its weights, `scoring.category_full` of them being 100,
    never more. Ties keep the questionnaire's order. Questions not shown count nowhere.
    """
    asked = [(question, _picked(question, answers)) for question in shown(content, answers)]
    similar = {code: picked[0] for code in content["similar_by"] if (picked := chosen(answers.get(code)))}
    return Profile(_areas(content, asked), _categories(content, asked), similar)


Asked = list[tuple[dict[str, Any], list[dict[str, Any]]]]


def _picked(question: Question, answers: Answers) -> list[dict[str, Any]]:
    codes = chosen(answers.get(question["code"]))
    return [option for option in question["options"] if option["code"] in codes]


def _areas(content: Content, asked: Asked) -> tuple[AreaNeed, ...]:
    cap = content["scoring"]["question_cap"]
    needs = []
    for area in (row["code"] for row in content["areas"]):
        given = sum(min(_sum(picked, area), cap) for _question, picked in asked)
        most = sum(_most(question, area, cap) for question, _picked in asked)
        strength = (200 * given + most) // (2 * most) if most else 0
        needs.append(AreaNeed(area, strength, _level(content, strength), _raise(area, asked)))
    return tuple(sorted(needs, key=lambda need: -need.strength))


def _raise(area: str, asked: Asked) -> tuple[tuple[str, str], ...]:
    found = [
        (option["need"][area], question["code"], option["code"])
        for question, picked in asked
        for option in picked
        if area in option["need"]
    ]
    heaviest = sorted(found, key=lambda raiser: -raiser[0])
    return tuple((question, option) for _weight, question, option in heaviest)


def _sum(options: list[dict[str, Any]], area: str) -> int:
    return sum(option["need"].get(area, 0) for option in options)


def _most(question: Question, area: str, cap: int) -> int:
    needs: list[int] = [option["need"].get(area, 0) for option in question["options"]]
    return min(sum(needs) if question["kind"] == "multi" else max(needs, default=0), cap)


def _level(content: Content, strength: int) -> str:
    reached: list[str] = [
        row["code"] for row in content["scoring"]["levels"] if row["from_percent"] <= strength
    ]
    return reached[-1]


def _categories(content: Content, asked: Asked) -> tuple[CategoryNeed, ...]:
    calls: dict[str, list[tuple[int, str, str, str]]] = {}
    for question, picked in asked:
        for option in picked:
            for category, weight in option.get("leads_to", {}).items():
                call = (weight, question["area"], question["code"], option["code"])
                calls.setdefault(category, []).append(call)
    full = content["scoring"]["category_full"]
    needs = []
    for category, found in calls.items():
        heaviest = sorted(found, key=lambda call: -call[0])
        strength = min(100, 100 * sum(weight for weight, *_rest in found) // full)
        because = tuple((question, option) for _weight, _area, question, option in heaviest)
        needs.append(CategoryNeed(category, heaviest[0][1], strength, because))
    return tuple(sorted(needs, key=lambda need: -need.strength))


def reasons(content: Content, because: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[Reason]:
    """The phrases of these (question, option) pairs, in their order."""
    options = _options(content)
    found = [(question, options[question, option]) for question, option in because]
    return [Reason(question, option["reason_zh"], option["reason_en"]) for question, option in found]


def _options(content: Content) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    return {
        (question["code"], option["code"]): option
        for question in content["questions"]
        for option in question["options"]
    }
