"""What the tests about the code read: the tree, its Python files, pyproject."""

import ast
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def python_files(*folders: str, migrations: bool = False) -> Iterator[Path]:
    """Every Python file below the folders, migrations left out unless asked for."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                yield path


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """Dotted names a file imports: `from a import b` gives both a and a.b."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def layers() -> list[set[str]]:
    """Layers of the apps, highest first, as import-linter reads them from pyproject."""
    for contract in pyproject()["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers" and contract["containers"] == ["tcloud"]:
            rows = [row.replace("|", ":").split(":") for row in contract["layers"]]
            return [{part.strip().strip("()") for part in row} for row in rows]
    raise LookupError("no layers contract for tcloud in pyproject.toml")
