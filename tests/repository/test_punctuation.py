"""Punctuation on pages and in letters follows the reader's language: `_("、").join(...)`, `{% translate "：" %}`."""

import re

from tests.repository.sources import ROOT, name, python_files

JOINED = re.compile(r"""(?<!_\()["'][、；]["']\)?\.join\(""")
CHINESE_ONLY = {
    "tcloud/web/office/synonyms.py",  # what an officer types and reads back: words to search by
}
TRANSLATED = re.compile(
    r"\{% comment %\}.*?\{% endcomment %\}|\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}|\{[%#{].*?[%#}]\}",
    re.DOTALL,
)
STANDING_ALONE = re.compile(r"[：；（），。、「」｜／＋]")
BOTH_LANGUAGES = {"500.html", "503.html"}
FOR_US = {"styleguide.html", "styleguide_console.html"}


def test_lists_are_joined_in_the_readers_language():
    assert JOINED.search('"、".join(names)')
    assert JOINED.search('(", " if english() else "；").join(names)')
    assert not JOINED.search('_("、").join(names)')
    found = {
        name(path)
        for path in python_files("tcloud/web", "tcloud/outbox")
        if JOINED.search(path.read_text(encoding="utf-8"))
    }
    assert found == CHINESE_ONLY


def test_templates_for_english_readers_translate_their_punctuation():
    found = [
        f"{name(path)}: {match.group()}"
        for area in ("ui", "public", "member", "supplier")
        for path in sorted((ROOT / "tcloud/web" / area).rglob("*.html"))
        if path.name not in BOTH_LANGUAGES | FOR_US
        for match in STANDING_ALONE.finditer(TRANSLATED.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []
