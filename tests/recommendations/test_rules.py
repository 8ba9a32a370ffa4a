"""Which plans come first and why: fits, price never helps, diversity, and what may be known of others' orders."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcloud.recommendations import rules
from tcloud.recommendations.rules import Buyer, Need, Offer, Popular, Said, Terms

TERMS = Terms(numerator=1, denominator=2, grant_points=30_000)
CATEGORIES = ("stock", "pos", "payroll", "backup")


def need(category="stock", strength=80, *reasons):
    return Need(category, strength, reasons or (("您用紙本排班", "you plan shifts on paper"),))


def buyer(*needs, points=30_000, **known):
    return Buyer({row.category: row for row in needs or (need(),)}, points, **known)


def offer(code="a", **changes):
    values = {"category": "stock", "supplier": 1, "solution": 1, "price_twd": 20_000, "term_months": 12}
    return Offer(code, **values | changes)


def codes(picks):
    return [pick.offer.code for pick in picks]


@pytest.mark.parametrize(
    ("made_for", "own", "near", "fit"),
    [
        ((), {"56"}, {"55"}, rules.ANY_INDUSTRY),
        (("56", "47"), {"56"}, {"55"}, rules.OWN_INDUSTRY),
        (("55",), {"56"}, {"55"}, rules.NEAR_INDUSTRY),
        (("86",), {"56"}, {"55"}, rules.OTHER_INDUSTRY),
        (("86",), set(), set(), rules.UNKNOWN_INDUSTRY),
        (("55",), set(), {"55", "56"}, rules.NEAR_INDUSTRY),
    ],
)
def test_industry_fit(made_for, own, near, fit):
    company = buyer(divisions=frozenset(own), near=frozenset(near))
    assert rules.industry_fit(offer(industries=made_for), company) == fit


@pytest.mark.parametrize(
    ("least", "most", "staff", "fit"),
    [
        (None, None, (5, 29), rules.ANY_SIZE),
        (1, 10, None, rules.ANY_SIZE),
        (5, 40, (5, 29), 1.0),
        (None, 29, (1, 4), 1.0),
        (1, 1, (1, 1), 1.0),
        (1, 10, (5, 29), 0.944),
        (25, 60, (5, 29), 0.910),
        (1, 10, (40, 99), 0.225),
        (1, 10, (100, None), rules.SMALLEST_SIZE_FIT),
        (30, None, (5, 24), 0.72),
        (30, None, (100, None), 1.0),
    ],
)
def test_size_fit(least, most, staff, fit):
    assert rules.size_fit(
        offer(employees_from=least, employees_to=most), buyer(staff=staff)
    ) == pytest.approx(fit, abs=0.001)


@pytest.mark.parametrize(
    ("price_twd", "months", "points", "yearly"),
    [
        (20_000, 12, 10_000, 10_000),
        (40_000, 24, 20_000, 10_000),
        (1_000, 1, 500, 11_500),
        (20_000, 12, 0, 20_000),
    ],
)
def test_yearly_twd_counts_longer_terms_by_their_part_and_renews_shorter_ones(
    price_twd, months, points, yearly
):
    assert rules.yearly_twd(offer(price_twd=price_twd, term_months=months), points) == yearly


def test_recommend_says_why_and_what_against():
    company = buyer(
        need("stock", 90, ("甲", "first"), ("乙", "second"), ("丙", "third")),
        points=4_000, divisions=frozenset({"47"}), near=frozenset({"45"}), staff=(5, 29),
    )  # fmt: skip
    plan = offer(
        industries=("47", "56"), employees_from=1, employees_to=10, seats=3, term_months=24, price_twd=20_000
    )
    (pick,) = rules.recommend(company, [plan], TERMS, popular={1: Popular(20, "both")})
    assert (pick.shares.points, pick.shares.cash_twd) == (4_000, 16_000)
    assert pick.reasons == (
        Said("need", {"zh": "甲", "en": "first"}),
        Said("need", {"zh": "乙", "en": "second"}),
        Said("industry", {"divisions": ["47"]}),
        Said("size", {"from": 1, "to": 10}),
        Said("popular", {"companies": 20, "scope": "both"}),
    )
    assert pick.drawbacks == (
        Said("over_points", {"more_twd": 6_000}),
        Said("seats", {"seats": 3}),
        Said("long_term", {"months": 24}),
        Said("no_trial"),
    )
    assert pick.cheaper is None


@pytest.mark.parametrize(
    ("changes", "known", "said"),
    [
        ({}, {"points": 0}, "no_points"),
        ({"industries": ("86",)}, {"divisions": frozenset({"47"})}, "other_industry"),
        ({"employees_to": 4}, {"staff": (30, 99)}, "other_size"),
    ],
)
def test_recommend_hides_no_drawback(changes, known, said):
    (pick,) = rules.recommend(buyer(**known), [offer(**changes)], TERMS)
    assert said in [row.code for row in pick.drawbacks]


def test_recommend_names_a_cheaper_plan_of_the_category_that_suits():
    dear, cheap = offer("dear", has_trial=True, price_twd=24_000), offer("cheap", price_twd=12_000, supplier=2, employees_to=2)  # fmt: skip
    monthly = offer("monthly", price_twd=3_000, term_months=1, supplier=3)
    others = offer("others", price_twd=6_000, industries=("86",), supplier=4)
    company = buyer(staff=(3, 3), divisions=frozenset({"47"}))
    picks = rules.recommend(company, [dear, cheap, monthly, others], TERMS)
    assert {pick.offer.code: pick.cheaper and pick.cheaper.code for pick in picks}["dear"] == "cheap"


def test_recommend_needs_a_need():
    assert rules.recommend(buyer(need("pos")), [offer()], TERMS) == []
    assert rules.recommend(buyer(need(strength=0)), [offer()], TERMS) == []


def test_recommend_breaks_ties_by_the_code_of_the_plan():
    plans = [offer(code, supplier=number) for number, code in enumerate("dbca")]
    assert codes(rules.recommend(buyer(), plans, TERMS, limit=4))[:2] == ["a", "b"]


# properties

offers_strategy = st.lists(
    st.builds(
        Offer,
        code=st.uuids().map(str),
        category=st.sampled_from(CATEGORIES),
        supplier=st.integers(1, 6),
        solution=st.integers(1, 12),
        price_twd=st.integers(2, 200_000),
        term_months=st.sampled_from((1, 6, 12, 24)),
        industries=st.sampled_from(((), ("47",), ("45", "56"), ("86",))),
        employees_from=st.sampled_from((None, 1, 5, 30)),
        employees_to=st.sampled_from((None, 40, 200)),
        seats=st.none(),
        has_trial=st.booleans(),
    ),
    min_size=1,
    max_size=25,
)
buyers = st.builds(
    Buyer,
    needs=st.fixed_dictionaries(
        {code: st.builds(Need, st.just(code), st.integers(1, 100)) for code in CATEGORIES}
    ),
    points=st.integers(0, 30_000),
    divisions=st.sampled_from((frozenset(), frozenset({"47"}))),
    near=st.sampled_from((frozenset(), frozenset({"45"}))),
    staff=st.sampled_from((None, (1, 4), (5, 29), (100, None))),
)
populars = st.dictionaries(
    st.integers(1, 12),
    st.builds(Popular, st.integers(1, 9).map(lambda n: 10 * n), st.sampled_from(list(rules.SCOPES))),
)


def place(picks, code):
    """Where the plan stands; behind everybody when it is not in the list."""
    shown = codes(picks)
    return shown.index(code) if code in shown else len(shown) + 1_000


@settings(deadline=None)
@given(offers_strategy, buyers, populars, st.integers(1, 100_000), st.data())
def test_a_higher_price_never_improves_a_place(plans, company, popular, more_twd, data):
    dearer = data.draw(st.sampled_from(plans))
    raised = [
        replace(plan, price_twd=plan.price_twd + more_twd) if plan is dearer else plan for plan in plans
    ]
    before = rules.recommend(company, plans, TERMS, popular=popular)
    after = rules.recommend(company, raised, TERMS, popular=popular)
    assert place(after, dearer.code) >= place(before, dearer.code)
    assert rules.budget_fit(raised[plans.index(dearer)], company, TERMS) <= rules.budget_fit(
        dearer, company, TERMS
    )


@settings(deadline=None)
@given(offers_strategy, buyers, populars, st.sampled_from(CATEGORIES), st.integers(1, 99))
def test_a_stronger_need_never_lowers_its_category(plans, company, popular, category, more):
    needs = dict(company.needs)
    needs[category] = replace(needs[category], strength=min(100, needs[category].strength + more))
    stronger = replace(company, needs=needs)

    def best(of):
        picks = rules.recommend(of, plans, TERMS, popular=popular)
        return min((n for n, pick in enumerate(picks) if pick.offer.category == category), default=1_000)

    assert best(stronger) <= best(company)
    for plan in plans:
        if plan.category == category:
            assert rules.fit(plan, stronger, TERMS).score >= rules.fit(plan, company, TERMS).score


@settings(deadline=None)
@given(offers_strategy, buyers, populars, st.integers(1, 12))
def test_the_list_is_diverse_and_the_same_for_the_same_data(plans, company, popular, limit):
    picks = rules.recommend(company, plans, TERMS, popular=popular, limit=limit)
    most = -(-limit * rules.MOST_OF_SIX // 6)
    assert len(picks) <= limit
    for of in ("category", "supplier"):
        kinds = [getattr(pick.offer, of) for pick in picks]
        assert all(kinds.count(kind) <= most for kind in kinds)
    assert codes(rules.recommend(company, plans[::-1], TERMS, popular=popular, limit=limit)) == codes(picks)
    for pick in picks:
        assert pick.shares.points + pick.shares.cash_twd == pick.offer.price_twd
        assert pick.cheaper is None or pick.cheaper.price_twd < pick.offer.price_twd


# what may be known of others' orders (R-37)

bought_strategy = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from((("shop", "small"), ("shop", "large"), ("farm", "small"), ("", ""))),
        st.integers(1, 3),
    ),
    max_size=150,
)


@pytest.mark.rule("R-37")
@pytest.mark.parametrize(("companies", "known"), [(0, 0), (9, 0), (10, 10), (19, 10), (20, 20), (101, 100)])
def test_allowed_keeps_whole_tens_and_nothing_below_ten(companies, known):
    assert rules.allowed(companies) == known


@pytest.mark.rule("R-37")
@settings(deadline=None)
@given(bought_strategy)
def test_learn_tells_of_no_single_company(bought):
    """Take any one company away: nothing of fewer than ten is told before or after, and no number moves but by a whole ten."""
    before = rules.learn(bought)
    assert all(companies >= rules.FEWEST and companies % 10 == 0 for companies in before.values())
    for company in {row[0] for row in bought}:
        after = rules.learn(row for row in bought if row[0] != company)
        for key in before.keys() | after.keys():
            told = {before.get(key, 0), after.get(key, 0)}
            counted = len({row[0] for row in bought if row[2] == key[1] and _within(row[1], key[0])})
            assert len(told) == 1 or (counted % 10 == 0 and max(told) == counted)


def _within(own, group):
    return group in ((("", ""), (own[0], ""), own) if own[0] else (("", ""),))


@pytest.mark.rule("R-37")
def test_learn_counts_a_company_once_however_often_it_ordered():
    assert rules.learn([(1, ("shop", "small"), 7)] * 30) == {}
    ten = [(company, ("shop", "small"), 7) for company in range(10)]
    assert rules.learn(ten + ten) == {
        (("", ""), 7): 10,
        (("shop", ""), 7): 10,
        (("shop", "small"), 7): 10,
    }


def test_popular_takes_the_companies_most_alike():
    learned = {
        (("", ""), 1): 200,
        (("", ""), 2): 100,
        (("shop", ""), 1): 30,
        (("shop", "small"), 1): 10,
        (("farm", "small"), 2): 10,
    }
    assert rules.popular(learned, ("shop", "small")) == {1: Popular(10, "both"), 2: Popular(100, "all")}
    assert rules.popular(learned, ("shop", "")) == {1: Popular(30, "industry"), 2: Popular(100, "all")}
    assert rules.popular(learned, ("", "")) == {1: Popular(200, "all"), 2: Popular(100, "all")}


def test_gains_at_most_double_a_score():
    gained = rules.gains({1: Popular(40, "both"), 2: Popular(20, "both"), 3: Popular(900, "all")})
    assert gained == {1: 1.0, 2: 0.5, 3: 0.5}
