"""Which plans suit a company, and why: computed when asked, in a constant number of queries."""

import functools
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from tcloud.assessment import queries as assessments
from tcloud.assessment.models import Assessment
from tcloud.assessment.queries import Need
from tcloud.catalogue import industries
from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Category, Plan, Solution
from tcloud.core import clock
from tcloud.members.models import Company
from tcloud.orders.models import Order
from tcloud.points import queries as points
from tcloud.programme.models import Programme
from tcloud.recommendations import rules
from tcloud.recommendations.models import Learning, Popularity, Preference
from tcloud.recommendations.rules import Group, Offer, Popular, Said

# the answers to the questions `industry` and `staff_count` of the self-assessment: sections of 行業統計分類, and people
SECTIONS: Final = {
    "manufacturing": "C", "wholesale_retail": "G", "food_lodging": "I", "construction": "F", "transport": "H",
    "professional": "JM", "personal": "S", "health": "Q", "education": "PR", "agriculture": "A",
}  # fmt: skip
STAFF: Final[dict[str, tuple[int, int | None]]] = {
    "alone": (1, 1), "under_5": (1, 4), "under_30": (5, 29), "under_100": (30, 99), "from_100": (100, None),
}  # fmt: skip
# an order in one of these serves the need of its category
SERVING: Final = ("SUBMITTED", "ACCEPTED", "PAID", "DELIVERED", "COMPLETED", "DISPUTED")
OFFER_FIELDS: Final = (
    "code", "solution__category__code", "solution__supplier_id", "solution_id", "current__price_twd",
    "current__term_months", "made_for", "current__employees_from", "current__employees_to", "current__seats",
    "current__has_trial",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known of a company, and from where; nothing is asked twice.

    `industry_from`: `stated` on the page of recommendations, `assessment`, or "" when not known. `division` is what was stated; `near`
    are the others of the sections. `staff` is from–to people, as the assessment says.
    """

    industry_from: str = ""
    division: str = ""
    near: frozenset[str] = frozenset()
    sections: tuple[str, ...] = ()
    staff: tuple[int, int | None] | None = None


@dataclass(frozen=True)
class Recommendation:
    """A plan recommended: points and cash if ordered now (R-17), why, what speaks against it, a cheaper one of its category."""

    plan: Plan
    points: int
    cash_twd: int
    reasons: tuple[Said, ...]
    drawbacks: tuple[Said, ...]
    fit: rules.Fit
    cheaper: Plan | None


@dataclass(frozen=True)
class Advice:
    """Everything a page of recommendations shows. `covered` are categories the company has an order in; nothing more of them is shown.

    `learned_as_of` is the day before which orders of similar companies counted; None when there was nothing that may be known.
    """

    personal: bool = True
    assessed: bool = False
    known: Known = field(default_factory=Known)
    needs: tuple[Need, ...] = ()
    covered: tuple[Category, ...] = ()
    spendable_points: int = 0
    learned_as_of: date | None = None
    recommendations: tuple[Recommendation, ...] = ()


def for_company(
    company: Company, programme: Programme, *, at: datetime, limit: int = 6
) -> list[Recommendation]:
    """The plans that suit the company best, best first; none without a completed assessment, or when it switched them off."""
    return list(advice(company, programme, at=at, limit=limit).recommendations)


def category_needs(company: Company, programme: Programme) -> dict[str, int]:
    """Plan category → strength of the company's need, 0–100; empty without a completed assessment, or when it switched this off."""
    if not preference(company).is_personal:
        return {}
    assessment = assessments.latest_completed(company, programme)
    return {need.category: need.strength for need in assessments.needs(assessment)} if assessment else {}


def preference(company: Company) -> Preference:
    """What the company said about its recommendations; an unsaved row of nothing when it has not."""
    return Preference.objects.filter(company=company).first() or Preference(company=company)


def advice(company: Company, programme: Programme, *, at: datetime, limit: int = 6) -> Advice:
    """The recommendations with all that they follow from."""
    said = preference(company)
    assessment = assessments.latest_completed(company, programme)
    if assessment is None or not said.is_personal:
        return Advice(personal=said.is_personal, assessed=assessment is not None)
    known = _known(assessment, said)
    covered = _covered(company)
    needs = {need.category: need for need in assessments.needs(assessment)}
    spendable = points.spendable(programme, company, at=at)
    buyer = rules.Buyer(
        needs={
            code: rules.Need(code, need.strength, tuple((reason.zh, reason.en) for reason in need.reasons))
            for code, need in needs.items()
            if code not in {category.code for category in covered}
        },
        points=spendable,
        divisions=frozenset([known.division] if known.division else []),
        near=known.near,
        staff=known.staff,
    )
    offers = _offers(company, list(buyer.needs))
    popular, as_of = _popular(programme, assessment, at=at)
    terms = rules.Terms(
        programme.points_share_numerator, programme.points_share_denominator, programme.grant_points
    )
    picks = rules.recommend(buyer, offers, terms, popular=popular, limit=limit)
    return Advice(
        assessed=True,
        known=known,
        needs=tuple(needs.values()),
        covered=tuple(category for category in covered if category.code in needs),
        spendable_points=spendable,
        learned_as_of=as_of,
        recommendations=_with_plans(picks),
    )


def _known(assessment: Assessment, said: Preference) -> Known:
    """Not from the registers: the company authorised look-ups for its eligibility only (consent `data_lookup`)."""
    industry, staff = group_of(assessment.profile)
    divisions = industries.divisions()
    stated = divisions.get(said.division)
    sections = stated.section if stated else SECTIONS.get(industry, "")
    near = {code for code, row in divisions.items() if row.section in sections}
    return Known(
        industry_from="stated" if stated else "assessment" if sections else "",
        division=said.division if stated else "",
        near=frozenset(near - {said.division}),
        sections=tuple(sections),
        staff=STAFF.get(staff),
    )


def _covered(company: Company) -> list[Category]:
    served = Q(solutions__plans__versions__order__company=company)
    live = Q(solutions__plans__versions__order__state__in=SERVING)
    return list(Category.objects.filter(served & live).distinct())


def _offers(company: Company, categories: list[str]) -> list[Offer]:
    """R-32, R-39: plans that may be ordered now, never the company's own or of a company with the same representative."""
    found = plans.listed().select_related(None).filter(solution__supplier__takes_orders=True)
    found = found.filter(solution__category__code__in=categories).exclude(solution__supplier__company=company)
    if company.responsible_name:
        found = found.exclude(solution__supplier__company__responsible_name=company.responsible_name)
    # as text: the few different lists are read once each, not ten thousand times
    rows = (
        found.order_by()
        .annotate(made_for=Cast("current__industries", TextField()))
        .values_list(*OFFER_FIELDS)
    )
    return [
        Offer(code, category, supplier, solution, price, months, _list(made_for), least, most, seats, trial)
        for code, category, supplier, solution, price, months, made_for, least, most, seats, trial in rows
    ]


@functools.lru_cache(maxsize=1_000)
def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _popular(
    programme: Programme, assessment: Assessment, *, at: datetime
) -> tuple[dict[int, Popular], date | None]:
    group = group_of(assessment.profile)
    learning = (
        Learning.objects.filter(programme=programme, as_of__lte=clock.taipei(at).date())
        .order_by("-as_of")
        .first()
    )
    alike = Q(industry="") | Q(industry=group[0], staff__in=["", group[1]])
    rows = Popularity.objects.filter(alike, learning=learning)
    learned: dict[tuple[Group, int], int] = {
        ((industry, staff), solution): companies
        for industry, staff, solution, companies in rows.values_list(
            "industry", "staff", "solution_id", "companies"
        )
    }
    popular = rules.popular(learned, group)
    return popular, learning.as_of if learning and popular else None


def chosen_by_similar(assessment: Assessment, *, at: datetime) -> list[str]:
    """R-37: the plan categories (codes) whose solutions companies like this one ordered, most companies first; none below FEWEST companies.

    From what was learned at the beginning of the month, so that no single order can be read from a change.
    """
    popular, _as_of = _popular(assessment.programme, assessment, at=at)
    alike = {solution: known.companies for solution, known in popular.items() if known.scope != "all"}
    most: dict[str, int] = {}
    for solution, code in Solution.objects.filter(pk__in=alike).values_list("pk", "category__code"):
        most[code] = max(most.get(code, 0), alike[solution])
    return sorted(most, key=lambda code: (-most[code], code))


def group_of(profile: dict[str, dict[str, str]]) -> Group:
    """By which companies count as alike: industry and staff as their assessment says, empty when it does not."""
    similar = profile.get("similar", {})
    return similar.get("industry", ""), similar.get("staff_count", "")


def _with_plans(picks: list[rules.Pick]) -> tuple[Recommendation, ...]:
    codes = {pick.offer.code for pick in picks} | {pick.cheaper.code for pick in picks if pick.cheaper}
    found = {plan.code: plan for plan in plans.listed().filter(code__in=codes)}
    return tuple(
        Recommendation(
            plan=found[pick.offer.code],
            points=pick.shares.points,
            cash_twd=pick.shares.cash_twd,
            reasons=pick.reasons,
            drawbacks=pick.drawbacks,
            fit=pick.fit,
            cheaper=found.get(pick.cheaper.code) if pick.cheaper else None,
        )
        for pick in picks
        if pick.offer.code in found  # delisted in this very moment
    )


def completed(programme: Programme, *, before: datetime) -> list[tuple[int, Group, int]]:
    """(company, its group, solution) of the orders of the edition completed before then, but not of companies that switched it off."""
    orders = Order.objects.filter(programme=programme, state="COMPLETED", ended_at__lt=before)
    orders = orders.exclude(company__recommendation_preference__is_personal=False)
    bought = orders.values_list("company_id", "plan_version__plan__solution_id").distinct()
    sent = Assessment.objects.filter(programme=programme, completed_at__lt=before).order_by("admission")
    groups = {company: group_of({"similar": similar or {}}) for company, similar in sent.values_list("company_id", "profile__similar")}  # fmt: skip
    return [(company, groups.get(company, ("", "")), solution) for company, solution in bought]
