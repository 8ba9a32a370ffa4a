"""The texts people agree to, as data with versions (R-36)."""

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "consents.json"


@dataclass(frozen=True)
class Text:
    """One version of a text. `body` holds its paragraphs; `sha256` covers title and body in Chinese, which is what binds."""

    code: str
    version: str
    title: str
    title_en: str
    body: tuple[Any, ...]
    body_en: tuple[Any, ...]

    @property
    def sha256(self) -> str:
        """Digest of the Chinese text."""
        text = json.dumps([self.title, self.body], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def _texts() -> dict[str, Text]:
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    rows = content["documents"] if isinstance(content, dict) else content
    return {
        row["code"]: Text(
            row["code"],
            str(row["version"]),
            row["title_zh"],
            row["title_en"],
            tuple(row["body_zh"]),
            tuple(row["body_en"]),
        )
        for row in rows
    }


def document(code: str) -> Text:
    """The text now in force. Raises LookupError."""
    return _texts()[code]
