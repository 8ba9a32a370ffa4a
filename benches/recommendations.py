"""How good the recommendations are, on a simulated population (`benches/simulated.py` says what that is worth), and how fast.

Half of the companies have ordered; the others are recommended to. Beside ours, the same measures for: what most companies ordered,
what a search for the company's industry and needs finds, and chance.
"""

import random
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benches import simulated
from tcloud.assessment import rules as answers
from tcloud.recommendations import rules
from tcloud.recommendations.rules import Buyer, Need, Offer, Popular, Terms

AT: Final = 10
# what a person would type for the answer to `industry`
INDUSTRY_WORDS: Final = {
    "manufacturing": ("製造", "工廠", "生產"),
    "wholesale_retail": ("零售", "批發", "門市"),
    "food_lodging": ("餐廳", "餐飲", "旅宿"),
    "construction": ("工程", "施工", "營建"),
    "transport": ("物流", "運輸", "車隊"),
    "professional": ("設計", "顧問", "事務所"),
    "personal": ("美容", "美髮", "維修"),
    "health": ("診所", "醫療", "照護"),
    "education": ("補習", "教育", "課程"),
    "agriculture": ("農", "產地", "漁"),
    "other": ("清潔", "租賃", "保全"),
}
TERMS: Final = Terms(numerator=1, denominator=2, grant_points=30_000)
Ranking = Callable[[simulated.Company], Sequence[Offer]]
Near = Callable[[simulated.Company], tuple[frozenset[str], frozenset[str]]]
Search = Callable[[str], Iterable[str]]


def shipped_offers(rows: Iterable[Mapping[str, Any]]) -> list[Offer]:
    """The orderable plans of the catalogue that comes with the product (`tcloud.catalogue.operations.shipped`)."""
    numbers: dict[Any, int] = {}
    return [
        Offer(
            code=row["code"],
            category=row["category"],
            supplier=numbers.setdefault(row["supplier"], len(numbers)),
            solution=numbers.setdefault((row["supplier"], row["solution_zh"]), len(numbers)),
            price_twd=row["price_twd"],
            term_months=row["term_months"],
            industries=tuple(row["industries"]),
            employees_from=row["employees_from"],
            employees_to=row["employees_to"],
            seats=row["seats"],
            has_trial=row["trial"],
        )
        for row in rows
        if row["orderable"]
    ]


