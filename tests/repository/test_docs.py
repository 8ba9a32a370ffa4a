"""Pages that mirror the code: the environment, links, commands; and nothing of anybody's machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.repository.sources import ROOT, name, tree

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# Addresses of machines and registries have no place in the tree. Written in pieces, so that this file has none either.
MACHINES = re.compile("/" + r"(?:work|root|home)/|" + "pypi" + r"\.org|files\.python" + "hosted")


READERS = {"env", "env_flag", "env_list"}


def environment() -> set[str]:
    """TCLOUD_ variables that settings read."""
    found: set[str] = set()
    for node in ast.walk(tree(ROOT / "config" / "settings.py")):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS):
            continue
        if isinstance(node.args[0], ast.Constant):
            found.add(f"TCLOUD_{node.args[0].value}")
    return found


def test_operations_lists_every_variable_of_the_settings_and_no_other():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `((?:TCLOUD_|DATABASE_)\w+)`", page, re.MULTILINE))
    assert listed == environment() | {"DATABASE_URL"}


def test_operations_shows_every_operators_command():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = {
        path.stem for path in (ROOT / "tcloud").glob("*/management/commands/*.py") if path.stem != "__init__"
    }
    assert {command for command in commands if f"manage.py {command}" not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_decisions_are_numbered_without_gap():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 10


def test_security_page_names_tests_that_exist():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    nodes = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(nodes) >= 10
    for path, function in nodes:
        assert (ROOT / path).exists(), path
        assert not function or f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), (
            f"{path}::{function}"
        )


def test_tree_names_no_machine_and_no_registry():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    kinds = {".py", ".md", ".toml", ".txt", ".html", ".js", ".css", ".yml", ".yaml", ".po", ".sh", ""}
    paths = [ROOT / path for path in listed.split("\0") if path and Path(path).suffix in kinds]
    named = [
        f"{name(path)}: {match.group()}"
        for path in paths
        if path.is_file() and (match := MACHINES.search(path.read_text(encoding="utf-8", errors="ignore")))
    ]
    assert named == []
