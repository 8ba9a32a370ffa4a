"""Words offered while somebody types: kinds, officers' words, shop words, names."""

from typing import Final

from django.db import connection

from tcloud.catalogue import asking, text
from tcloud.catalogue.asking import Concept
from tcloud.catalogue.models import SearchWord

MOST: Final = 8

_BEGIN: Final = """
    (SELECT 0 AS kind, position AS place, name AS shown, catalogue_word(name) AS word FROM catalogue_category
      WHERE catalogue_word(name) LIKE '%%' || %(word)s || '%%' ORDER BY position LIMIT 3)
    UNION ALL
    (SELECT 1, 0, w, k FROM catalogue_synonymgroup g, unnest(g.keys, g.words) s (k, w) WHERE starts_with(k, %(word)s) ORDER BY k LIMIT %(most)s)
    UNION ALL
    (SELECT kind, 0, shown, word FROM catalogue_searchword
      WHERE kind = 2 AND word >= %(word)s AND word < %(end)s ORDER BY word LIMIT %(most)s)
    UNION ALL
    (SELECT kind, 0, shown, word FROM catalogue_searchword
      WHERE kind = 3 AND word >= %(word)s AND word < %(end)s ORDER BY word LIMIT %(most)s)
    UNION ALL
    (SELECT kind, 0, shown, word FROM catalogue_searchword
      WHERE kind = 4 AND word >= %(word)s AND word < %(end)s ORDER BY word LIMIT %(most)s)
"""


def suggest(typed: str) -> list[str]:
    """At most eight words that begin as typed (a kind of plans: that holds it). Names are offered while a listed plan bears them."""
    word = text.word_of(typed)[:40]
    if not word:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"word": word, "end": word + "\U0010ffff", "most": MOST})
        rows = sorted(cursor.fetchall(), key=lambda row: (row[0], row[1], len(row[3]), row[3]))
    offered: dict[str, tuple[int, str]] = {}
    for kind, _place, shown, found in rows:
        offered.setdefault(found, (kind, shown))
    first = list(offered.items())[: MOST + 4]
    gone = _not_listed([word for word, (kind, _shown) in first if kind >= SearchWord.Kind.SOLUTION])
    return [shown for word, (_kind, shown) in first if word not in gone][:MOST]


def _not_listed(names: list[str]) -> set[str]:
    """Those of the names that no listed plan bears any more."""
    if not names:
        return set()
    asked = ", ".join(
        "(SELECT count(*) FROM catalogue_searchdocument WHERE words @@ %s::tsquery)" for _name in names
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", [asking.any_of([Concept(name)]) for name in names])
        return {name for name, count in zip(names, cursor.fetchone(), strict=True) if not count}
