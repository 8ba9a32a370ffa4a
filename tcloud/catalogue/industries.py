"""行業統計分類 (11th revision): sections, two-digit divisions and the four-digit classes that business items name. Pure.

`data/industry_classes.csv` are the classes found in the ministry's table of business items (not all of the statistics office's);
divisions and sections are the statistics office's own, the English of a division where no class gives it is ours.
Wholesale (45, 46) and retail (47, 48) are one division each, as the classification has it: code 45 and code 47.
"""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).parent / "data"
_SAME_DIVISION: Final = {"46": "45", "48": "47"}


@dataclass(frozen=True)
class Division:
    """A two-digit division (中類), e.g. 56 餐飲業; `section` is the letter of its 大類."""

    code: str
    section: str
    name: str
    name_en: str


@dataclass(frozen=True)
class Section:
    """A section (大類), e.g. I 住宿及餐飲業."""

    code: str
    name: str
    name_en: str


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def divisions() -> dict[str, Division]:
    """Code → division, in the order of the classification."""
    rows = _rows("industry_divisions.csv")
    return {row["code"]: Division(row["code"], row["section"], row["zh"], row["en"]) for row in rows}


@functools.cache
def sections() -> dict[str, Section]:
    """Letter → section, in the order of the classification."""
    return {row["code"]: Section(row["code"], row["zh"], row["en"]) for row in _rows("industry_sections.csv")}


@functools.cache
def classes() -> dict[str, tuple[str, str]]:
    """Four-digit code → (Chinese, English) name of the class."""
    return {row["code"]: (row["zh"], row["en"]) for row in _rows("industry_classes.csv")}


def division_of(code: str) -> Division | None:
    """The division of a code of two or more digits (division, group, class or the six digits of a tax registration); None when unknown."""
    two = code.strip()[:2]
    return divisions().get(_SAME_DIVISION.get(two, two))
