"""Judged queries: what a person would want to see for them. `judged_queries.csv`, one query a line.

must: words with | between name alternatives; of each, a plan must be among the first five. best (worth 3), good (worth 1): all those plans.
A name is the beginning of plans' codes, or c:category. So the judgements stay true as plans are added to a solution or a category.
"""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "judged_queries.csv"
BEST, GOOD = 3, 1


@dataclass(frozen=True)
class Judged:
    query: str
    kind: str
    must: tuple[tuple[str, ...], ...]
    best: tuple[str, ...]
    good: tuple[str, ...]

    def grade(self, code: str, category: str) -> int:
        """What a plan is worth as an answer."""
        return BEST if _named(self.best, code, category) else GOOD if _named(self.good, code, category) else 0


def _named(names: Sequence[str], code: str, category: str) -> bool:
    return any(
        name == f"c:{category}" if name.startswith("c:") else code == name or code.startswith(f"{name}-")
        for name in names
    )


def queries() -> list[Judged]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Judged(
                row["query"],
                row["kind"],
                tuple(tuple(each.split("|")) for each in row["must"].split()),
                tuple(row["best"].split()),
                tuple(row["good"].split()),
            )
            for row in csv.DictReader(file)
        ]


def missing(judged: Judged, first: Sequence[tuple[str, str]]) -> list[str]:
    """What must be among the first five (code, category) and is not."""
    return [
        "|".join(names)
        for names in judged.must
        if not any(_named(names, code, category) for code, category in first[:5])
    ]


def ndcg(
    judged: Judged, first: Sequence[tuple[str, str]], everything: Sequence[tuple[str, str]], *, at: int = 10
) -> float:
    """Normalised discounted cumulative gain of the first `at` answers (Järvelin and Kekäläinen 2002), 0–1."""

    def gain(grades: Sequence[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:at]))

    best = sorted((judged.grade(*each) for each in everything), reverse=True)
    return gain([judged.grade(*each) for each in first]) / gain(best) if gain(best) else 0.0


def measure(
    search: Callable[[str], list[tuple[str, str]]], everything: Sequence[tuple[str, str]]
) -> tuple[float, float]:
    """Mean NDCG@10 and the share of queries that find nothing."""
    answers = [(judged, search(judged.query)) for judged in queries()]
    scores = [ndcg(judged, first, everything) for judged, first in answers]
    return sum(scores) / len(scores), sum(not first for _judged, first in answers) / len(answers)
