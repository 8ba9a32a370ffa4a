"""The English catalogue: complete, current, with the same placeholders, and nothing in Chinese."""

import ast

import polib
import pytest

from scripts import messages


def test_catalogue_is_complete_and_true():
    assert messages.problems() == [], "python scripts/messages.py update, then translate"


def test_catalogue_keeps_its_form():
    catalogue = messages.load()
    entries = [(entry.msgctxt or "", entry.msgid) for entry in catalogue]
    assert entries == sorted(set(entries))
    assert not any(line for entry in catalogue for _, line in entry.occurrences)
    assert not any(name.startswith("/") for entry in catalogue for name, _ in entry.occurrences)


def test_extraction_finds_code_and_templates_and_both_forms():
    found = messages.extract()
    files = {name.rsplit(".", 1)[-1] for entry in found.values() for name in entry.files}
    assert {"py", "html"} <= files
    assert any(entry.plural for entry in found.values())
    assert ("", "資料剛被更新，請重新整理頁面後再試一次。") in found


def test_no_translator_goes_by_a_name_that_extraction_does_not_know():
    unknown = []
    for path in sorted((messages.ROOT / "tcloud").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                names = [name.asname for name in node.names if "gettext" in name.name and name.asname]
            elif isinstance(node, ast.Assign) and "gettext" in getattr(node.value, "id", ""):
                names = [ast.unparse(target) for target in node.targets]
            else:
                continue
            unknown += [f"{path.name}: {name}" for name in names if name not in messages.KEYWORDS]
    assert not unknown


@pytest.mark.parametrize(
    ("source", "english", "wrong"),
    [
        ("剩 %(days)s 天", "%(days)s days left", False),
        ("剩 %(days)s 天", "%(day)s days left", True),
        ("剩 %(days)s 天", "Days left", True),
        ("剩 %(days)s 天", "剩 %(days)s days", True),
        ("剩 %(days)s 天", "", True),
        ("100%%", "100%%", False),
    ],
)
def test_problems_sees(monkeypatch, source, english, wrong):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid=source, msgstr=english))
    monkeypatch.setattr(messages, "load", lambda: catalogue)
    monkeypatch.setattr(messages, "extract", lambda: {("", source): messages.Found()})
    assert bool(messages.problems()) is wrong
