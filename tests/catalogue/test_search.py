import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import queries
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    """Three plans of two suppliers, one of whom takes no orders."""
    ours = factories.supplier()
    theirs = catalogue.add_supplier(
        {
            "slug": "reference", "name_zh": "參考科技", "name_en": "Reference", "kind": "real", "intro_zh": "", "intro_en": "",
            "website": None, "support_hours_zh": "", "support_hours_en": "", "orderable": False,
            "not_orderable_reason_zh": "僅供參考", "not_orderable_reason_en": "For reference",
        },
        company=None, by=factories.officer(), at=NOW,
    )  # fmt: skip
    return {
        "stock": factories.plan(ours, code="stock", solution_zh="雲倉", price_twd=24_000, term_months=12),
        "pos": factories.plan(
            ours, code="pos", category="pos", solution_zh="快收", solution_en="QuickPOS", price_twd=60_000,
            blurb_zh="櫃檯一分鐘結帳。", keywords_zh=["收銀", "小吃店"], term_months=6,
        ),
        "mail": factories.plan(
            theirs, code="mail", category="office-suite", solution_zh="信件盒", price_twd=120_000, keywords_zh=["郵件"], term_months=12,
        ),
    }  # fmt: skip


def found(*args, **kwargs):
    return {plan.code for plan in queries.search(*args, **kwargs)}


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("", {"stock", "pos", "mail"}),
        ("雲倉", {"stock"}),
        ("quickpos", {"pos"}),  # English name, whatever the case
        ("小吃店", {"pos"}),  # a shop's own word
        ("結帳", {"pos"}),  # what the blurb says
        ("參考科技", {"mail"}),  # the supplier
        ("雲端收銀", {"pos"}),  # the category
        ("收銀與訂位", {"pos"}),  # the category above
        ("快收 小吃店", {"pos"}),
        ("快收 郵件", set()),  # every word must be there
        ("100%_", set()),  # LIKE's own characters mean themselves
    ],
)
def test_search_finds_every_word_anywhere(shelf, words, codes):
    assert found(words) == codes


@pytest.mark.parametrize(
    ("narrow", "codes"),
    [
        ({"categories": ["stock"]}, {"stock"}),
        ({"categories": ["inventory"]}, {"stock"}),  # the upper level holds the lower
        ({"categories": ["inventory", "pos"]}, {"stock", "pos"}),
        ({"categories": ["no-such"]}, set()),
        ({"price_min_twd": 60_000}, {"pos", "mail"}),
        ({"price_max_twd": 60_000}, {"stock", "pos"}),
        ({"price_min_twd": 24_001, "price_max_twd": 59_999}, set()),
        ({"terms_months": [6]}, {"pos"}),
        ({"orderable": True}, {"stock", "pos"}),
    ],
)
def test_search_narrows(shelf, narrow, codes):
    assert found(**narrow) == codes


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("newest", ["mail", "pos", "stock"]),
        ("price", ["stock", "pos", "mail"]),
        ("-price", ["mail", "pos", "stock"]),
        ("no-such", ["mail", "pos", "stock"]),
    ],
)
def test_search_sorts(shelf, sort, codes):
    assert [plan.code for plan in queries.search(sort=sort)] == codes


@pytest.mark.rule("R-32")
def test_delisted_plans_are_not_found(shelf):
    catalogue.delist(shelf["pos"], by=factories.officer(), at=NOW)
    assert found() == {"stock", "mail"}
    assert queries.by_code("pos") is None
    counts = {row.code: row.plan_count for row in queries.categories_with_counts()}
    assert (counts["pos-booking"], counts["inventory"]) == (0, 1)


def _queries(call):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        for plan in call():
            assert plan.current.name
            assert plan.solution.supplier.name
            assert plan.solution.category.parent.name
            assert plan.solution.supplier.company is None or plan.solution.supplier.company.name
    return len(captured)


@pytest.mark.parametrize("call", [queries.listed, lambda: queries.search("倉", categories=["inventory"])])
def test_listing_asks_the_database_once_however_many_plans(shelf, call):
    assert _queries(call) == 1
    for _ in range(5):
        factories.plan()
    assert _queries(call) == 1
