"""The need profile for people: a radar, the same numbers as a table, and the strongest needs in sentences with their reasons."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tcloud.assessment import rules
from tcloud.web.ui.questionnaire import answer_words, words

LEVEL_TONES = {"high": "err", "medium": "warn", "low": "ok"}
STRONGEST, MOST_REASONS, MOST_CATEGORIES = 3, 4, 4
# the drawing's own units
WIDTH, HEIGHT, CENTRE, RADIUS, LINE = 400, 345, 170, 112, 20
LONG_WORDS, LONG_LINE = 5, 10
RINGS = (25, 50, 75, 100)

Point = tuple[float, float]


@dataclass(frozen=True)
class Spoke:
    """One area on the radar: where its dot is, and the lines of its name and its value beside the end of the axis."""

    area: str
    strength: int
    dot: Point
    end: Point
    anchor: str
    lines: tuple[tuple[str, float], ...]
    value_y: float
    text_x: float


def radar(names: Mapping[str, str], strengths: Mapping[str, int]) -> dict[str, Any]:
    """The drawing of strengths 0–100, the areas clockwise from the top in the order of `names` ({code: name})."""
    spokes = [
        _spoke(name, strengths[code], place, len(names)) for place, (code, name) in enumerate(names.items())
    ]
    rings = [
        {"value": ring, "points": _points([_at(place, len(names), ring) for place in range(len(names))])}
        for ring in RINGS
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "centre": {"x": WIDTH / 2, "y": CENTRE},
        "spokes": spokes,
        "rings": rings,
        "shape": _points([spoke.dot for spoke in spokes]),
    }


def _at(place: int, count: int, value: float) -> Point:
    turn = 2 * math.pi * place / count
    reach = RADIUS * value / 100
    return round(WIDTH / 2 + reach * math.sin(turn), 1), round(CENTRE - reach * math.cos(turn), 1)


def _points(corners: list[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in corners)


def _spoke(name: str, strength: int, place: int, count: int) -> Spoke:
    x, y = _at(place, count, 112)
    side = x - WIDTH / 2
    anchor = "middle" if abs(side) < 1 else "start" if side > 0 else "end"
    lines = (name,) if anchor == "middle" else _lines(name)
    top = y - LINE * len(lines) if anchor == "middle" else y - LINE * (len(lines) - 1) / 2
    placed = tuple((line, round(top + LINE * row, 1)) for row, line in enumerate(lines))
    value_y = round(top + LINE * len(lines), 1)
    return Spoke(
        name, strength, _at(place, count, strength), _at(place, count, 100), anchor, placed, value_y, x
    )


def _lines(name: str) -> tuple[str, ...]:
    """A long name in lines: Latin at its spaces, Han before 「與」 or 「及」."""
    if " " in name:
        lines = [""]
        for word in name.split():
            longer = f"{lines[-1]} {word}".strip()
            lines = [*lines[:-1], longer] if len(longer) <= LONG_LINE or not lines[-1] else [*lines, word]
        return tuple(lines)
    cut = max(name.find("與"), name.find("及"))
    return (name[:cut], name[cut:]) if len(name) > LONG_WORDS and cut > 0 else (name,)


def needs(
    content: Mapping[str, Any], profile: Mapping[str, Any], categories: Mapping[str, str]
) -> dict[str, Any]:
    """What the result shows of a profile (`Assessment.profile`); `categories` are names in the language shown, by code."""
    names = {row["code"]: words(row) for row in content["areas"]}
    levels = {row["code"]: words(row) for row in content["scoring"]["levels"]}
    rows = [
        {
            "code": need["area"],
            "area": names[need["area"]],
            "strength": need["strength"],
            "level": levels[need["level"]],
            "tone": LEVEL_TONES.get(need["level"], ""),
            "pressing": need["level"] != content["scoring"]["levels"][0]["code"],
            "reasons": [
                words({"zh": reason.zh, "en": reason.en})
                for reason in rules.reasons(content, [(question, option) for question, option in shown])
            ],
            "categories": _leading(content, shown, categories),
        }
        for need in profile["areas"]
        for shown in [need["because"][:MOST_REASONS]]
    ]
    return {
        "rows": rows,
        "pressing": [row for row in rows if row["pressing"] and row["reasons"]][:STRONGEST],
        "radar": radar(names, {need["area"]: need["strength"] for need in profile["areas"]}),
        "strongest": rows[0] if rows else None,
    }


def _leading(
    content: Mapping[str, Any], because: list[list[str]], names: Mapping[str, str]
) -> list[dict[str, str]]:
    """The categories that these answers call for, the one they call for most first."""
    weights: Counter[str] = Counter()
    for question_code, option_code in because:
        question = rules.question_of(content, question_code)
        option = rules.option_of(question, option_code) if question else None
        weights.update(option.get("leads_to", {}) if option else {})
    called = [code for code, _weight in weights.most_common() if code in names]
    return [{"code": code, "name": names[code]} for code in called[:MOST_CATEGORIES]]


def similar_words(content: Mapping[str, Any], similar: Mapping[str, str]) -> str:
    """Which companies count as alike, in words: 「餐飲及住宿業、5到29人」."""
    asked = [(rules.question_of(content, code), answer) for code, answer in similar.items()]
    return _("、").join(answer_words(question, answer) for question, answer in asked if question)
