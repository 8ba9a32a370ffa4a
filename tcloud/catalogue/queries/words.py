"""What was typed, understood: known words and their synonyms, which rung of the ladder finds something, what may have been meant instead."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection

from tcloud.catalogue import asking, text
from tcloud.catalogue.asking import Rung, Synonyms

PUT_RIGHT: Final = 3

_KNOWN: Final = """
    WITH asked AS (SELECT unnest(%(words)s::text[]) COLLATE "C" AS word)
    SELECT word, '{}'::text[], '{}'::text[] FROM catalogue_searchword WHERE word = ANY (%(words)s::text[])
    UNION ALL
    SELECT catalogue_word(c.name), '{}', '{}' FROM catalogue_category c WHERE catalogue_word(c.name) IN (SELECT word FROM asked)
    UNION ALL
    SELECT a.word, g.keys, g.also_keys FROM catalogue_synonymgroup g JOIN asked a ON a.word = ANY (g.keys)
     WHERE g.keys && %(words)s::varchar[]
    UNION ALL
    SELECT a.word, '{}', '{}' FROM catalogue_synonymgroup g JOIN asked a ON a.word = ANY (g.also_keys)
"""


@dataclass(frozen=True)
class Understood:
    """`rungs`: the questions still to ask, from the strictest; `rung` is the first. Neither where nothing was asked."""

    concepts: tuple[asking.Concept, ...]
    rungs: tuple[Rung, ...]
    rung: Rung | None

    @property
    def asked(self) -> bool:
        return bool(self.concepts)

    def wider(self) -> "Understood | None":
        """The first of the later questions that finds something, told in one statement; None when none does."""
        later = self.rungs[1:]
        if not later:
            return None
        # counted, not EXISTS: for a single row the planner would read all vectors one by one
        found = "(SELECT count(*) FROM catalogue_searchdocument WHERE words @@ %s::tsquery) > 0"
        cases = " ".join(f"WHEN {found} THEN {place}" for place in range(len(later)))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT CASE {cases} END", [rung.query for rung in later])
            (place,) = cursor.fetchone()
        return None if place is None else replace(self, rungs=later[place:], rung=later[place])


def known_words(words: Iterable[str]) -> dict[str, Synonyms]:
    """Those of the words that are known, each with its synonyms and the wider words."""
    found: dict[str, Synonyms] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"words": list(words)})
        for word, same, wider in cursor.fetchall():
            mine = found.setdefault(word, ([], []))
            mine[0].extend(other for other in same if other != word)
            mine[1].extend(other for other in wider if other != word)
    return found


def understand(words: str) -> Understood:
    """What `words` mean. One question to the database whatever they are; none where nothing can be asked."""
    units = asking.units(words)
    meant = tuple(asking.concepts(units, known_words(asking.stretches(units)))) if units else ()
    rungs = tuple(asking.ladder(list(meant)))
    return Understood(meant, rungs, rungs[0] if rungs else None)


def meant_instead(understood: Understood) -> list[str]:
    """What may have been meant by words of which nothing, or not all, is found: the whole text put right, the likeliest first; at most three.

    By single slips first (text.slips_of), then by the trigrams that long words share.
    """
    unknown = [concept for concept in understood.concepts if not concept.known]
    if not unknown:
        return []
    right: dict[str, list[str]] = {}
    for concept in unknown:
        right[concept.word] = _slips(concept.word) or _alike(concept.word)
    if not any(right.values()):
        return []
    made = []
    for place in range(PUT_RIGHT):
        offered = [[*right.get(concept.word, ()), concept.shown] for concept in understood.concepts]
        made.append(" ".join(choices[min(place, len(choices) - 1)] for choices in offered))
    given = " ".join(concept.shown for concept in understood.concepts)
    return [words for words in dict.fromkeys(made) if words != given]


_LISTED_WORDS: Final = """
    SELECT word, shown, kind FROM (
        SELECT word, shown, kind FROM catalogue_searchword WHERE word = ANY (%(guesses)s::text[])
        UNION ALL SELECT k, w, 0 FROM catalogue_synonymgroup g, unnest(g.keys || g.also_keys, g.words || g.finds_also) s (k, w)
                   WHERE k = ANY (%(guesses)s::text[])
        UNION ALL SELECT catalogue_word(name), name, 1 FROM catalogue_category WHERE catalogue_word(name) = ANY (%(guesses)s::text[])
    ) known ORDER BY array_position(%(guesses)s::text[], word::text), kind LIMIT 12
"""


def _slips(word: str) -> list[str]:
    guesses = text.slips_of(word)
    if not guesses:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LISTED_WORDS, {"guesses": guesses})
        found = {word: shown for word, shown, _kind in reversed(cursor.fetchall())}
        return list(found.values())[::-1][:PUT_RIGHT]


def _alike(word: str) -> list[str]:
    """Words that share three in ten of its trigrams, pg_trgm's own measure for %."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT shown FROM (
                SELECT word, shown, similarity(word, %(word)s) AS alike FROM catalogue_searchword WHERE word %% %(word)s
                UNION SELECT k, w, similarity(k, %(word)s) FROM catalogue_synonymgroup g, unnest(g.keys, g.words) s (k, w) WHERE k %% %(word)s
            ) found ORDER BY alike DESC, word LIMIT %(most)s
            """,
            {"word": word, "most": PUT_RIGHT},
        )
        return [found for (found,) in cursor.fetchall()]
