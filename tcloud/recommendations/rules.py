"""Which plans suit a company, in which order, and why. Pure: plain data in, plain data out (docs/decisions/0023).

The score of a plan is a product:

    need (how strongly the answers call for its category) × industry × size × budget × (1 + learned from similar companies)

Nothing in it rises with the price, so a price increase never improves a rank. Ties go by the plan's code: the same data give the same list.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tcloud.points.rules import Split, split

# how well the industries a plan is made for meet the company's (`industry_fit`)
OWN_INDUSTRY: Final = 1.0  # one of its own divisions
ANY_INDUSTRY: Final = 0.85  # made for everybody
NEAR_INDUSTRY: Final = 0.85  # another division of the same section
UNKNOWN_INDUSTRY: Final = 0.6  # made for somebody, and the company's industry is not known
OTHER_INDUSTRY: Final = 0.35  # made for others
# how well the sizes it is made for do (`size_fit`)
ANY_SIZE: Final = 0.9
TOUCHING_SIZE: Final = 0.9
SMALLEST_SIZE_FIT: Final = 0.2
HALF_SIZE: Final = 0.5  # the least fit of a plan shown as the cheaper one

MORE_EVIDENCE: Final = 0.1  # each further answer behind a need, up to MOST_EVIDENCE of them
MOST_EVIDENCE: Final = 4

MORE_OF_A_CATEGORY: Final = 0.8  # the next plan of a category already in the list counts so much
MOST_OF_SIX: Final = 2  # plans of one category, or of one supplier, among six

# Learning. A number of companies below FEWEST is never kept, shown or used; above it only whole tens are.
FEWEST: Final = 10
LEARNED_MOST: Final = 1.0  # what the solution chosen most gains: its score is doubled at most
SCOPES: Final = {
    "both": 1.0,
    "industry": 0.8,
    "all": 0.5,
}  # how alike those were, closest first, and what it counts
MOST_NEED_REASONS: Final = 2


@dataclass(frozen=True)
class Need:
    """A plan category the company's answers call for: strength 0–100 and the answers behind it, heaviest first, as phrases."""

    category: str
    strength: int
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Buyer:
    """What is known of the company.

    `divisions` are its own two-digit divisions of 行業統計分類, `near` the others of its sections; both empty when not known.
    `staff` is from–to people, the last None when open; None when not known. `points` is what it could spend now.
    """

    needs: Mapping[str, Need]
    points: int
    divisions: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    staff: tuple[int, int | None] | None = None


@dataclass(frozen=True)
class Terms:
    """R-17 as the edition says it: the most points of a price, and a whole grant as the yardstick of what is much money."""

    numerator: int
    denominator: int
    grant_points: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that may be ordered. Price in NT$ for the whole term, tax included; `industries` empty and sizes None mean any."""

    code: str
    category: str
    supplier: int
    solution: int
    price_twd: int
    term_months: int
    industries: tuple[str, ...] = ()
    employees_from: int | None = None
    employees_to: int | None = None
    seats: int | None = None
    has_trial: bool = False


@dataclass(frozen=True)
class Popular:
    """What similar companies chose: how many at least, in whole tens, and how similar they are (a key of SCOPES)."""

    companies: int
    scope: str


@dataclass(frozen=True)
class Said:
    """A reason or a drawback: its code and what it is filled with. `tcloud.web.ui.recommendation_words` puts it in words."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fit:
    """The factors of a score, so that it can be explained."""

    need: float
    industry: float
    size: float
    budget: float
    learned: float = 0.0

    @property
    def score(self) -> float:
        return self.need * self.industry * self.size * self.budget * (1 + self.learned)


@dataclass(frozen=True, slots=True)
class Scored:
    """A plan with its factors and their product."""

    offer: Offer
    fit: Fit
    score: float


@dataclass(frozen=True)
class Pick:
    """A recommended plan: what it costs the company now, why it is here, what speaks against it, and a cheaper one of its category."""

    offer: Offer
    fit: Fit
    shares: Split
    reasons: tuple[Said, ...]
    drawbacks: tuple[Said, ...]
    cheaper: Offer | None


def industry_fit(offer: Offer, buyer: Buyer) -> float:
    """How well the industries the plan is made for meet the company's."""
    if not offer.industries:
        return ANY_INDUSTRY
    if not buyer.divisions and not buyer.near:
        return UNKNOWN_INDUSTRY
    if not buyer.divisions.isdisjoint(offer.industries):
        return OWN_INDUSTRY
    return OTHER_INDUSTRY if buyer.near.isdisjoint(offer.industries) else NEAR_INDUSTRY


