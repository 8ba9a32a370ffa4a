"""What was typed, understood: known words and their synonyms, which rung of the ladder finds something, what may have been meant instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from tcloud.catalogue import asking, text
from tcloud.catalogue.asking import Concept, Rung

ALIKE: Final = 0.4  # of trigrams shared: "quikpos" for "quickpos" is 0.55
PUT_RIGHT: Final = 3

_KNOWN: Final = """
    WITH asked AS (SELECT unnest(%(words)s::text[]) COLLATE "C" AS word)
    SELECT word, '{}'::text[] FROM catalogue_searchword WHERE word = ANY (%(words)s::text[])
    UNION ALL
    SELECT catalogue_word(c.name), '{}' FROM catalogue_category c WHERE catalogue_word(c.name) IN (SELECT word FROM asked)
    UNION ALL
    SELECT a.word, g.words || g.finds_also FROM catalogue_synonymgroup g JOIN asked a ON a.word = ANY (g.words)
     WHERE g.words && %(words)s::varchar[]
    UNION ALL
    SELECT a.word, '{}' FROM catalogue_synonymgroup g JOIN asked a ON a.word = ANY (g.finds_also)
"""


@dataclass(frozen=True)
class Understood:
    """`rung`: the strictest question that finds something; None when none does or nothing was asked."""

    concepts: tuple[Concept, ...]
    rung: Rung | None

    @property
    def asked(self) -> bool:
        return bool(self.concepts)


def known_words(words: Iterable[str]) -> dict[str, list[str]]:
    """Those of the words that are known, each with its synonyms."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"words": list(words)})
        for word, synonyms in cursor.fetchall():
            found.setdefault(word, []).extend(other for other in synonyms if other != word)
    return found


def understand(words: str) -> Understood:
    """What `words` mean. Two questions to the database whatever they are; none where nothing can be asked."""
    units = asking.units(words)
    if not units:
        return Understood((), None)
    meant = asking.concepts(units, known_words(asking.stretches(units)))
    return Understood(tuple(meant), _first(asking.ladder(meant)))


def _first(rungs: list[Rung]) -> Rung | None:
    """The first that finds something. The later ones are not asked once one has."""
    if not rungs:
        return None
    found = "EXISTS (SELECT FROM catalogue_searchdocument WHERE words @@ %s::tsquery)"
    cases = " ".join(f"WHEN {found} THEN {place}" for place in range(len(rungs)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CASE {cases} END", [rung.query for rung in rungs])  # noqa: S608  no part of it was typed
        (place,) = cursor.fetchone()
    return None if place is None else rungs[place]


def meant_instead(understood: Understood) -> list[str]:
    """What may have been meant by words of which nothing, or not all, is found: the whole text put right, the likeliest first; at most three.

    Han words are put right by sound, as slips of an input method are; Latin ones, and long Han ones, by the trigrams they share.
    """
    unknown = [concept for concept in understood.concepts if not concept.known]
    if not unknown:
        return []
    right: dict[str, list[str]] = {}
    for concept in unknown:
        right[concept.word] = _sounding(concept.word) or _alike(concept.word)
    if not any(right.values()):
        return []
    made = []
    for place in range(PUT_RIGHT):
        parts = [
            (right[c.word] + [c.word])[min(place, len(right[c.word]))] if c.word in right else c.word
            for c in understood.concepts
        ]
        made.append(_spaced(parts))
    given = _spaced([concept.word for concept in understood.concepts])
    return [words for words in dict.fromkeys(made) if words != given]


def _spaced(parts: list[str]) -> str:
    return " ".join(parts)


_LISTED_WORDS: Final = """
    SELECT word, shown, kind FROM (
        SELECT word, shown, kind FROM catalogue_searchword WHERE word = ANY (%(guesses)s::text[])
        UNION ALL SELECT w, w, 0 FROM catalogue_synonymgroup g, unnest(g.words || g.finds_also) w WHERE w = ANY (%(guesses)s::text[])
        UNION ALL SELECT catalogue_word(name), name, 1 FROM catalogue_category WHERE catalogue_word(name) = ANY (%(guesses)s::text[])
    ) known ORDER BY array_position(%(guesses)s::text[], word::text), kind LIMIT 12
"""


def _sounding(word: str) -> list[str]:
    guesses = text.sounding_like(word)
    if not guesses:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LISTED_WORDS, {"guesses": guesses})
        return list(dict.fromkeys(found for found, _shown, _kind in cursor.fetchall()))[:PUT_RIGHT]


def _alike(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(ALIKE)])
        cursor.execute(
            """
            SELECT word FROM (
                SELECT word, similarity(word, %(word)s) AS alike FROM catalogue_searchword WHERE word %% %(word)s
                UNION SELECT w, similarity(w, %(word)s) FROM catalogue_synonymgroup g, unnest(g.words) w WHERE w %% %(word)s
            ) found ORDER BY alike DESC, word LIMIT %(most)s
            """,
            {"word": word, "most": PUT_RIGHT},
        )
        return [found for (found,) in cursor.fetchall()]
