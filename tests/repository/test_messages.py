"""The English catalogue: complete, current, with the same placeholders, and nothing in Chinese."""

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