def size_fit(offer: Offer, buyer: Buyer) -> float:
    """How well the sizes it is made for cover the company's.

    1 where they cover the whole band of its answer, down to TOUCHING_SIZE where they only touch it (by ratio, not by heads); apart, the
    smaller border over the larger; ANY_SIZE where nothing is said.
    """
    if buyer.staff is None or (offer.employees_from is None and offer.employees_to is None):
        return ANY_SIZE
    least, most = buyer.staff[0], buyer.staff[1] or 2 * buyer.staff[0]
    low, high = offer.employees_from or 1, offer.employees_to or max(most, offer.employees_from or 1)
    if high < least:
        return max(TOUCHING_SIZE * high / least, SMALLEST_SIZE_FIT)
    if low > most:
        return max(TOUCHING_SIZE * most / low, SMALLEST_SIZE_FIT)
    # one more at the upper end, so that a band of a single size has a width
    shared = math.log((min(high, most) + 1) / max(low, least)) / math.log((most + 1) / least)
    return TOUCHING_SIZE + (1 - TOUCHING_SIZE) * shared


def shares(offer: Offer, buyer: Buyer, terms: Terms) -> Split:
    """R-17: points and cash if the company ordered it now."""
    return split(offer.price_twd, buyer.points, numerator=terms.numerator, denominator=terms.denominator)


def yearly_twd(offer: Offer, points: int = 0) -> float:
    """What a year of it costs, NT$: a longer term by its part, a shorter one renewed, the points used once."""
    return offer.price_twd * 12 / offer.term_months - points * 12 / max(offer.term_months, 12)


def budget_fit(offer: Offer, buyer: Buyer, terms: Terms) -> float:
    """1 for nothing to pay, falling with what a year costs the company itself; ½ at four whole grants."""
    return 1 / (1 + yearly_twd(offer, shares(offer, buyer, terms).points) / (4 * terms.grant_points))


def need_fit(need: Need) -> float:
    """Its strength over 100, and a little more for each further answer behind it: a strength ends at 100, evidence does not."""
    return need.strength / 100 * (1 + MORE_EVIDENCE * min(max(len(need.reasons) - 1, 0), MOST_EVIDENCE))


def fit(offer: Offer, buyer: Buyer, terms: Terms, learned: float = 0.0) -> Fit:
    """Every factor of the plan's score for this company."""
    need = buyer.needs.get(offer.category)
    return Fit(
        need=need_fit(need) if need else 0.0,
        industry=industry_fit(offer, buyer),
        size=size_fit(offer, buyer),
        budget=budget_fit(offer, buyer, terms),
        learned=learned,
    )


def allowed(companies: int) -> int:
    """R-37: what may be known of so many companies: nothing below FEWEST, else whole tens. The only way from a count to a number kept."""
    return companies // FEWEST * FEWEST


Group = tuple[str, str]  # industry and staff as the companies' assessments say; empty: any


def learn(bought: Iterable[tuple[int, Group, int]]) -> dict[tuple[Group, int], int]:
    """R-37: what may be kept of completed orders: (group, solution) → companies in whole tens; nothing below FEWEST.

    `bought` are (company, its group, solution). A company counts once, however often it ordered. Groups: industry and staff;
    industry; everybody.
    """
    companies: dict[tuple[Group, int], set[int]] = {}
    for company, (industry, staff), solution in bought:
        groups = {("", "")} | ({(industry, ""), (industry, staff)} if industry else set())
        for group in groups:
            companies.setdefault((group, solution), set()).add(company)
    return {key: kept for key, found in companies.items() if (kept := allowed(len(found)))}


def popular(learned: Mapping[tuple[Group, int], int], group: Group) -> dict[int, Popular]:
    """For each solution what companies like those of `group` chose, as alike as is known."""
    scopes = dict(zip(SCOPES, (group, (group[0], ""), ("", "")), strict=True))
    if not group[0]:
        scopes = {"all": ("", "")}
    elif not group[1]:
        del scopes["both"]
    found: dict[int, Popular] = {}
    for scope, of in scopes.items():
        for (where, solution), companies in learned.items():
            if where == of:
                found.setdefault(solution, Popular(companies, scope))
    return found


def gains(known: Mapping[int, Popular]) -> dict[int, float]:
    """What each solution gains: its companies over those of the most chosen one that is known of companies as alike, times its scope."""
    most: dict[str, int] = {}
    for found in known.values():
        most[found.scope] = max(most.get(found.scope, 0), found.companies)
    return {
        solution: LEARNED_MOST * SCOPES[found.scope] * found.companies / most[found.scope]
        for solution, found in known.items()
    }


