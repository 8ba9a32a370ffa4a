"""An HTML mail as text: what a person would read, nothing that runs or loads."""

from html.parser import HTMLParser
from typing import Final

MOST_CHARACTERS: Final = 200_000
_UNSEEN: Final = {"script", "style", "head", "title", "template", "noscript"}
_BREAKS: Final = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "blockquote"}  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._unseen: list[str] = []
        self._quotes = 0
        self._link = ""
        self._shown = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        if tag in _BREAKS:
            self._break()
        if tag == "blockquote":
            self._quotes += 1
        if tag == "a":
            self._link, self._shown = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and tag == self._unseen[-1]:
            self._unseen.pop()
        if tag == "blockquote" and self._quotes:
            self._break()
            self._quotes -= 1
        elif tag in _BREAKS and tag != "br":
            self._break()
        if tag == "a":
            if self._link.startswith(("https://", "http://")) and self._link not in self._shown:
                self._add(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        words = " ".join(data.split())
        self._shown += words
        if words:
            before = " " if data[:1].isspace() and self.lines[-1] else ""
            self._add(before + words + (" " if data[-1:].isspace() else ""))

    def _add(self, words: str) -> None:
        if not self.lines[-1]:
            words = "> " * min(self._quotes, 3) + words.lstrip()
        self.lines[-1] += words

    def _break(self) -> None:
        if self.lines[-1]:
            self.lines.append("")


def to_text(html: str) -> str:
    """Its words line by line; quotations begin with "> ", links show where they lead."""
    reader = _Reader()
    reader.feed(html[:MOST_CHARACTERS])
    reader.close()
    return "\n".join(line.rstrip() for line in reader.lines).strip()
