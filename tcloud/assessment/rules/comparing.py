"""What changed between two questionnaires, for whoever is about to publish one."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from tcloud.assessment.rules.answering import Content

Path = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One area or question that was added, removed, moved or changed.

    `parts`: (path, before, after) of what differs, of one added or removed everything; a path like ("options", "paper", "need", "remote_work"), None where there was or is
    nothing.
    """

    kind: str
    what: str
    code: str
    parts: tuple[tuple[Path, Any, Any], ...] = ()


def changes(before: Content, after: Content) -> list[Change]:
    """Every difference between the contents, areas first, then questions in the order of `after`, then what was removed."""
    found = _compared("area", before["areas"], after["areas"])
    found += _compared("question", before["questions"], after["questions"])
    whole = [_rest(before), _rest(after)]
    if parts := _parts(*whole):
        found.append(Change("changed", "whole", "", parts))
    return found


def _rest(content: Content) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in ("areas", "questions")}


def _compared(what: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Change]:
    earlier, now = {row["code"]: row for row in before}, {row["code"]: row for row in after}
    moved = _out_of_place(
        [code for code in earlier if code in now], [code for code in now if code in earlier]
    )
    found = []
    for code, row in now.items():
        if code not in earlier:
            found.append(Change("added", what, code, _parts({}, row)))
            continue
        if code in moved:
            found.append(Change("moved", what, code))
        if parts := _parts(earlier[code], row):
            found.append(Change("changed", what, code, parts))
    gone = [(code, row) for code, row in earlier.items() if code not in now]
    return found + [Change("removed", what, code, _parts(row, {})) for code, row in gone]


def _out_of_place(before: list[str], after: list[str]) -> set[str]:
    kept = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    in_place = {code for block in kept for code in after[block.b : block.b + block.size]}
    return set(after) - in_place


def _parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[Path, Any, Any], ...]:
    earlier, now = dict(_flat(before)), dict(_flat(after))
    paths = [*now, *(path for path in earlier if path not in now)]
    return tuple(
        (path, earlier.get(path), now.get(path)) for path in paths if earlier.get(path) != now.get(path)
    )


def _flat(thing: Any, at: Path = ()) -> list[tuple[Path, Any]]:
    """(path, value) of everything in it; rows of a list by their code, other lists as one value."""
    if isinstance(thing, Mapping):
        return [pair for key, value in thing.items() for pair in _flat(value, (*at, str(key)))]
    if isinstance(thing, list) and thing and all(isinstance(row, Mapping) and "code" in row for row in thing):
        order = (*at, "order")
        rows = [pair for row in thing for pair in _flat(_nameless(row), (*at, str(row["code"])))]
        return [(order, tuple(row["code"] for row in thing)), *rows]
    return [(at, tuple(thing) if isinstance(thing, list) else thing)]


def _nameless(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "code"}