def words_of(categories: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What a person would type for a need: the words of its category's name."""
    return {row["code"]: [word for word in re.split("[與及、]", row["zh"]) if word] for row in categories}


def near(sections: Mapping[str, str], division_of: Mapping[str, str]) -> Near:
    """What is known of a company's industry: its division where it states it, else the sections of its answer.

    `sections` are the letters of each answer, `division_of` the letter of each division.
    """

    def known(one: simulated.Company) -> tuple[frozenset[str], frozenset[str]]:
        letters = sections.get(one.sector, "")
        own = frozenset([one.division]) if one.states_division else frozenset[str]()
        return own, frozenset(code for code, letter in division_of.items() if letter in letters) - own

    return known


@dataclass(frozen=True)
class Quality:
    """The measures of one ranking, over all companies recommended to.

    `ndcg` at 10, 0–1. `coverage`: plans in anyone's first ten, of all. `categories`, `suppliers`: different ones among the first six.
    `price_ratio`: the mean price of the first ten over that of the plans that suit the company best (grades 2 and 3).
    """

    ndcg: float
    coverage: float
    categories: float
    suppliers: float
    price_ratio: float


@dataclass
class World:
    """A population, what it may order, and how good that really is."""

    content: Mapping[str, Any]
    offers: list[Offer]
    buyers: list[simulated.Company]
    grades: list[list[int]]
    profiles: dict[int, answers.Profile]
    learned: dict[tuple[rules.Group, int], int]
    orders: Counter[str]


def build(content: Mapping[str, Any], offers: list[Offer], *, companies: int, seed: int = 7) -> World:
    """A world of so many companies; half of them have ordered before, the grades are those of the others."""
    everybody = simulated.population(companies, content, seed=seed)
    quality = simulated.qualities(offers, seed=seed + 1)
    past, buyers = everybody[: companies // 2], everybody[companies // 2 :]
    simulated.choose(past, offers, quality, seed=seed + 2)
    profiles = {one.number: answers.profile(content, one.answers) for one in everybody}
    return World(
        content, offers, buyers,
        grades=[simulated.relevance(one, offers, quality) for one in buyers],
        profiles=profiles,
        learned=rules.learn(
            (one.number, group_of(profiles[one.number]), plan.solution) for one in past for plan in one.bought
        ),
        orders=Counter(plan.code for one in past for plan in one.bought),
    )  # fmt: skip


def group_of(profile: answers.Profile) -> rules.Group:
    return profile.similar.get("industry", ""), profile.similar.get("staff_count", "")


def ours(world: World, near: Near, *, learning: bool = True) -> Ranking:
    """What the product would show, as far as it knows the company: answers, its division if it states it, orders of similar companies."""
    ranges = {"alone": (1, 1), "under_5": (1, 4), "under_30": (5, 29), "under_100": (30, 99), "from_100": (100, None)}  # fmt: skip

    def rank(one: simulated.Company) -> list[Offer]:
        profile = world.profiles[one.number]
        needs = {row.category: Need(row.category, row.strength, row.because) for row in profile.categories}
        divisions, others = near(one)
        buyer = Buyer(needs, TERMS.grant_points, divisions, others, ranges[profile.similar["staff_count"]])
        popular: Mapping[int, Popular] = rules.popular(world.learned, group_of(profile)) if learning else {}
        picks = rules.recommend(buyer, world.offers, TERMS, popular=popular, limit=AT)
        return [pick.offer for pick in picks]

    return rank


def most_popular(world: World) -> Ranking:
    """The same for everybody: what was ordered most."""
    ranked = sorted(world.offers, key=lambda offer: (-world.orders[offer.code], offer.code))[:AT]
    return lambda _one: ranked


def at_random(world: World) -> Ranking:
    """Chance."""
    return lambda one: random.Random(one.number).sample(world.offers, AT)


def text_match(
    world: World,
    search: Search,
    words: Mapping[str, Sequence[str]],
) -> Ranking:
    """What the catalogue's search finds for the company's industry and needs: plans that more of the words find come first.

    The words of a category count as often as it is strong; it is told the same needs as ours.
    """
    found = {
        word: set(search(word)) for group in (*words.values(), *INDUSTRY_WORDS.values()) for word in group
    }
    known = {offer.code: offer for offer in world.offers}

    def rank(one: simulated.Company) -> list[Offer]:
        points: Counter[str] = Counter()
        for need in world.profiles[one.number].categories:
            for word in words[need.category]:
                for code in found[word]:
                    points[code] += need.strength
        for word in INDUSTRY_WORDS[one.sector]:
            for code in found[word]:
                points[code] += 50
        ranked = sorted((code for code in points if code in known), key=lambda code: (-points[code], code))
        return [known[code] for code in ranked[:AT]]

    return rank


def measure(world: World, ranking: Ranking) -> Quality:
    """The measures of a ranking on this world."""
    place = {offer.code: number for number, offer in enumerate(world.offers)}
    scores, kinds, sellers, ratios = [], [], [], []
    shown: set[str] = set()
    for one, grades in zip(world.buyers, world.grades, strict=True):
        first = list(ranking(one))[:AT]
        shown |= {offer.code for offer in first}
        scores.append(simulated.ndcg([grades[place[offer.code]] for offer in first], grades, at=AT))
        kinds.append(len({offer.category for offer in first[:6]}))
        sellers.append(len({offer.supplier for offer in first[:6]}))
        suiting = [offer.price_twd for offer, grade in zip(world.offers, grades, strict=True) if grade >= 2]
        if first:
            ratios.append(statistics.mean(offer.price_twd for offer in first) / statistics.mean(suiting))
    return Quality(
        statistics.mean(scores),
        len(shown) / len(world.offers),
        statistics.mean(kinds),
        statistics.mean(sellers),
        statistics.mean(ratios),
    )
