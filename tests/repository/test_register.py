"""The rule register is true: every rule is there, due ones are implemented and proved, and both columns are as the code is."""

import importlib
import re

import pytest

from scripts import rule_register as register
from tests.repository.sources import ROOT

TEXT = register.PAGE.read_text(encoding="utf-8")
ROWS = register.rows(TEXT)
EVERY = [f"R-{number:02d}" for number in range(1, 41)]
DUE = [f"R-{n:02d}" for n in (*range(1, 13), *range(17, 27), 28, 30, 35, 37, 38)]
NAME = re.compile(r"`([^`]+)`")


def test_register_is_current():
    assert register.current(TEXT) == TEXT, "python scripts/rule_register.py"


def test_register_holds_every_rule_once_in_order():
    assert list(ROWS) == EVERY
    assert len(re.findall(r"^\| R-\d\d \|", TEXT, re.MULTILINE)) == 40
    assert all(len(cells) == 5 and cells[1] for cells in ROWS.values())


@pytest.mark.parametrize("rule", DUE)
def test_due_rule_is_implemented_and_proved(rule):
    _, _, code, tests, _ = ROWS[rule]
    assert NAME.findall(code)
    assert NAME.findall(tests)


@pytest.mark.parametrize("rule", [rule for rule in EVERY if rule not in DUE])
def test_rule_not_due_says_what_is_to_come(rule):
    _, _, code, tests, later = ROWS[rule]
    assert later != "—" or (NAME.findall(code) and NAME.findall(tests))


def test_every_place_exists_and_cites_its_rule():
    for rule, cells in ROWS.items():
        for place in NAME.findall(cells[2]):
            module, _, trail = place.partition(":")
            thing = importlib.import_module(module)
            for part in trail.split(".") if trail and "<" not in trail else ():
                thing = getattr(thing, part, None) or thing
            assert rule in register._rules(thing.__doc__ or "") or trail.count("."), place


def test_every_mark_names_a_rule_of_the_programme():
    assert set(register.tests()) <= set(EVERY)


def test_every_named_test_exists():
    for cells in ROWS.values():
        for node in NAME.findall(cells[3]):
            path, _, function = node.partition("::")
            assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")
