"""The house's own rules, as far as import-linter and ruff do not watch them."""

import ast
import re

import pytest
from django.apps import apps

from tests.repository.sources import ROOT, imports, layers, name, python_files, tree

LINES = 450
CODE = ("config", "tcloud", "sandbox", "scripts", "tests", "benches")
# Where a transaction may begin: operations; outbox delivers each message in its own; settings and commands none.
TRANSACTIONS = re.compile(
    r"tcloud/\w+/operations(/\w+)?\.py|tcloud/ledger/\w+\.py|tcloud/outbox/\w+\.py|tests/.*|benches/.*"
)
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def test_foreign_keys_point_to_the_same_app_or_a_lower_layer():
    place = {app: rank for rank, row in enumerate(layers()) for app in row}
    upward = []
    for model in apps.get_models():
        if not model.__module__.startswith("tcloud."):
            continue
        here = model._meta.app_label
        for field in model._meta.get_fields():
            if (
                field.auto_created
                or not field.is_relation
                or not field.related_model.__module__.startswith("tcloud.")
            ):
                continue
            there = field.related_model._meta.app_label
            if here != there and place[here] >= place[there]:
                upward.append(f"{model._meta.label}.{field.name} → {there}")
    assert upward == []


def test_every_app_has_its_layer():
    folders = {path.parent.name for path in (ROOT / "tcloud").glob("*/__init__.py")}
    assert folders - set().union(*layers()) == set()


def test_only_the_ledger_touches_its_tables():
    others = [
        name(path)
        for path in python_files("tcloud", "scripts", "benches")
        if not name(path).startswith("tcloud/ledger/")
        and any(n.startswith("tcloud.ledger.models") for n in imports(path))
    ]
    assert others == []


def test_rules_know_no_django():
    rules = [
        path for path in python_files("tcloud") if path.name == "rules.py" or path.parent.name == "rules"
    ]
    assert len(rules) >= 6
    assert [name(path) for path in rules if any(n.split(".")[0] == "django" for n in imports(path))] == []


def test_sandbox_and_application_are_strangers():
    meet = [
        name(path)
        for path in python_files("sandbox")
        if any(n.split(".")[0] == "tcloud" for n in imports(path))
    ]
    meet += [
        name(path)
        for path in python_files("tcloud")
        if any(n.split(".")[0] == "sandbox" for n in imports(path))
    ]
    assert meet == []


@pytest.mark.parametrize("folder", CODE)
def test_files_stay_short(folder):
    long = {
        name(path): n
        for path in python_files(folder)
        if (n := len(path.read_text("utf-8").splitlines())) > LINES
    }
    assert long == {}


def _uses(path, owner, attribute):
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == attribute
        and isinstance(node.value, ast.Name)
        and node.value.id == owner
    ]


def test_transactions_begin_in_operations():
    begun = {
        name(path): lines
        for path in python_files("tcloud", "scripts", "config")
        if not TRANSACTIONS.fullmatch(name(path)) and (lines := _uses(path, "transaction", "atomic"))
    }
    assert begun == {}


def test_rows_read_beside_a_locked_one_are_not_locked_with_it():
    """`select_for_update` takes everything that `select_related` joins, unless told `of` which: the edition would be held by each act."""
    greedy = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("tcloud")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.stmt)
        and not hasattr(node, "body")
        and "select_related(" in (text := ast.unparse(node))
        and re.search(r"select_for_update\((?![^)]*of=)", text)
    ]
    assert greedy == []


def test_the_clock_is_read_from_core():
    loose = {
        name(path): lines
        for path in python_files("tcloud", "config", "scripts", "tests", "benches")
        if (lines := _uses(path, "timezone", "now"))
    }
    assert loose == {}


def test_moments_are_read_at_the_edge():
    inside = [
        name(path)
        for path in python_files("tcloud")
        if path.name in {"rules.py", "models.py", "states.py"} and _uses(path, "clock", "now")
    ]
    assert inside == []


def test_nothing_is_left_for_later():
    kinds = {".py", ".html", ".css", ".js", ".md", ".toml", ".typ", ".txt"}
    left = [
        f"{name(path)}: {match.group()}"
        for folder in CODE
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in kinds and path.is_file() and path.name != "test_layers.py"
        if (match := WORDS.search(path.read_text(encoding="utf-8")))
    ]
    assert left == []


def test_no_signals_but_events():
    signals = [
        name(path)
        for path in python_files("tcloud", "config")
        if any(n.startswith(("django.dispatch", "django.db.models.signals")) for n in imports(path))
    ]
    assert signals == []
