"""Finding an answer by any words, Chinese or not: by whole terms first, by pairs of characters else. Pure.

Chinese has no spaces, so 「點數到期了怎麼辦」 is looked for as a whole and, where no text has it, by its pairs 點數 數到 到期 期了…: a text
with most of them is about it. Words in Latin letters are looked for as they are. Simplified characters, variants (台, 臺), full width and
capitals count as in the search of the catalogue.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tcloud.catalogue.text import fold

_TERM: Final = re.compile(r"[a-z0-9][a-z0-9.+#&'-]*|[\u3400-\u9fff々〇]+")
MOST_TERMS: Final = 8
ENOUGH: Final = 0.5  # of a term's pairs that a text must have to be found by them


@lru_cache(maxsize=10_000)
def plain(char: str) -> str:
    """A character as it is compared: one for one, so that places in the text stay."""
    char = fold(char)
    return char if len(char) == 1 else "\x00"


def folded(text: str) -> str:
    """The text as it is compared, as long as the text itself."""
    return "".join(map(plain, text))


_NOISE: Final = frozenset(
    folded("的了嗎呢吧我您你要請問是在有和與或怎麼什可以該如何")
)  # say nothing of the subject
# what people write → the word that the answers use
_SYNONYMS: Final = {
    folded(written): folded(used)
    for written, used in (
        ("統編", "統一編號"),
        ("email", "e-mail"),
        ("mail", "e-mail"),
        ("電子郵件", "e-mail"),
        ("紅利", "點數"),
        ("取消訂單", "撤回"),
    )
}


def terms(query: str) -> list[str]:
    """The terms of a query, at most MOST_TERMS: runs of Han, and words; without those that say nothing of the subject."""
    found = [term for term in _TERM.findall(folded(query)) if not set(term) <= _NOISE]
    return [_SYNONYMS.get(term, term) for term in found[:MOST_TERMS]]


def pairs(term: str) -> list[str]:
    """The pairs of characters of a Han term that say something; none of a word, or of a single character."""
    if len(term) < 3 or term.isascii():
        return []
    found = [term[i : i + 2] for i in range(len(term) - 1)]
    return [pair for pair in found if not set(pair) & _NOISE]


@dataclass(frozen=True)
class Text:
    """What is searched: the title weighs more than the body. Both folded."""

    title: str
    body: str


def score(query_terms: Sequence[str], text: Text) -> float:
    """How well a text answers: whole terms beat pairs, the title beats the body, all of the terms beat some.

    0 when it has none of the terms, or less than half of them.
    """
    scores = [_score(term, text) for term in query_terms]
    there = sum(1 for one in scores if one)
    if there * 2 < len(scores) or not there:
        return 0.0
    return sum(scores) * (there / len(scores)) ** 2


def _score(term: str, text: Text) -> float:
    if term in text.title:
        return 10 + 4 * len(term) / max(len(text.title), 1)
    if term in text.body:
        return 5 + min(text.body.count(term), 5) / 5
    wanted = pairs(term)
    if not wanted:
        return 0.0
    in_title = sum(pair in text.title for pair in wanted) / len(wanted)
    in_body = sum(pair in text.body for pair in wanted) / len(wanted)
    anywhere = sum(pair in text.title or pair in text.body for pair in wanted) / len(wanted)
    return 3 * in_title + in_body if anywhere >= ENOUGH else 0.0


def marks(text: str, query_terms: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a hit: whole terms where it has them, else their pairs."""
    plain_text = folded(text)
    hit = [False] * len(text)
    for term in query_terms:
        for needle in [term] if term in plain_text else pairs(term):
            start = plain_text.find(needle)
            while start >= 0:
                hit[start : start + len(needle)] = [True] * len(needle)
                start = plain_text.find(needle, start + 1)
    pieces: list[tuple[str, bool]] = []
    for char, is_hit in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] is is_hit:
            pieces[-1] = (pieces[-1][0] + char, is_hit)
        else:
            pieces.append((char, is_hit))
    return pieces
