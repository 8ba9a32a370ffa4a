"""What tests of the search begin with."""

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.queries import search
from tcloud.catalogue.queries.search import Categories, Criteria
from tests import factories
from tests.factories import NOW


def reference_supplier(slug="reference"):
    return catalogue.add_supplier(
        {
            "slug": slug, "name_zh": "參考科技", "name_en": "Reference", "kind": "real", "intro_zh": "", "intro_en": "",
            "website": None, "support_hours_zh": "", "support_hours_en": "", "orderable": False,
            "not_orderable_reason_zh": "僅供參考", "not_orderable_reason_en": "For reference",
        },
        company=None, by=factories.officer(), at=NOW,
    )  # fmt: skip


def three_plans():
    """Three plans of two suppliers, one of whom takes no orders."""
    ours = factories.supplier()
    theirs = reference_supplier()
    return {
        "stock": factories.plan(ours, code="stock", solution_zh="雲倉", price_twd=24_000, term_months=12),
        "pos": factories.plan(
            ours, code="pos", category="pos", solution_zh="快收", solution_en="QuickPOS", price_twd=60_000,
            blurb_zh="櫃檯一分鐘結帳。", keywords_zh=["收銀", "小吃店"], term_months=6, trial=True,
        ),
        "mail": factories.plan(
            theirs, code="mail", category="office-suite", solution_zh="信件盒", price_twd=120_000, keywords_zh=["郵件"], term_months=12,
            data_location="日本",
        ),
    }  # fmt: skip


def found(words="", criteria=Criteria(), **kwargs):  # noqa: B008
    categories = Categories.read()
    answer = search.ask(words, criteria, categories)
    if not answer.counts.total:
        return []
    ids = search.ids(answer.rung, criteria, categories, **kwargs)
    return [plan.code for plan in search.plans(ids)]


def ask(words, criteria=Criteria()):  # noqa: B008
    return search.ask(words, criteria, Categories.read())
