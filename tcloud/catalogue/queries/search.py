"""The search of the catalogue: which plans, in which order, and how many there would be with one condition more or less.

Three statements whatever is asked: what is counted is grouped first and every facet computed from the groups; the best are chosen by the
index alone (a word in name, shop words or category before a word in the text) and only those few are ranked by their text.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from django.db import connection
from psycopg import ClientCursor

from tcloud.catalogue import asking
from tcloud.catalogue.asking import Rung
from tcloud.catalogue.models import Category, Plan
from tcloud.catalogue.queries import listed
from tcloud.catalogue.queries.words import Understood, meant_instead, understand
from tcloud.core.stamp import Kept, stamp

_kept: Final = Kept()
PER_PAGE: Final = 20
RANKED: Final = 100  # so many of the best are ranked by their text; a list by rank ends there
MOST_SHOWN: Final = 1000  # other lists end here
BANDS_TWD: Final = (
    10_000,
    30_000,
    60_000,
)  # upper ends of the price bands, inclusive; the last band has none
WEIGHTS: Final = "{0.05, 0.2, 0.7, 1.0}"  # of D, C, B, A
ORDERABLE_WORTH: Final = 0.2
NEED_WORTH: Final = 0.4
WIDER_WORTH: Final = 0.3

# A facet's bit in `missed`: which single condition keeps a plan out
CATEGORY, TERM, PRICE, ORDERABLE, TRIAL, TAIWAN, INDUSTRY, AREA = (1 << place for place in range(8))

_CARD: Final = (
    "code", "listed_at", "solution__name",
    *(f"current__{name}" for name in ("name", "name_en", "blurb", "blurb_en", "price_twd", "term_months", "seats", "has_trial", "data_location", "data_location_en")),
    *(f"solution__supplier__{name}" for name in ("name", "name_en", "takes_orders", "company_id", "slug")),
    *(f"solution__category__{name}" for name in ("code", "name", "name_en", "icon")),
)  # fmt: skip

SORTS: Final = {
    "newest": "listed_at DESC, plan_id DESC",
    "price": "price_twd, plan_id",
    "-price": "price_twd DESC, plan_id DESC",
}
_SAID: Final = "words @@ ANY (%(queries)s::tsquery[])"
_BUCKET: Final = "width_bucket(price_twd, %(edges)s::int[])"
_FITS: Final = "(industries IS NULL OR industries && %(industries)s::smallint[])"
_OF_INDUSTRY: Final = 16  # rows of the count beside those of GROUPING
_ANYHOW: Final = 17
_BEST: Final = "orderable DESC, listed_at DESC, plan_id DESC"


@dataclass(frozen=True)
class Criteria:
    """Conditions beside the words. Prices in NT$, inclusive; `bands` are places in the price bands, from 0. Codes not known match nothing."""

    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    industries: tuple[int, ...] = ()
    terms_months: tuple[int, ...] = ()
    bands: tuple[int, ...] = ()
    price_min_twd: int | None = None
    price_max_twd: int | None = None
    orderable: bool = False
    trial: bool = False
    taiwan: bool = False

    @property
    def own_price(self) -> bool:
        return self.price_min_twd is not None or self.price_max_twd is not None

    def without(self, bit: int) -> "Criteria":
        """The same without one condition."""
        empty: dict[int, dict[str, Any]] = {
            CATEGORY: {"categories": ()},
            AREA: {"areas": ()},
            INDUSTRY: {"industries": ()},
            TERM: {"terms_months": ()},
            PRICE: {"bands": (), "price_min_twd": None, "price_max_twd": None},
            ORDERABLE: {"orderable": False},
            TRIAL: {"trial": False},
            TAIWAN: {"taiwan": False},
        }
        return replace(self, **empty[bit])

    @property
    def set(self) -> int:
        """Bits of the conditions set."""
        conditions = {
            CATEGORY: self.categories, AREA: self.areas, INDUSTRY: self.industries, TERM: self.terms_months,
            PRICE: self.bands or self.own_price, ORDERABLE: self.orderable, TRIAL: self.trial, TAIWAN: self.taiwan,
        }  # fmt: skip
        return sum(bit for bit, condition in conditions.items() if condition)


@dataclass(frozen=True)
class Categories:
    """The categories; kept in the process until something visitors see changes."""

    rows: tuple[Category, ...]

    @classmethod
    def read(cls, now: str = "") -> "Categories":
        """`now`: the stamp, where the caller has read it."""
        return _kept.get(
            now or stamp(), "categories", lambda: cls(tuple(Category.objects.order_by("position", "id")))
        )

    def ids(self, codes: tuple[str, ...]) -> list[int]:
        """Ids of the categories of these codes and of those below them."""
        chosen = {row.pk for row in self.rows if row.code in codes}
        return [row.pk for row in self.rows if row.pk in chosen or row.parent_id in chosen]

    def in_areas(self, areas: tuple[str, ...]) -> list[int]:
        """Ids of the categories that serve any of the areas of need."""
        return [row.pk for row in self.rows if set(row.need_areas) & set(areas)]

    @cached_property
    def areas(self) -> list[str]:
        """Every area of need, in the order of the categories."""
        return list(dict.fromkeys(area for row in self.rows for area in row.need_areas))


@dataclass(frozen=True)
class Counts:
    """How many plans there are, and would be. Each facet is counted without its own condition, with all others."""

    total: int
    anyhow: int = 0  # whatever the conditions: what the words alone find
    categories: Counter[int] = field(default_factory=Counter)  # by id; a parent counts what is below it
    areas: Counter[str] = field(default_factory=Counter)
    industries: Counter[int] = field(default_factory=Counter)  # a plan for any industry counts in each
    any_industry: int = 0
    terms: Counter[int] = field(default_factory=Counter)
    bands: Counter[int] = field(default_factory=Counter)
    orderable: int = 0
    trial: int = 0
    taiwan: int = 0
    without: dict[int, int] = field(
        default_factory=dict
    )  # by bit of a condition set: how many if it were dropped


@dataclass(frozen=True)
class Answer:
    """What was understood and how many plans there are.

    `found`: whether the words find anything, conditions aside; also where none were given. `meant`: what may have been meant instead;
    `instead`: the first of those, when it was looked for because the words themselves find nothing.
    """

    understood: Understood
    counts: Counts
    found: bool
    meant: tuple[str, ...] = ()
    instead: str = ""

    @property
    def rung(self) -> Rung | None:
        return self.understood.rung


def ask(words: str, criteria: Criteria, categories: Categories) -> Answer:
    """Understand the words and count. Where all of them together find nothing, the next wider question is asked (asking.ladder); where
    none finds anything, the words are put right."""
    understood = understand(words)
    counts = count(understood.rung, criteria, categories)
    if counts.anyhow or not understood.asked:
        return Answer(understood, counts, True)
    meant = tuple(meant_instead(understood))
    if wider := understood.wider():
        return Answer(wider, count(wider.rung, criteria, categories), True, meant)
    for place, instead in enumerate(meant):
        right = understand(instead)
        counts = count(right.rung, criteria, categories)
        if counts.anyhow:
            return Answer(right, counts, True, meant[place + 1 :], instead)
    return Answer(replace(understood, rung=None), Counts(0), False)


class _Where:
    """The conditions as SQL over a document's columns, and as bits over a group's."""

    def __init__(self, criteria: Criteria, categories: Categories) -> None:
        self.criteria = criteria
        self.values: dict[str, Any] = {
            "categories": categories.ids(criteria.categories),
            "areas": categories.in_areas(criteria.areas),
            "terms": list(criteria.terms_months),
            "industries": list(criteria.industries),
            "low": criteria.price_min_twd if criteria.price_min_twd is not None else 0,
            "high": criteria.price_max_twd if criteria.price_max_twd is not None else 2**31 - 1,
            "edges": self.edges,
            "buckets": self.buckets,
        }

    @cached_property
    def edges(self) -> list[int]:
        """Where one bucket of prices ends and the next begins: the bands' ends and the own range's."""
        own = self.criteria
        ends = {end + 1 for end in BANDS_TWD}
        if own.price_min_twd is not None:
            ends.add(own.price_min_twd)
        if own.price_max_twd is not None:
            ends.add(own.price_max_twd + 1)
        return sorted(min(end, 2**31 - 1) for end in ends)

    def lowest(self, bucket: int) -> int:
        """The lowest price in the bucket."""
        return self.edges[bucket - 1] if bucket else 0

    def band(self, bucket: int) -> int:
        """The band that the bucket lies in."""
        return sum(self.lowest(bucket) > end for end in BANDS_TWD)

    @cached_property
    def buckets(self) -> list[int]:
        """Those the price condition lets through."""
        own = self.criteria
        low = own.price_min_twd if own.price_min_twd is not None else 0
        high = own.price_max_twd if own.price_max_twd is not None else 2**31
        return [
            bucket
            for bucket in range(len(self.edges) + 1)
            if (not own.bands or self.band(bucket) in own.bands) and low <= self.lowest(bucket) <= high
        ]

    _MET: Final = {
        CATEGORY: "category_id = ANY (%(categories)s::bigint[])",
        AREA: "category_id = ANY (%(areas)s::bigint[])",
        TERM: "term_months = ANY (%(terms)s::int[])",
        PRICE: "{bucket} = ANY (%(buckets)s::int[])",
        INDUSTRY: "{fits}",
        ORDERABLE: "orderable",
        TRIAL: "has_trial",
        TAIWAN: "in_taiwan",
    }

    def missed(self) -> str:
        """Bits of the conditions that a group fails."""
        chosen = {
            bit: sql.format(bucket="bucket", fits="fits")
            for bit, sql in self._MET.items()
            if self.criteria.set & bit
        }
        return " + ".join(f"(NOT {sql})::int * {bit}" for bit, sql in chosen.items()) or "0"

    def kept(self, without: int = 0) -> str:
        """Every condition met, or every one but `without`, for single documents."""
        chosen = [
            sql.format(bucket=_BUCKET, fits=_FITS)
            for bit, sql in self._MET.items()
            if self.criteria.set & bit & ~without
        ]
        return " AND ".join(chosen) or "true"


def count(rung: Rung | None, criteria: Criteria, categories: Categories) -> Counts:
    """Every count of the page, in one statement. No rung means that no words were given."""
    where = _Where(criteria, categories)
    fits = f"{_FITS}::int" if criteria.set & INDUSTRY else "1"
    sql = f"""
        WITH grouped AS MATERIALIZED (
            SELECT GROUPING(industry_set) AS of_kind, alike, any_value(industries) AS industries, count(*) AS n,
                   count(*) FILTER (WHERE {where.kept(INDUSTRY)}) AS n_kept
            FROM (SELECT *, (kind << 4) + ({_BUCKET} << 1) + {fits} AS alike FROM catalogue_searchdocument WHERE {_SAID if rung else "true"}) found
            GROUP BY GROUPING SETS ((alike), (industry_set))
        ), told AS (
            SELECT alike >> 20 AS category_id, ((alike >> 7) & 8191)::int AS term_months, ((alike >> 4) & 7)::int AS flags,
                   alike & 64 > 0 AS orderable, alike & 32 > 0 AS has_trial, alike & 16 > 0 AS in_taiwan,
                   ((alike >> 1) & 7)::int AS bucket, alike & 1 > 0 AS fits, n
            FROM grouped WHERE of_kind = 1
        ), judged AS MATERIALIZED (
            SELECT category_id, term_months, bucket, flags, n, {where.missed()} AS missed FROM told
        )
        SELECT GROUPING(category_id, term_months, bucket, flags), category_id, term_months, bucket, flags, NULL, missed, sum(n)::bigint
        FROM judged WHERE missed & (missed - 1) = 0
        GROUP BY GROUPING SETS ((category_id, missed), (term_months, missed), (bucket, missed), (flags, missed))
        UNION ALL SELECT {_OF_INDUSTRY}, NULL, NULL, NULL, NULL, industries, 0, n_kept FROM grouped WHERE of_kind = 0 AND n_kept > 0
        UNION ALL SELECT {_ANYHOW}, NULL, NULL, NULL, NULL, NULL, 0, sum(n)::bigint FROM grouped WHERE of_kind = 1
    """  # noqa: S608  made of constants
    rows = _rows(sql, where.values | {"queries": list(rung.queries) if rung else []}, words=rung is not None)
    return _told(rows, where, categories)


def _told(rows: list[tuple[Any, ...]], where: _Where, categories: Categories) -> Counts:
    by_category: Counter[int] = Counter()
    areas: Counter[str] = Counter()
    industries: Counter[int] = Counter()
    terms: Counter[int] = Counter()
    bands: Counter[int] = Counter()
    without: Counter[int] = Counter()
    total = any_industry = 0
    flags = {ORDERABLE: 0, TRIAL: 0, TAIWAN: 0}
    known = {row.pk: row for row in categories.rows}
    anyhow = 0
    for grouping, category_id, term, bucket, flag, divisions, missed, n in rows:
        if grouping == _ANYHOW:
            anyhow = n or 0
        elif grouping == 0b0111:
            total += n * (missed == 0)
            without[missed] += n
            row = known.get(category_id)
            if row and missed in (0, CATEGORY):
                for pk in (row.pk, row.parent_id):
                    if pk:
                        by_category[pk] += n
            if row and missed in (0, AREA):
                areas.update(dict.fromkeys(row.need_areas, n))
        elif grouping == 0b1011 and missed in (0, TERM):
            terms[term] += n
        elif grouping == 0b1101 and missed in (0, PRICE):
            bands[where.band(bucket)] += n
        elif grouping == 0b1110:
            for bit, mask in ((ORDERABLE, 4), (TRIAL, 2), (TAIWAN, 1)):
                flags[bit] += n * bool(flag & mask) * (missed in (0, bit))
        elif grouping == _OF_INDUSTRY:
            any_industry += n * (divisions is None)
            industries.update(dict.fromkeys(divisions or (), n))
    for division in industries:
        industries[division] += any_industry
    dropped = {bit: total + n for bit, n in without.items() if bit}
    for bit in (CATEGORY, TERM, PRICE, ORDERABLE, TRIAL, TAIWAN, INDUSTRY, AREA):
        if where.criteria.set & bit:
            dropped.setdefault(bit, total)
    return Counts(
        total, anyhow, by_category, areas, industries, any_industry, terms, bands, flags[ORDERABLE], flags[TRIAL], flags[TAIWAN], dropped,
    )  # fmt: skip


def ids(
    rung: Rung | None,
    criteria: Criteria,
    categories: Categories,
    *,
    sort: str = "",
    page: int = 1,
    per_page: int = PER_PAGE,
    need: dict[str, float] | None = None,
) -> list[int]:
    """Ids of the plans on that page, in order. `sort`: a key of SORTS, else by rank (without words: what can be ordered, then the newest).

    `need`: code of a category → how strongly the asking company needs it (0–1), from its assessment; raises those
    plans in the rank by words.
    """
    where = _Where(criteria, categories)
    values = where.values | {
        "most": RANKED, "limit": per_page, "offset": per_page * (page - 1), "weights": WEIGHTS,
        "needed": [row.pk for row in categories.rows if row.code in (need or {})],
        "strengths": [need[row.code] for row in categories.rows if need and row.code in need],
    }  # fmt: skip
    if rung:
        values |= {
            "queries": list(rung.queries),
            "about": rung.about,
            "own": asking.own(rung.concepts),
            "same": asking.same(rung.concepts),
            "any": asking.any_of(rung.concepts),
        }
        # ts_rank divides by the number of words asked for; a plan need not say a thing in every way
        values["synonyms"] = max(1 + len(concept.same) for concept in rung.concepts)
    if sort in SORTS or not rung:
        found = _found(_SAID if rung else "", where, "plan_id, price_twd, orderable, listed_at")
        sql = f"SELECT plan_id FROM {found} ORDER BY {SORTS.get(sort, _BEST)}"  # noqa: S608  made of constants
    else:
        sql = _ranked(where, needed=bool(need))
    rows = _rows(sql + " LIMIT %(limit)s OFFSET %(offset)s", values, words=rung is not None)
    return [row[0] for row in rows]


def _found(words: str, where: _Where, columns: str) -> str:
    """The documents that the words and all conditions let through."""
    return (
        f"(SELECT {columns} FROM catalogue_searchdocument WHERE {words or 'true'} AND {where.kept()}) found"  # noqa: S608  made of constants
    )


# With words their index is asked first, and nothing else read: the planner, which takes reading a vector for cheap, would rather read the
# table through, or walk an index of the order or of a condition, and read vectors one by one.
_WORDS_FIRST: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; "
)

_AS_BEFORE: Final = _WORDS_FIRST.replace("= off", "= DEFAULT")


def _cursor() -> Any:
    """With the values in its text a search takes the switches along, and is planned for what it asks (decision 0032)."""
    connection.ensure_connection()
    backend: Any = connection
    return backend._prepare_cursor(ClientCursor(backend.connection))


def _rows(sql: str, values: dict[str, Any], *, words: bool) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(_WORDS_FIRST * words + sql, values)
        while words and cursor.nextset():
            pass
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        if words and connection.in_atomic_block:  # else they ended with the statement
            cursor.execute(_AS_BEFORE)
    return rows


def _ranked(where: _Where, *, needed: bool) -> str:
    strength = "0"
    if needed:
        strength = "coalesce((SELECT s FROM unnest(%(needed)s::bigint[], %(strengths)s::float[]) AS need (c, s) WHERE c = category_id), 0)"
    columns = f"plan_id, orderable, listed_at, words, {strength} AS strength"
    best = f"ORDER BY {'strength DESC, ' if needed else ''}{_BEST} LIMIT %(most)s"
    rank = f"{ORDERABLE_WORTH} * orderable::int + {NEED_WORTH} * strength"
    about = _found("words @@ ANY (%(about)s::tsquery[])", where, columns)
    too_few = " AND (SELECT count(*) FROM about) < %(most)s"
    mentioned = _found(_SAID + too_few, where, columns)
    return f"""
        WITH about AS MATERIALIZED (SELECT * FROM {about} {best}), mentioned AS MATERIALIZED (SELECT * FROM {mentioned} {best}),
        pool AS (SELECT * FROM about UNION ALL SELECT * FROM mentioned WHERE plan_id NOT IN (SELECT plan_id FROM about)),
        fetched AS MATERIALIZED (SELECT plan_id, orderable, listed_at, strength, words || ''::tsvector AS words FROM pool)
        SELECT plan_id FROM fetched ORDER BY
            {rank} + ts_rank(%(weights)s::real[], words, %(own)s::tsquery) + least(1, %(synonyms)s * ts_rank(%(weights)s::real[], words, %(same)s::tsquery))
                + {WIDER_WORTH} * ts_rank(%(weights)s::real[], words, %(any)s::tsquery) DESC,
            listed_at DESC, plan_id DESC
    """  # noqa: S608  made of constants


def plans(plan_ids: list[int]) -> list[Plan]:
    """The listed plans of these ids, in this order, with what a card shows and nothing else of their long texts."""
    cards = (
        listed().select_related(None).select_related("current", "solution__supplier", "solution__category")
    )
    found = {plan.pk: plan for plan in cards.filter(pk__in=plan_ids).only(*_CARD)}
    return [found[pk] for pk in plan_ids if pk in found]
