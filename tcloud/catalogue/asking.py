"""From what somebody typed to what the index is asked: units, words, concepts, and a ladder of ever wider questions. Pure.

A concept is one thing meant: a known word with its synonyms (打卡＝出勤＝考勤) or a stretch nobody knows, taken as pairs of characters.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from tcloud.catalogue import text

MOST_UNITS: Final = 60
LONGEST_WORD: Final = 12
MOST_CONCEPTS: Final = 8
MOST_ALTERNATIVES: Final = 12
_WORD: Final = re.compile(r"(^|[ (])'")  # where a word of a tsquery begins
_UNITS: Final = re.compile(f"([{text.HAN}])|([a-z0-9]+)|(\\s+)|(.)", re.S)

# Asking itself, not what is asked for; and what every plan is. The first never count, the second only where nothing else was said.
ASKING: Final = frozenset(
    word
    for line in """
    請問 想問 想要 我想 我要 我們 我 你們 您 需要 要用 用什麼 什麼 甚麼 哪一個 哪個 哪些 哪種 哪裡 怎麼 怎麼辦 如何 有沒有 有什麼 有哪些 有 可以 能不能 可不可以 能 會
    推薦 推薦的 建議 適合 比較好 好用 好用的 便宜 便宜的 最便宜 比較 嗎 呢 啊 吧 的 了 要 用 找 想 買 給 跟 和 與 或 在 是 做 讓 把 被 很 也 都 就 還 太 這 那 個 一個 種 幫 幫我 幫忙 公司
    the a an for of to and or in with my our is are what which how do need want best
    """.splitlines()
    for word in map(text.word_of, line.split())
)
WEAK: Final = frozenset(
    map(
        text.word_of,
        [
            "系統",
            "軟體",
            "軟件",
            "平台",
            "工具",
            "方案",
            "產品",
            "東西",
            "服務",
            "雲端",
            "管理",
            "功能",
            "線上",
            "數位",
            "程式",
            "app",
            "software",
            "system",
            "tool",
            "service",
            "cloud",
            "online",
        ],
    )
)


Synonyms = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Unit:
    """A Han character or a Latin word, and how it was written. `joined`: no more than a space lies between it and the one before."""

    text: str
    joined: bool
    shown: str = ""

    @property
    def latin(self) -> bool:
        return not text.is_han(self.text)


@dataclass(frozen=True)
class Concept:
    """One thing meant. `known` when a word of the catalogue or the officers; `same` are its synonyms, `wider` words found with it."""

    word: str
    known: bool = False
    same: tuple[str, ...] = field(default=())
    wider: tuple[str, ...] = field(default=())
    shown: str = field(default="", compare=False)


@dataclass(frozen=True)
class Rung:
    """A question to the index: any of `queries` must be met, each asked by itself, which is quicker than one long query of all of them.

    `strict`: all that was asked for.
    """

    queries: tuple[str, ...]
    strict: bool
    concepts: tuple[Concept, ...]

    @property
    def query(self) -> str:
        """The same in one tsquery."""
        return " | ".join(f"({query})" for query in self.queries)

    @property
    def about(self) -> list[str]:
        """The same asked only of names, shop words and categories (sql/vector.sql)."""
        return [_WORD.sub(r"\1'^", query) for query in self.queries]


def units(words: str) -> list[Unit]:
    """The units of a text, folded. Latin words a space apart may belong together, Han characters a space apart do not."""
    found: list[Unit] = []
    joined = spaced = False
    for han, latin, space, _other in _UNITS.findall(text.tidy(words[: text.MOST_CHARACTERS]).lower()):
        if han or latin:
            near = joined and (bool(latin) == found[-1].latin or not spaced)
            found.append(Unit(text.merge(han or latin), near, han or latin))
            joined, spaced = True, False
        elif space:
            joined, spaced = joined and found[-1].latin, True
        else:
            joined = False
    return found[:MOST_UNITS]


def join(parts: Iterable[Unit]) -> str:
    """Units as a word is looked up (text.word_of)."""
    return _joined((part.text, part.latin) for part in parts)


def _shown(parts: Iterable[Unit]) -> str:
    return _joined((part.shown, part.latin) for part in parts)


def _joined(parts: Iterable[tuple[str, bool]]) -> str:
    word = ""
    for part, latin in parts:
        word += (" " if latin and word and not text.is_han(word[-1]) else "") + part
    return word


def stretches(asked: list[Unit]) -> list[str]:
    """Every word that the units may hold."""
    found = []
    for start in range(len(asked)):
        for end in range(start + 1, min(start + LONGEST_WORD, len(asked)) + 1):
            if end - start > 1 and not asked[end - 1].joined:
                break
            found.append(join(asked[start:end]))
    return list(dict.fromkeys(found))


def concepts(asked: list[Unit], known: Mapping[str, Synonyms]) -> list[Concept]:
    """The units cut into concepts so that known words cover most, long ones rather than several short ones.

    `known`: word → its synonyms and the wider words. Words of asking are left out; words that fit every plan too, unless nothing else is said.
    """
    best: list[tuple[float, int]] = [(0.0, 0)] * (
        len(asked) + 1
    )  # of the first n units: score, where the last piece begins
    for end in range(1, len(asked) + 1):
        best[end] = (best[end - 1][0], end - 1)
        for start in range(max(0, end - LONGEST_WORD), end):
            if any(not unit.joined for unit in asked[start + 1 : end]):
                continue
            word = join(asked[start:end])
            length = end - start
            worth = (
                length * length + 0.5
                if word in known
                else 0.9 * length * length
                if word in ASKING or word in WEAK
                else 0.0
            )
            if worth and best[start][0] + worth > best[end][0]:
                best[end] = (best[start][0] + worth, start)
    return _concepts(_pieces(asked, best), known)


def _pieces(asked: list[Unit], best: list[tuple[float, int]]) -> list[list[Unit]]:
    pieces, end = [], len(asked)
    while end:
        start = best[end][1]
        pieces.append(asked[start:end])
        end = start
    return pieces[::-1]


def _concepts(pieces: list[list[Unit]], known: Mapping[str, Synonyms]) -> list[Concept]:
    made: list[Concept] = []
    weak: list[Concept] = []
    stretch: list[Unit] = []

    def close() -> None:
        if stretch:
            made.append(Concept(join(stretch), shown=_shown(stretch)))
            stretch.clear()

    for piece in pieces:
        word = join(piece)
        if word in ASKING and word not in known:
            close()
        elif word in WEAK:
            close()
            weak.append(Concept(word, known=True, shown=_shown(piece)))
        elif word in known:
            close()
            same, wider = (tuple(dict.fromkeys(words))[:MOST_ALTERNATIVES] for words in known[word])
            made.append(Concept(word, True, same, wider, _shown(piece)))
        else:
            if stretch and (not piece[0].joined or piece[0].latin or stretch[-1].latin):
                close()
            stretch.extend(piece)
    close()
    if any(concept.known or len(concept.word) > 1 for concept in made):
        made = [concept for concept in made if concept.known or len(concept.word) > 1]
    return list(dict.fromkeys(made or weak))[:MOST_CONCEPTS]


def ladder(meant: list[Concept]) -> list[Rung]:
    """Questions from the strictest to the widest: all; all known ones; all but one; beginnings of Latin words; any."""
    if not meant:
        return []
    rungs = [Rung(_all(meant), True, tuple(meant))]
    known = [concept for concept in meant if concept.known]
    if known and len(known) < len(meant):
        rungs.append(Rung(_all(known), False, tuple(known)))
    rungs.append(Rung(_all(meant, beginnings=True), True, tuple(meant)))
    if len(meant) > 2:
        fewer = tuple(" & ".join(map(_one, some)) for some in combinations(meant, len(meant) - 1))
        rungs.append(Rung(fewer, False, tuple(meant)))
    if len(known) > 1:
        rungs.append(Rung(_any(known), False, tuple(known)))
    if len(meant) > 1:
        rungs.append(Rung(_any(meant), False, tuple(meant)))
    once: dict[tuple[str, ...], Rung] = {}
    for rung in rungs:
        once.setdefault(rung.queries, rung)
    return list(once.values())


def _all(meant: Sequence[Concept], *, beginnings: bool = False) -> tuple[str, ...]:
    if len(meant) == 1:
        return _ways(meant[0], beginnings=beginnings)
    return (" & ".join(_one(concept, beginnings=beginnings) for concept in meant),)


def _any(meant: Iterable[Concept]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way for concept in meant for way in _ways(concept)))


def any_of(meant: Iterable[Concept]) -> str:
    """Any of the concepts, by whatever word, as a tsquery."""
    return " | ".join(map(_one, meant))


def own(meant: Iterable[Concept]) -> str:
    """Any of the words themselves, without synonyms, as a tsquery."""
    return " | ".join(f"({_word(concept.word)})" for concept in meant)


def same(meant: Iterable[Concept]) -> str:
    """Any of the words or their synonyms, without the wider words, as a tsquery."""
    return any_of(replace(concept, wider=()) for concept in meant)


def _one(concept: Concept, *, beginnings: bool = False) -> str:
    return f"({' | '.join(f'({way})' for way in _ways(concept, beginnings=beginnings))})"


def _ways(concept: Concept, *, beginnings: bool = False) -> tuple[str, ...]:
    """Each word by which the concept may be said, as a tsquery."""
    words = [_word(word, beginnings=beginnings) for word in (concept.word, *concept.same, *concept.wider)]
    return tuple(dict.fromkeys(word for word in words if word))


def _word(word: str, *, beginnings: bool = False) -> str:
    """Every gram of the word. Nothing of what was typed but letters and digits reaches the query."""
    parts: list[str] = []
    for run in text.runs(word):
        if not text.is_han(run):
            parts.append(f"'{run}'" + (":*" if beginnings and len(run) > 1 else ""))
        elif len(run) == 1:
            parts.append(f"'{run}':*")
        else:
            parts += [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)]
    return " & ".join(dict.fromkeys(parts))
