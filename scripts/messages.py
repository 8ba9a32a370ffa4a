"""The English catalogue: find every message in code and templates, keep locale/en current, compile it.

    python scripts/messages.py update    add new messages (empty), drop those no longer used
    python scripts/messages.py compile   write django.mo beside it
    python scripts/messages.py check     say what is missing or wrong; exit 1 when anything is

Needs no gettext on the machine: Babel reads Python, Django turns its templates into Python, polib writes the catalogue.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import polib
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = dict.fromkeys(
    ("_", "_lazy", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy")
) | dict.fromkeys(("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"), ((1, "c"), 2))
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdif%]")
HAN = re.compile(r"[\u3400-\u9fff\u3001\u3002\uff01-\uff5e]")
# Words that stay in Chinese on English pages: the language's own name in the switch.
ALLOWED_HAN = {"正體中文"}


@dataclass
class Found:
    """A message in the sources: its plural, if any, and the files it stands in."""

    plural: str = ""
    files: set[str] = field(default_factory=set)


def _python(source: str) -> Iterator[tuple[int, Any, Any]]:
    for line, function, message, _comments in extract_python(BytesIO(source.encode()), KEYWORDS, [], {}):
        yield line, function, message


def _source(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text if path.suffix == ".py" else templatize(text, origin=str(path.relative_to(ROOT)))


def extract() -> dict[tuple[str, str], Found]:
    """Every message of tcloud/: {(context, message): Found}."""
    messages: dict[tuple[str, str], Found] = {}
    paths = [path for kind in ("*.py", "*.html", "*.txt") for path in (ROOT / "tcloud").rglob(kind)]
    for path in sorted(paths):
        if "migrations" in path.parts or (path.suffix != ".py" and "templates" not in path.parts):
            continue
        for _line, function, message in _python(_source(path)):
            parts = list(message) if isinstance(message, tuple) else [message]
            context = parts.pop(0) if "pgettext" in (function or "") else ""
            if not parts or not isinstance(parts[0], str) or not parts[0]:
                continue
            found = messages.setdefault((context, parts[0]), Found())
            found.files.add(path.relative_to(ROOT).as_posix())
            if "ngettext" in (function or "") or "npgettext" in (function or ""):
                found.plural = parts[1]
    return messages


def load() -> polib.POFile:
    """The catalogue as it is; empty when there is none."""
    if CATALOGUE.exists():
        return polib.pofile(str(CATALOGUE), wrapwidth=110)
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    return catalogue


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


def update() -> None:
    """Bring the catalogue to the messages found, sorted by message; files are named without lines, which would churn."""
    old = {_key(entry): entry for entry in load()}
    catalogue = load()
    catalogue.clear()
    for (context, message), found in sorted(extract().items()):
        entry = old.get((context, message)) or polib.POEntry(msgid=message, msgctxt=context or None)
        entry.occurrences = [(name, "") for name in sorted(found.files)]
        entry.flags = ["python-format"] if PLACEHOLDER.search(message) else []
        entry.obsolete = False
        if found.plural and entry.msgid_plural != found.plural:
            entry.msgid_plural = found.plural
            entry.msgstr_plural = entry.msgstr_plural or {0: entry.msgstr, 1: ""}
            entry.msgstr = ""
        catalogue.append(entry)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(CATALOGUE))


def compile_catalogue() -> None:
    """Write django.mo, which Django reads."""
    load().save_as_mofile(str(CATALOGUE.with_suffix(".mo")))


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)) - {"%%"})


def problems() -> list[str]:
    """Everything wrong with the catalogue, one line each; empty when it is complete and true."""
    found = extract()
    catalogue = {_key(entry): entry for entry in load()}
    wrong = [f"not in the catalogue: {message!r}" for _, message in sorted(found.keys() - catalogue.keys())]
    wrong += [f"no longer used: {message!r}" for _, message in sorted(catalogue.keys() - found.keys())]
    for (_, message), entry in sorted(catalogue.items()):
        for text in _translations(entry):
            if not text.strip():
                wrong.append(f"no English: {message!r}")
            elif message not in ALLOWED_HAN and HAN.search(text):
                wrong.append(f"Chinese left in: {text!r}")
            elif not entry.msgid_plural and _placeholders(text) != _placeholders(message):
                wrong.append(f"placeholders differ: {message!r} / {text!r}")
    return wrong


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_catalogue()
        case ["check"]:
            pass
        case _:
            print(__doc__)
            return 2
    wrong = [] if arguments == ["compile"] else problems()
    for line in wrong:
        print(line)
    print(f"{len(load())} messages, {len(wrong)} problems")
    return 1 if wrong and arguments == ["check"] else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from django.conf import settings

    settings.configure(USE_I18N=True)
    sys.exit(main(sys.argv[1:]))
