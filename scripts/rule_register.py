"""Keep docs/programme.md true: where each rule of the programme is implemented, and which tests prove it.

    python scripts/rule_register.py            rewrite the two code columns
    python scripts/rule_register.py --check    exit 1 when they are not current

The rule, its sentence and what is still to come are written by hand in the table. A place is named when its docstring begins with the
rule (`R-17: …`); where no docstring begins with it, the places whose docstring cites it. A test is named by its mark.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "programme.md"
RULE = re.compile(r"R-\d\d")
RANGE = re.compile(r"R-(\d\d)(?:…| to |–)R-(\d\d)")
LEADING = re.compile(r"(?:(?:R-\d\d)(?:, | and |…| to |–)?)+(?=:)")
ROW = re.compile(r"^\| (R-\d\d) \|")
Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _rules(text: str) -> set[str]:
    found = set(RULE.findall(text))
    for first, last in RANGE.findall(text):
        found |= {f"R-{number:02d}" for number in range(int(first), int(last) + 1)}
    return found


def _documented(path: Path) -> Iterator[tuple[str, str]]:
    """(place, docstring) of a module, its functions, classes and methods."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def walk(node: ast.Module | Named, trail: str) -> Iterator[tuple[str, str]]:
        if text := ast.get_docstring(node):
            yield trail, text
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from walk(child, f"{trail}{'.' if ':' in trail else ':'}{child.name}")

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), module)


def places() -> dict[str, list[str]]:
    """Rule → where it is implemented, `module:function`."""
    leading: dict[str, set[str]] = defaultdict(set)
    inside: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tcloud").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for place, text in _documented(path):
            begins = LEADING.match(text)
            for rule in _rules(begins.group()) if begins else ():
                leading[rule].add(place)
            for rule in _rules(text):
                inside[rule].add(place)
    return {rule: sorted(_core(leading.get(rule, set()) or inside[rule], inside[rule])) for rule in inside}


def _core(named: set[str], cited: set[str]) -> set[str]:
    """The places that carry a rule: what pages show and letters tell is left out where something below decides, and a module that is
    given to the rule as a whole is named when none of its functions is."""
    whole = {
        place for place in cited if ":" not in place and not any(p.startswith(f"{place}:") for p in cited)
    }
    below = {place for place in named | whole if not place.startswith(("tcloud.web.", "tcloud.outbox."))}
    functions = {place for place in below if ":" in place}
    return functions or named | whole


def _marks(decorators: list[ast.expr]) -> set[str]:
    return {
        rule
        for each in decorators
        if "mark.rule" in (text := ast.unparse(each))
        for rule in RULE.findall(text)
    }


def tests() -> dict[str, list[str]]:
    """Rule → the tests that carry its mark, as pytest nodes without parameters."""
    proved: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        everywhere: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
                everywhere |= _marks([node.value])
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for rule in sorted(everywhere | _marks(node.decorator_list)):
                    proved[rule].append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return proved


def rows(text: str) -> dict[str, list[str]]:
    """Rule → its cells: rule, sentence, places, tests, later."""
    found = {}
    for line in text.splitlines():
        if ROW.match(line):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            found[cells[0].strip()] = [cell.strip(" |") for cell in cells]
    return found


def current(text: str) -> str:
    """The page with its code columns as the code is now."""
    where, proved, lines = places(), tests(), []
    for line in text.splitlines():
        if match := ROW.match(line):
            rule = match.group(1)
            _, sentence, _, _, later = rows(line)[rule]
            code = "<br>".join(f"`{place}`" for place in where.get(rule, [])) or "—"
            nodes = "<br>".join(f"`{node}`" for node in proved.get(rule, [])) or "—"
            line = f"| {rule} | {sentence} | {code} | {nodes} | {later} |"
        lines.append(line)
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    text = PAGE.read_text(encoding="utf-8")
    made = current(text)
    if arguments == ["--check"]:
        if made != text:
            print("docs/programme.md is not current: run python scripts/rule_register.py")
        return int(made != text)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
