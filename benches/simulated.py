"""A simulated population of companies, for the offline evaluation of recommendations. Knows nothing of the product.

It is a made-up world, not a measurement of anybody: how the needs lie by industry and size is our guess, written below, and companies
here answer and choose more orderly than people do. What it can show is whether a ranking finds its way from noisy answers back to
needs it never sees, and whether it beats simple ones at that; not how satisfied real companies would be.

The truth is a latent utility, additive and with parts that no ranking is told: how good a solution is, how price-sensitive a company
is, and chance. It shares no formula with `tcloud.recommendations.rules`, which multiplies fits. It does share the questionnaire: an
answer becomes likelier with the needs it is said to point at, as it should in any world in which the questionnaire is any good.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

# the answer to the question `industry` → (share of companies, divisions, median of the staff)
SECTORS: Final[dict[str, tuple[float, tuple[str, ...], float]]] = {
    "manufacturing": (0.16, ("08", "25", "29", "22", "26", "16", "12", "32"), 18),
    "wholesale_retail": (0.28, ("47", "47", "47", "45"), 5),
    "food_lodging": (0.15, ("56", "56", "56", "55"), 8),
    "construction": (0.07, ("43", "43", "41"), 9),
    "transport": (0.04, ("49", "52"), 12),
    "professional": (0.11, ("74", "71", "69", "62", "73"), 6),
    "personal": (0.07, ("96", "96", "95"), 3),
    "health": (0.04, ("86", "88"), 10),
    "education": (0.05, ("85", "90", "93"), 7),
    "agriculture": (0.02, ("01",), 4),
    "other": (0.01, ("81",), 6),
}
_EVERY: Final = tuple(SECTORS)
_SHOPS: Final = ("wholesale_retail", "food_lodging", "personal")
_MAKERS: Final = ("manufacturing", "agriculture")
_OFFICES: Final = ("professional", "construction", "education")
# plan category → (how common the need is, where it is commoner, where it is rarer or never, what ten times the staff adds)
NEEDS: Final[dict[str, tuple[float, tuple[str, ...], tuple[str, ...], float]]] = {
    "attendance-shift": (-0.2, ("food_lodging", "health", "wholesale_retail"), ("professional",), 1.2),
    "payroll": (-0.8, ("manufacturing", "construction"), ("personal",), 1.4),
    "recruit-training": (-1.6, ("food_lodging", "health"), (), 0.9),
    "accounting": (-0.3, ("wholesale_retail", "construction"), (), 0.2),
    "e-invoice": (0.0, _SHOPS, ("health",), 0.0),
    "expense": (-1.3, ("professional", "construction"), _SHOPS, 1.2),
    "membership": (-0.7, _SHOPS, _MAKERS, 0.0),
    "sales-crm": (-0.9, ("professional", "manufacturing", "construction"), ("food_lodging",), 0.6),
    "customer-service": (-1.0, ("wholesale_retail", "education", "personal"), ("manufacturing",), 0.3),
    "online-store": (
        -0.7,
        ("wholesale_retail", "agriculture"),
        ("construction", "health", "transport"),
        -0.1,
    ),
    "website": (-0.6, _OFFICES, (), -0.2),
    "online-payment": (-1.1, ("wholesale_retail", "education"), ("construction",), 0.0),
    "stock": (-0.6, ("wholesale_retail", "manufacturing", "food_lodging"), (*_OFFICES, "health"), 0.3),
    "logistics": (-1.3, ("wholesale_retail", "transport", "agriculture"), _OFFICES, 0.4),
    "production-scheduling": (-1.8, ("manufacturing",), ("professional", "personal", "education"), 0.9),
    "equipment": (-2.2, ("manufacturing",), (*_SHOPS, *_OFFICES), 0.8),
    "research": (-2.3, ("manufacturing", "health"), _SHOPS, 0.5),
    "carbon": (-2.2, ("manufacturing",), _SHOPS, 1.0),
    "traceability": (-2.0, ("agriculture", "manufacturing", "food_lodging"), _OFFICES, 0.3),
    "clinic": (-2.8, ("health", "health"), ("manufacturing",), 0.0),
    "endpoint": (-0.8, ("manufacturing", "professional"), (), 0.5),
    "backup": (-0.8, ("professional", "health"), (), 0.3),
    "access": (-1.3, ("professional", "manufacturing"), _SHOPS, 0.8),
    "compliance": (-1.6, ("health", "education", "wholesale_retail"), (), 0.5),
    "office-suite": (-0.7, ("professional", "education"), ("food_lodging", "personal"), 0.5),
    "project": (-0.9, ("professional", "construction"), _SHOPS, 0.7),
    "meeting": (-1.4, ("professional", "education"), _SHOPS, 0.4),
    "e-signature": (-1.3, ("professional", "construction"), ("food_lodging", "personal"), 0.4),
    "pos": (-1.0, ("food_lodging", "wholesale_retail"), ("manufacturing", *_OFFICES), 0.0),
    "mobile-ordering": (-2.4, ("food_lodging", "food_lodging"), ("manufacturing", *_OFFICES), 0.1),
    "booking": (-1.4, ("personal", "food_lodging", "health"), ("manufacturing", "wholesale_retail"), 0.0),
    "messaging": (-0.9, _SHOPS, _MAKERS, 0.0),
    "social-content": (-0.8, (*_SHOPS, "education"), ("manufacturing",), -0.3),
    "analytics": (-1.4, ("wholesale_retail",), ("construction",), 0.4),
}
ANSWERED_AT_RANDOM: Final = 0.12
ANSWERED_BY_NEED: Final = 2.0  # the smaller, the less an answer says of the needs behind it
STATED: Final = 0.3  # companies that state their division
SEEN: Final = 40  # plans a company looks at before it chooses
_STAFF_ANSWERS: Final = ((1, "alone"), (2, "under_5"), (5, "under_30"), (30, "under_100"), (100, "from_100"))


class Plan(Protocol):
    """What the world sees of a plan."""

    @property
    def code(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def solution(self) -> int: ...
    @property
    def price_twd(self) -> int: ...
    @property
    def term_months(self) -> int: ...
    @property
    def industries(self) -> tuple[str, ...]: ...
    @property
    def employees_from(self) -> int | None: ...
    @property
    def employees_to(self) -> int | None: ...


@dataclass
class Company:
    """A company with needs nobody sees (logits by category), and what it answers and bought."""

    number: int
    sector: str
    division: str
    staff: int
    needs: dict[str, float]
    sensitivity: float
    states_division: bool
    answers: dict[str, Any] = field(default_factory=dict)
    bought: list[Plan] = field(default_factory=list)


def population(count: int, content: Mapping[str, Any], *, seed: int = 7) -> list[Company]:
    """So many companies with their answers to the questionnaire `content`; the same for the same seed."""
    chance = random.Random(seed)
    weights = [share for share, _divisions, _staff in SECTORS.values()]
    made = []
    for number in range(count):
        sector = chance.choices(_EVERY, weights)[0]
        _share, divisions, median = SECTORS[sector]
        staff = max(1, min(190, round(median * math.exp(chance.gauss(0, 0.9)))))
        company = Company(
            number, sector, chance.choice(divisions), staff, _needs(sector, staff, chance),
            sensitivity=0.45 * math.exp(chance.gauss(0, 0.4)) * staff**-0.12, states_division=chance.random() < STATED,
        )  # fmt: skip
        company.answers = _answers(company, content, chance)
        made.append(company)
    return made


def _needs(sector: str, staff: int, chance: random.Random) -> dict[str, float]:
    digital = chance.gauss(0, 0.5)  # some have little of anything yet, some have most of it
    return {
        category: common
        + 1.3 * commoner.count(sector)
        - 1.6 * rarer.count(sector)
        + grows * math.log10(staff)
        + digital
        + chance.gauss(0, 0.9)
        for category, (common, commoner, rarer, grows) in NEEDS.items()
    }


def _answers(company: Company, content: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """What it answers, question by question; a question that earlier answers leave out is not asked."""
    given: dict[str, Any] = {}
    for question in content["questions"]:
        condition = question.get("show_if")
        if condition:
            earlier = given.get(condition["question"])
            if not set(earlier if isinstance(earlier, list) else [earlier]) & set(condition["any_of"]):
                continue
        if question["code"] == "industry":
            given["industry"] = company.sector
        elif question["code"] == "staff_count":
            given["staff_count"] = [code for least, code in _STAFF_ANSWERS if company.staff >= least][-1]
        else:
            given[question["code"]] = _answer(question, company, chance)
    return given


def _answer(question: Mapping[str, Any], company: Company, chance: random.Random) -> Any:
    options = [option["code"] for option in question["options"]]
    alone = [option["code"] for option in question["options"] if option.get("exclusive")]
    if chance.random() < ANSWERED_AT_RANDOM:
        one = chance.choice(options)
        return [one] if question["kind"] == "multi" else one
    pulls = {
        option["code"]: _pull(option, company) for option in question["options"] if option.get("leads_to")
    }
    content = [code for code in options if code not in pulls]
    if question["kind"] == "multi":
        picked = [code for code, pull in pulls.items() if chance.random() < _chance_of(pull)]
        return picked or alone[:1] or [chance.choice(options)]
    if content and (not pulls or chance.random() > _chance_of(max(pulls.values()))):
        return chance.choice(content)
    return chance.choices(list(pulls), [math.exp(pull) for pull in pulls.values()])[0]


def _pull(option: Mapping[str, Any], company: Company) -> float:
    """How much the needs an option points at speak for it."""
    leads: Mapping[str, int] = option["leads_to"]
    return sum(weight * company.needs.get(code, -1) for code, weight in leads.items()) / sum(leads.values())


def _chance_of(logit: float) -> float:
    return 1 / (1 + math.exp(-ANSWERED_BY_NEED * logit))


def catalogue(count: int, *, seed: int = 5) -> list[dict[str, Any]]:
    """Plans by their plain fields: solutions in two or three sizes, some for a few industries, most prices of small software."""
    chance = random.Random(seed)
    made: list[dict[str, Any]] = []
    kinds = list(NEEDS)
    solution = 0
    while len(made) < count:
        category, supplier = kinds[solution % len(kinds)], chance.randrange(max(12, count // 12))
        _common, commoner, _rarer, _grows = NEEDS[category]
        homes = sorted({code for sector in commoner for code in SECTORS[sector][1]})
        targeted = bool(homes) and chance.random() < 0.4
        industries = (
            tuple(sorted(chance.sample(homes, min(len(homes), chance.choice((1, 2, 3)))))) if targeted else ()
        )
        base = 6_000 * math.exp(chance.gauss(0.6, 0.6))
        for tier, (least, most) in enumerate(((1, 10), (5, 40), (30, None))[: chance.choice((2, 3, 3))]):
            sized = chance.random() < 0.7
            made.append(
                {
                    "code": f"sim-{solution}-{tier}",
                    "category": category,
                    "supplier": supplier,
                    "solution": solution,
                    "price_twd": round(base * (1, 2.2, 4.8)[tier] / 100) * 100,
                    "term_months": chance.choice((12, 12, 12, 12, 24)),
                    "industries": industries,
                    "employees_from": least if sized else None,
                    "employees_to": most if sized else None,
                    "seats": chance.choice((None, 3, 10, 50)),
                    "has_trial": chance.random() < 0.5,
                }
            )
        solution += 1
    return made[:count]


def qualities(plans: Sequence[Plan], *, seed: int = 11) -> dict[int, float]:
    """How good each solution is; companies feel it, no ranking is told."""
    chance = random.Random(seed)
    return {solution: chance.gauss(0, 0.5) for solution in sorted({plan.solution for plan in plans})}


def utilities(company: Company, plans: Sequence[Plan], quality: Mapping[int, float]) -> list[float]:
    """What each plan is worth to the company, in logits; chance is its own and always the same."""
    chance = random.Random(company.number)
    return [_utility(company, plan, quality[plan.solution]) + chance.gauss(0, 0.25) for plan in plans]


def _utility(company: Company, plan: Plan, quality: float) -> float:
    worth = 1.5 * max(company.needs.get(plan.category, -3.0), -3.0) + quality
    if plan.industries:
        worth += 0.7 if company.division in plan.industries else -0.9
    if plan.employees_to and company.staff > plan.employees_to:
        worth -= 1.2 * math.log(company.staff / plan.employees_to)
    if plan.employees_from and company.staff < plan.employees_from:
        worth -= 0.8 * math.log(plan.employees_from / company.staff)
    points = min(plan.price_twd // 2, 30_000)
    yearly = (plan.price_twd - points) * 12 / plan.term_months
    return worth - company.sensitivity * math.log(max(yearly, 600) / 6_000)


def relevance(company: Company, plans: Sequence[Plan], quality: Mapping[int, float]) -> list[int]:
    """Grades by latent utility, plan by plan: 3 for the best hundredth of the catalogue, 2 to the best thirtieth, 1 to the best tenth."""
    worth = utilities(company, plans, quality)
    order = sorted(range(len(plans)), key=lambda place: -worth[place])
    grades = [0] * len(plans)
    for share, grade in ((0.1, 1), (1 / 30, 2), (0.01, 3)):
        for place in order[: max(1, round(share * len(plans)))]:
            grades[place] = grade
    return grades


def choose(companies: Sequence[Company], plans: Sequence[Plan], quality: Mapping[int, float], *, seed: int = 13) -> None:  # fmt: skip
    """Each of them looks at some plans, likelier at those of what it needs, and orders one to three of them."""
    chance = random.Random(seed)
    for company in companies:
        looked = [math.exp(0.8 * company.needs.get(plan.category, -3.0)) for plan in plans]
        worth = utilities(company, plans, quality)
        seen = sorted(set(chance.choices(range(len(plans)), looked, k=SEEN)))
        wanted = sorted(seen, key=lambda place: -worth[place] + chance.gauss(0, 0.3))
        kinds: set[str] = set()
        for plan in (plans[place] for place in wanted):
            if plan.category not in kinds and len(kinds) < 1 + company.number % 3:
                kinds.add(plan.category)
                company.bought.append(plan)


def ndcg(grades: Sequence[int], best: Sequence[int], *, at: int = 10) -> float:
    """NDCG of the grades in the order shown, against the grades in the best order; gains 2^grade − 1."""

    def gain(those: Sequence[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(those[:at]))

    ideal = gain(sorted(best, reverse=True))
    return gain(grades) / ideal if ideal else 0.0
