"""The data files shipped with the product: categories with their questions, suppliers, solutions with their plans.

A file of `data/plans/` holds the solutions of one category; what all plans of a solution say alike stands once, with the solution, and
answers of a plan are added to those of its solution. Everything invented is marked （示範）.
"""

import functools
import json
from pathlib import Path
from typing import Any, Final

_DATA: Final = Path(__file__).parent / "data"
Row = dict[str, Any]


def _json(path: str) -> Any:
    return json.loads((_DATA / path).read_text(encoding="utf-8"))


def rows(name: str) -> list[Row]:
    """Rows of "categories", "suppliers" or "plans" (flat, one for each plan). Raises FileNotFoundError."""
    return _plans() if name == "plans" else list(_json(f"{name}.json"))


def answer_template(category: str) -> list[Row]:
    """The questions that plans of this lower category answer, in their order; none for an upper category."""
    questions, templates = _questions()
    return [questions[code] for code in templates.get(category, ())]


@functools.cache
def _questions() -> tuple[dict[str, Row], dict[str, list[str]]]:
    file = _json("answer_templates.json")
    return {question["code"]: question for question in file["questions"]}, file["templates"]


def _plans() -> list[Row]:
    found = []
    for category in rows("categories"):
        if category["parent"]:
            for solution in _json(f"plans/{category['code']}.json"):
                found += [_flat(solution, plan) for plan in solution["plans"]]
    return found


def _flat(solution: Row, plan: Row) -> Row:
    shared = {name: value for name, value in solution.items() if name != "plans"}
    return shared | plan | {"answers": solution["answers"] | plan.get("answers", {})}
