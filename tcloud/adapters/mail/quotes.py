"""What a mail says itself, and what it repeats of the letters before it."""

import re
from typing import Final

# "On … wrote:", 「… 於 2027年1月15日 … 寫道：」: the line above a quotation of lines with ">"
_ATTRIBUTION: Final = re.compile(
    r"^(?:>\s*)?(?:On\b.{4,200}\bwrote\s*:|.{0,160}(?:寫道|写道)\s*[:：]|Le\b.{4,200}a écrit\s*:)\s*$", re.I
)
# what Outlook and web mail put above the whole of an earlier letter
_BELOW: Final = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original Message|Forwarded message|原始郵件|原始信件|轉寄郵件)\s*-{2,}|_{20,})\s*$",
    re.I,
)
_HEADER: Final = re.compile(r"^\s*\*?(?:From|寄件者|寄件人|發件人)\*?\s*[:：]", re.I)
_HEADER_2: Final = re.compile(r"^\s*\*?(?:Sent|Date|To|Subject|寄件日期|日期|傳送時間|收件者|收件人|主旨)\*?\s*[:：]", re.I)  # fmt: skip


def split(text: str) -> tuple[str, str]:
    """(what was written, what it quotes). A mail that would be left empty is kept whole."""
    lines = text.split("\n")
    end = next((n for n in range(len(lines)) if _begins_earlier(lines, n)), len(lines))
    own: list[str] = []
    quoted: list[str] = []
    for number, line in enumerate(lines[:end]):
        mine = not line.lstrip().startswith(">") and not _attributes(lines, number)
        (own if mine else quoted).append(line)
    written = "\n".join(own).strip()
    if not written:
        return text.strip(), ""
    return written, "\n".join([*quoted, *lines[end:]]).strip()


def _begins_earlier(lines: list[str], number: int) -> bool:
    if _BELOW.match(lines[number]):
        return True
    following = [line for line in lines[number + 1 : number + 4] if line.strip()]
    return bool(_HEADER.match(lines[number]) and following and _HEADER_2.match(following[0]))


def _attributes(lines: list[str], number: int) -> bool:
    """The line, or it and the next one where the program broke it, stands above a quotation."""
    one = lines[number].strip()
    two = f"{one} {lines[number + 1].strip()}" if number + 1 < len(lines) else one
    before = f"{lines[number - 1].strip()} {one}" if number else one
    whole = next((words for words in (one, two, before) if _ATTRIBUTION.match(words)), "")
    rest = [line for line in lines[number + 1 : number + 5] if line.strip()]
    return bool(whole) and any(line.lstrip().startswith(">") for line in rest)
