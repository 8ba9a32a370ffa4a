"""Frequently asked questions on screen: answers with their hits marked, and what changed between two versions."""

import difflib
from typing import Final, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tcloud.support import faq_search
from tcloud.support.models import FaqVersion

FAQ_WORDS_MOST: Final = 100
_EXCERPT: Final = 90


def marked(text: str, terms: list[str]) -> SafeString:
    """The text, escaped, with what was looked for inside <mark>."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece) if hit else piece,) for piece, hit in faq_search.marks(text, terms))
    )  # fmt: skip


def excerpt(text: str, terms: list[str]) -> str:
    """A part of a long text around its first hit, cut with …; the beginning where there is none."""
    text = " ".join(text.split())
    before = 0
    for piece, hit in faq_search.marks(text, terms):
        if hit:
            break
        before += len(piece)
    start = max(0, (before if before < len(text) else 0) - _EXCERPT // 3)
    shown = text[start : start + _EXCERPT]
    return f"{'…' if start else ''}{shown}{'…' if start + _EXCERPT < len(text) else ''}"


class Change(NamedTuple):
    """One field of an article: its name, and its pieces, each with `kind` same, added or removed."""

    label: str
    pieces: list[tuple[str, str]]


def changes(old: FaqVersion | None, new: FaqVersion) -> list[Change]:
    """What differs between two versions, field by field; nothing of fields that are the same."""
    fields = [
        (_("分類"), old.group.name if old else "", new.group.name),
        (_("問題（中文）"), old.question if old else "", new.question),
        (_("解答（中文）"), old.answer if old else "", new.answer),
        (_("問題（英文）"), old.question_en if old else "", new.question_en),
        (_("解答（英文）"), old.answer_en if old else "", new.answer_en),
        (_("相關規則"), _("、").join(old.rules) if old else "", _("、").join(new.rules)),
    ]
    return [Change(label, _pieces(before, after)) for label, before, after in fields if before != after]


def _pieces(before: str, after: str) -> list[tuple[str, str]]:
    found = []
    for kind, i, j, k, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", after[k:end]))
            continue
        if j > i:
            found.append(("removed", before[i:j]))
        if end > k:
            found.append(("added", after[k:end]))
    return found
