"""Every count of the page against counting plan by plan."""

import itertools
import random

import pytest

from tcloud.catalogue import queries
from tcloud.catalogue.queries import search
from tcloud.catalogue.queries.search import BANDS_TWD, Categories, Criteria
from tests import factories
from tests.catalogue.shelf import reference_supplier

pytestmark = pytest.mark.django_db


def _naive(plan, criteria, categories, without=0):
    """Whether a plan meets the conditions, told from the plan itself."""
    version, row = plan.current, plan.solution.category
    low = criteria.price_min_twd if criteria.price_min_twd is not None else 0
    high = criteria.price_max_twd if criteria.price_max_twd is not None else 10**9
    band = sum(version.price_twd > end for end in BANDS_TWD)
    met = {
        search.CATEGORY: not criteria.categories or {row.code, row.parent.code} & set(criteria.categories),
        search.AREA: not criteria.areas or set(row.need_areas) & set(criteria.areas),
        search.INDUSTRY: not criteria.industries or not version.industries
        or {int(each) for each in version.industries} & set(criteria.industries),
        search.TERM: not criteria.terms_months or version.term_months in criteria.terms_months,
        search.PRICE: (not criteria.bands or band in criteria.bands) and low <= version.price_twd <= high,
        search.ORDERABLE: not criteria.orderable or plan.solution.supplier.takes_orders,
        search.TRIAL: not criteria.trial or version.has_trial,
        search.TAIWAN: not criteria.taiwan or "臺灣" in version.data_location,
    }  # fmt: skip
    return all(value for bit, value in met.items() if bit != without)


def _version_of(rng):
    return {
        "category": rng.choice(["stock", "pos", "payroll", "booking"]),
        "price_twd": rng.choice([21, 9_996, 10_500, 30_009, 42_000, 60_018, 90_006]),
        "term_months": rng.choice([6, 12]),
        "trial": rng.random() < 0.5,
        "data_location": rng.choice(["臺灣", "日本"]),
        "industries": rng.choice([[], ["47"], ["47", "56"]]),
        "keywords_zh": rng.choice([["庫存"], ["打卡"], ["庫存", "打卡"]]),
    }


@pytest.mark.parametrize("seed", range(4))
def test_counts_of_every_facet_equal_counting_one_by_one(seed):
    rng = random.Random(seed)
    suppliers = [factories.supplier(), reference_supplier()]
    for _ in range(40):
        factories.plan(rng.choice(suppliers), **_version_of(rng))
    categories = Categories.read()
    plans = list(queries.listed())
    for words, _turn in itertools.product(["", "打卡"], range(8)):
        criteria = Criteria(
            categories=rng.choice([(), (), ("stock",), ("inventory", "payroll")]),
            areas=rng.choice([(), (), ("sales_channels",)]),
            industries=rng.choice([(), (), (47,), (56, 10)]),
            terms_months=rng.choice([(), (), (12,)]),
            bands=rng.choice([(), (), (1,), (0, 2)]),
            price_min_twd=rng.choice([None, None, 10_001, 0]),
            price_max_twd=rng.choice([None, None, 60_018]),
            orderable=rng.random() < 0.3, trial=rng.random() < 0.3, taiwan=rng.random() < 0.3,
        )  # fmt: skip
        of_words = [p for p in plans if not words or words in p.current.search_words]
        counts = search.ask(words, criteria, categories).counts

        def count(bit, facet, pool=of_words, criteria=criteria):
            return sum(bool(facet(p)) for p in pool if _naive(p, criteria, categories, without=bit))

        assert counts.total == count(0, lambda p: True)
        for row in categories.rows:
            assert counts.categories[row.pk] == count(
                search.CATEGORY, lambda p, row=row: row in (p.solution.category, p.solution.category.parent)
            )
        for area in categories.areas:
            assert counts.areas[area] == count(
                search.AREA, lambda p, area=area: area in p.solution.category.need_areas
            )
        for band in range(4):
            assert counts.bands[band] == count(
                search.PRICE, lambda p, band=band: sum(p.current.price_twd > end for end in BANDS_TWD) == band
            )
        for term in (6, 12):
            assert counts.terms[term] == count(
                search.TERM, lambda p, term=term: p.current.term_months == term
            )
        for division in counts.industries:
            assert counts.industries[division] == count(
                search.INDUSTRY,
                lambda p, d=division: not p.current.industries or f"{d:02}" in p.current.industries,
            )
        assert counts.orderable == count(search.ORDERABLE, lambda p: p.solution.supplier.takes_orders)
        assert counts.trial == count(search.TRIAL, lambda p: p.current.has_trial)
        assert counts.taiwan == count(search.TAIWAN, lambda p: p.current.data_location == "臺灣")
        for bit, dropped in counts.without.items():
            assert dropped == count(bit, lambda p: True)
