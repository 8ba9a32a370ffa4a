"""Files that people send: what may be kept, told by a file's first bytes and never by its name alone."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from tcloud.core.refusals import Refusal

MOST_FILES: Final = 3
MOST_BYTES: Final = 5 * 1000 * 1000  # together; a page takes 6 MB with the rest of its form
LONGEST_NAME: Final = 100

_ZIP: Final = b"PK\x03\x04"
# ending → media type and how such a file begins; none: text
_KINDS: Final[dict[str, tuple[str, tuple[bytes, ...]]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", (_ZIP,)),
    "odt": ("application/vnd.oasis.opendocument.text", (_ZIP,)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (_ZIP,)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (_ZIP,)),
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
}
ACCEPT: Final = ",".join(f".{ending}" for ending in _KINDS)
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True)
class File:
    """A file that may be kept: its name without path or tricks, what it is, and its bytes."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


def accept(name: str, content: bytes) -> File:
    """The file, when it is of a kind that is taken and begins like one.

    Raises Refusal `upload.empty`, `upload.too_large` (more than MOST_BYTES bytes), `upload.kind`.
    """
    clean = safe_name(name)
    if not content:
        raise Refusal("upload.empty", _("「%(name)s」是空的，請選擇完整的檔案。"), name=clean)
    if len(content) > MOST_BYTES:
        raise Refusal("upload.too_large", _("「%(name)s」超過5 MB，請縮小後再附上。"), name=clean)
    media_type, beginnings = _KINDS.get(clean.rpartition(".")[2].lower(), ("", ()))
    fits = content.startswith(beginnings) if beginnings else _is_text(content)
    if not media_type or not fits:
        raise Refusal(
            "upload.kind",
            _("「%(name)s」不是可以附上的檔案。可附PDF、圖片（PNG、JPG）、ODS、ODT、XLSX、DOCX、TXT、CSV。"),
            name=clean,
        )
    return File(clean, media_type, content)


def accept_all(files: Sequence[tuple[str, bytes]]) -> list[File]:
    """Several at once: at most MOST_FILES, together at most MOST_BYTES. Raises Refusal as `accept`, and `upload.too_many`."""
    if len(files) > MOST_FILES:
        raise Refusal("upload.too_many", _("一次最多附%(most)d個檔案。"), most=MOST_FILES)
    taken = [accept(name, content) for name, content in files]
    if sum(len(file.content) for file in taken) > MOST_BYTES:
        raise Refusal("upload.too_large", _("附件合計超過5 MB，請減少或縮小後再附上。"))
    return taken


def safe_name(name: str) -> str:
    """The last part of a path, without control characters and marks that turn the reading direction; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = _UNSAFE.sub("", last).strip(" .")
    stem, dot, ending = clean.rpartition(".")
    if len(clean) > LONGEST_NAME:
        clean = (
            f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}"
            if dot and len(ending) < 10
            else clean[:LONGEST_NAME]
        )
    return clean or "file"


def _is_text(content: bytes) -> bool:
    """Readable text in UTF-8 or Big5, without NUL."""
    if b"\x00" in content:
        return False
    for encoding in ("utf-8", "big5"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
