"""The texts people agree to, as data with versions (R-36)."""

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "consents.json"


@dataclass(frozen=True)
class Part:
    """A heading, paragraph or numbered item of a text, in both languages."""

    kind: str
    zh: str
    en: str
    number: str = ""


@dataclass(frozen=True)
class Text:
    """One version of a text. `sha256` covers title and body in Chinese, which is what binds."""

    code: str
    version: str
    title: str
    title_en: str
    parts: tuple[Part, ...]
    withdrawal_effect: str
    withdrawal_effect_en: str

    @property
    def sha256(self) -> str:
        """Digest of the Chinese text."""
        text = json.dumps([self.title, [part.zh for part in self.parts]], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def _texts() -> dict[str, Text]:
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["documents"]
    return {
        row["code"]: Text(
            row["code"],
            str(row["version"]),
            row["title_zh"],
            row["title_en"],
            tuple(
                Part(part["kind"], part["zh"], part["en"], str(part.get("number", "")))
                for part in row["body"]
            ),
            row.get("withdrawal_effect_zh", ""),
            row.get("withdrawal_effect_en", ""),
        )
        for row in rows
    }


def document(code: str) -> Text:
    """The text now in force. Raises LookupError."""
    return _texts()[code]