def recommend(
    buyer: Buyer,
    offers: Sequence[Offer],
    terms: Terms,
    *,
    popular: Mapping[int, Popular] | None = None,
    limit: int = 6,
) -> list[Pick]:
    """The best `limit` plans, best first: each next one is that with the highest score, a category already served counting less.

    At most MOST_OF_SIX of one category or supplier among six (more for longer lists). `popular` is by solution.
    """
    known = popular or {}
    gained = gains(known)
    found = [
        Scored(offer, factors, factors.score)
        for offer in offers
        if offer.category in buyer.needs
        for factors in [fit(offer, buyer, terms, gained.get(offer.solution, 0.0))]
    ]
    ranked: dict[str, list[Scored]] = {}
    for row in sorted(found, key=lambda row: (-row.score, row.offer.code)):
        ranked.setdefault(row.offer.category, []).append(row)
    return [
        Pick(
            row.offer,
            row.fit,
            shares(row.offer, buyer, terms),
            _reasons(row.offer, buyer, known.get(row.offer.solution)),
            _drawbacks(row.offer, buyer, terms),
            _cheaper(row.offer, ranked[row.offer.category], buyer, terms),
        )
        for row in _diverse(ranked, limit)
    ]


def _diverse(ranked: Mapping[str, Sequence[Scored]], limit: int) -> list[Scored]:
    """One by one the best of the categories' first plans whose supplier has not yet enough; `ranked` is best first in each."""
    most = -(-limit * MOST_OF_SIX // 6)
    left = {category: iter(rows) for category, rows in ranked.items()}
    heads = {category: next(rows) for category, rows in left.items()}
    taken: list[Scored] = []
    categories: Counter[str] = Counter()
    suppliers: Counter[int] = Counter()
    while heads and len(taken) < limit:
        best = min(
            heads.values(),
            key=lambda row: (
                -row.score * MORE_OF_A_CATEGORY ** categories[row.offer.category],
                row.offer.code,
            ),
        )
        here = best.offer.category
        if best.score > 0 and suppliers[best.offer.supplier] < most:
            taken.append(best)
            categories[here] += 1
            suppliers[best.offer.supplier] += 1
        following = next(left[here], None) if categories[here] < most else None
        if following is None:
            del heads[here]
        else:
            heads[here] = following
    return taken


def _cheaper(offer: Offer, ranked: Sequence[Scored], buyer: Buyer, terms: Terms) -> Offer | None:
    """The best-placed plan of the same category that costs less, now and by the year, and is not made for others."""
    return next(
        (
            row.offer
            for row in ranked
            if row.offer.price_twd < offer.price_twd
            and yearly_twd(row.offer) < yearly_twd(offer)
            and row.fit.industry > OTHER_INDUSTRY
            and row.fit.size >= HALF_SIZE
        ),
        None,
    )


def _reasons(offer: Offer, buyer: Buyer, popular: Popular | None) -> tuple[Said, ...]:
    need = buyer.needs[offer.category]
    found = [Said("need", {"zh": zh, "en": en}) for zh, en in need.reasons[:MOST_NEED_REASONS]]
    if matched := [code for code in offer.industries if code in buyer.divisions]:
        found.append(Said("industry", {"divisions": matched}))
    elif near := [code for code in offer.industries if code in buyer.near]:
        found.append(Said("near_industry", {"divisions": near[:1]}))
    sized = offer.employees_from is not None or offer.employees_to is not None
    if buyer.staff and sized and size_fit(offer, buyer) >= TOUCHING_SIZE:
        found.append(Said("size", {"from": offer.employees_from, "to": offer.employees_to}))
    if popular:
        found.append(Said("popular", {"companies": popular.companies, "scope": popular.scope}))
    if offer.has_trial:
        found.append(Said("trial"))
    return tuple(found)


def _drawbacks(offer: Offer, buyer: Buyer, terms: Terms) -> tuple[Said, ...]:
    found = []
    share = shares(offer, buyer, terms)
    whole = offer.price_twd * terms.numerator // terms.denominator
    if not share.points:
        found.append(Said("no_points"))
    elif share.points < whole:
        found.append(Said("over_points", {"more_twd": whole - share.points}))
    if industry_fit(offer, buyer) == OTHER_INDUSTRY:
        found.append(Said("other_industry", {"divisions": list(offer.industries[:2])}))
    if (
        buyer.staff
        and size_fit(offer, buyer) < TOUCHING_SIZE
        and (offer.employees_from or offer.employees_to)
    ):
        found.append(Said("other_size", {"from": offer.employees_from, "to": offer.employees_to}))
    if offer.seats and buyer.staff and offer.seats < buyer.staff[0]:
        found.append(Said("seats", {"seats": offer.seats}))
    if offer.term_months > 12:
        found.append(Said("long_term", {"months": offer.term_months}))
    if not offer.has_trial:
        found.append(Said("no_trial"))
    return tuple(found)
