"""Bytes to text, whatever the sender claims: the charset said, then UTF-8, then Big5 as Windows writes it."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

# What people's programs mean by a name: Big5 with the characters of Windows and of Hong Kong, GB with all of them.
_MEANT: Final = {
    "big5": "big5hkscs", "big-5": "big5hkscs", "x-big5": "big5hkscs", "cn-big5": "big5hkscs", "ms950": "cp950",
    "gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "ascii", "unknown-8bit": "utf-8",
}  # fmt: skip
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]")


def decode(content: bytes, charset: str | None) -> str:
    """The text. Never raises: what fits no charset is read as UTF-8 with marks where it is broken."""
    said = (charset or "").strip().lower()
    for name in (_MEANT.get(said, said), "utf-8", "cp950", "big5hkscs"):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("utf-8", "replace")


def words(raw: str) -> str:
    """A header in one line of readable text: encoded words (RFC 2047) decoded, raw 8-bit guessed, line breaks gone."""
    unfolded = " ".join(raw.split())
    content = unfolded.encode("utf-8", "surrogateescape")
    text = unfolded if content.isascii() else decode(content, None)
    try:
        parts = [part if isinstance(part, str) else decode(part, name) for part, name in decode_header(text)]
    except (HeaderParseError, ValueError):
        parts = [text]
    return " ".join(plain("".join(parts)).split())


def plain(text: str) -> str:
    """The text with line ends as \\n, without control characters and lone surrogates."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
