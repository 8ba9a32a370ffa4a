"""The search: what is understood, what is found, in which order, and what is counted."""

import itertools
import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tcloud.catalogue import asking, queries, text
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Category, Plan, SearchDocument, Solution, Supplier
from tcloud.catalogue.operations.search import add_synonyms, import_synonyms
from tcloud.catalogue.queries import search
from tcloud.catalogue.queries.search import BANDS_TWD, Categories, Criteria
from tcloud.catalogue.queries.suggest import suggest
from tcloud.core.actors import THE_SYSTEM
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def reference_supplier(slug="reference"):
    return catalogue.add_supplier(
        {
            "slug": slug, "name_zh": "參考科技", "name_en": "Reference", "kind": "real", "intro_zh": "", "intro_en": "",
            "website": None, "support_hours_zh": "", "support_hours_en": "", "orderable": False,
            "not_orderable_reason_zh": "僅供參考", "not_orderable_reason_en": "For reference",
        },
        company=None, by=factories.officer(), at=NOW,
    )  # fmt: skip


@pytest.fixture
def shelf():
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


# Reading


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ＰＯＳ 收銀", "pos 收銀"),  # full width
        ("开发票", "開發票"),  # simplified
        ("网络安全", text.fold("網絡安全")),
        ("台灣", text.fold("臺灣")),  # variants
        ("理发", text.fold("理髮")),  # one simplified character for two
        ("鐘錶", text.fold("鍾表")),
    ],
)
def test_fold_makes_one_writing_of_many(typed, folded):
    assert text.fold(typed) == folded


@pytest.mark.parametrize(
    ("words", "grams"),
    [
        ("打卡機POS 365", ["打卡", "卡機", "機", "pos", "365"]),
        ("倉", ["倉"]),
        ("!?。", []),
        ("", []),
        ("e-mail", ["e", "mail"]),
    ],
)
def test_grams_are_pairs_of_han_and_latin_words(words, grams):
    assert text.grams(words) == grams


def _sql(call, *values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}", list(values))
        return cursor.fetchone()[0]


def test_database_and_application_read_every_shipped_text_alike():
    for row in catalogue.shipped("plans"):
        for name in ("solution_zh", "description_zh", "description_en", "blurb_zh"):
            said = row[name]
            assert _sql("catalogue_fold(%s)", said) == text.fold(said)
            assert _sql("catalogue_grams(%s)", said) == text.grams(said)
            assert _sql("catalogue_word(%s)", said) == text.word_of(said)


def test_database_merges_exactly_the_variants_of_the_table():
    everything = "".join(sorted({*text._han()["merged"], *text._han()["merged"].values()}))
    assert _sql("catalogue_fold(%s)", everything) == text.fold(everything)


KNOWN = {
    "打卡": (["出勤"], []), "員工": ([], []), "電子發票": (["發票"], []), "line pay": ([], []), "pos": (["收銀"], []), "pos系統": ([], []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "concepts"),
    [
        ("員工打卡要用什麼", ["員工", "打卡"]),  # a question
        ("開電子發票", ["電子發票"]),  # a single leftover character says nothing
        ("LINE Pay", ["line pay"]),
        ("pos系統", ["pos系統"]),  # the longest known word
        ("pos 系統", ["pos"]),  # what fits every plan is left out
        ("系統", ["系統"]),  # unless nothing else was said
        ("貓咪打卡", ["貓咪", "打卡"]),
        ("打卡,排班", ["打卡", "排班"]),
        ("我想要", []),
        ("倉", ["倉"]),
    ],
)
def test_words_are_cut_into_what_is_meant(words, concepts):
    assert [concept.word for concept in asking.concepts(asking.units(words), KNOWN)] == concepts


def test_ladder_goes_from_all_to_any_without_repeating_itself():
    meant = asking.concepts(asking.units("員工打卡 貓咪 收據"), KNOWN)
    rungs = asking.ladder(meant)
    assert len({rung.query for rung in rungs}) == len(rungs)
    assert rungs[0].strict
    assert not rungs[-1].strict
    assert " | " in rungs[-1].query


# Finding


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("", {"stock", "pos", "mail"}),
        ("雲倉", {"stock"}),
        ("云仓", {"stock"}),  # simplified
        ("quickpos", {"pos"}),  # English name, whatever the case
        ("quick", {"pos"}),  # its beginning
        ("小吃店", {"pos"}),  # a shop's own word
        ("結帳", {"pos"}),  # what the blurb says
        ("參考科技", {"mail"}),  # the supplier
        ("雲端收銀", {"pos"}),  # the category
        ("收銀與訂位", {"pos"}),  # the category above
        ("快收 小吃店", {"pos"}),
        ("倉", {"stock"}),
        ("100%_", set()),  # LIKE's own characters mean nothing
        ("量子力學", set()),
    ],
)
def test_search_finds_words_anywhere(shelf, words, codes):
    assert set(found(words)) == codes


def test_search_widens_where_no_plan_has_every_word(shelf):
    answer = ask("快收 郵件")
    assert not answer.rung.strict
    assert set(found("快收 郵件")) == {"pos", "mail"}


@pytest.mark.parametrize(
    ("typed", "right", "code"),
    [
        ("郵建", "郵件", "mail"),
        ("小吃电", "小吃店", "pos"),
        ("qiuckpos", "QuickPOS", "pos"),
        ("吃小店", "小吃店", "pos"),
    ],
)
def test_search_puts_slips_right(shelf, typed, right, code):
    answer = ask(typed)
    assert (answer.instead, answer.found) == (right, True)
    assert found(typed) == [code]


def test_synonyms_work_both_ways_and_wider_words_one_way(shelf):
    add_synonyms(["信箱", "電子郵件", "郵件"], ["快收"], by=factories.officer(), at=NOW)
    assert found("信箱") == ["mail", "pos"]  # the same meaning before the wider word
    assert found("快收") == ["pos"]


@pytest.mark.parametrize(
    ("criteria", "codes"),
    [
        (Criteria(categories=("stock",)), {"stock"}),
        (Criteria(categories=("inventory",)), {"stock"}),  # the upper level holds the lower
        (Criteria(categories=("inventory", "pos")), {"stock", "pos"}),
        (Criteria(categories=("no-such",)), set()),
        (Criteria(areas=("online_collaboration",)), {"mail"}),
        (Criteria(price_min_twd=60_000), {"pos", "mail"}),
        (Criteria(price_max_twd=60_000), {"stock", "pos"}),
        (Criteria(price_min_twd=24_001, price_max_twd=59_999), set()),
        (Criteria(bands=(1,)), {"stock"}),
        (Criteria(terms_months=(6,)), {"pos"}),
        (Criteria(orderable=True), {"stock", "pos"}),
        (Criteria(trial=True), {"pos"}),
        (Criteria(taiwan=True), {"stock", "pos"}),
    ],
)
def test_search_narrows(shelf, criteria, codes):
    assert set(found("", criteria)) == codes
    assert ask("", criteria).counts.total == len(codes)


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("newest", ["mail", "pos", "stock"]),
        ("price", ["stock", "pos", "mail"]),
        ("-price", ["mail", "pos", "stock"]),
        ("no-such", ["pos", "stock", "mail"]),  # what can be ordered first
    ],
)
def test_search_sorts(shelf, sort, codes):
    assert found(sort=sort) == codes


def test_need_raises_what_a_company_needs(shelf):
    assert found(need={"office-suite": 1.0})[0] == "mail"
    add_synonyms(["好物", "雲倉", "信件盒"], by=factories.officer(), at=NOW)
    assert found("好物", need={"stock": 1.0})[0] == "stock"
    assert found("好物", need={"office-suite": 1.0})[0] == "mail"


def test_a_word_in_the_name_ranks_before_the_same_word_in_the_text():
    ours = factories.supplier()
    factories.plan(ours, code="text", description_zh="也能做直播。", at=NOW + timedelta(days=1))
    factories.plan(ours, code="name", solution_zh="直播幫手")
    assert found("直播") == ["name", "text"]


# In step with the catalogue, whatever changes it


def _in_step():
    """Every document is what it would be made anew, and exactly the listed plans have one."""
    kept = list(SearchDocument.objects.order_by("pk").values())
    assert [row["plan_id"] for row in kept] == list(
        queries.listed().order_by("pk").values_list("pk", flat=True)
    )
    _sql("catalogue_refresh_documents((SELECT array_agg(id) FROM catalogue_plan))")
    assert list(SearchDocument.objects.order_by("pk").values()) == kept


CHANGES = {
    "supplier renamed": "UPDATE catalogue_supplier SET name = '改名科技' WHERE slug = 'reference'",
    "supplier takes no orders": "UPDATE catalogue_supplier SET takes_orders = false",
    "category renamed": "UPDATE catalogue_category SET name = '新名字' WHERE code = 'pos'",
    "category above renamed": "UPDATE catalogue_category SET name = '新名字' WHERE code = 'pos-booking'",
    "category moved": "UPDATE catalogue_category SET parent_id = (SELECT id FROM catalogue_category WHERE code = 'hr') WHERE code = 'pos'",
    "solution renamed": "UPDATE catalogue_solution SET name = '新' || name",
    "solution moved": "UPDATE catalogue_solution SET category_id = (SELECT id FROM catalogue_category WHERE code = 'payroll')",
    "delisted": "UPDATE catalogue_plan SET delisted_at = now() WHERE code = 'pos'",
    "all delisted": "UPDATE catalogue_plan SET delisted_at = now()",
    "taken off": "UPDATE catalogue_plan SET listed_at = NULL WHERE code = 'pos'",
    "nothing that matters": "UPDATE catalogue_supplier SET intro = 'x'",
}


@pytest.mark.parametrize("sql", CHANGES.values(), ids=CHANGES)
def test_documents_follow_every_change_even_by_raw_sql(shelf, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    _in_step()


@pytest.mark.rule("R-32")
def test_documents_follow_a_new_version(shelf):
    plan = shelf["pos"]
    new = plan.current
    new.pk, new.number, new.name, new.price_twd = None, 2, "全新寵物旅館", 9_000
    new.save(force_insert=True)
    assert found("寵物旅館") == []  # written, not yet listed
    Plan.objects.filter(pk=plan.pk).update(current=new)
    assert found("寵物旅館", Criteria(bands=(0,))) == ["pos"]
    _in_step()


@pytest.mark.rule("R-32")
def test_delisted_plans_are_not_found(shelf):
    catalogue.delist(shelf["pos"], by=factories.officer(), at=NOW)
    assert set(found()) == {"stock", "mail"}
    assert queries.by_code("pos") is None
    counts = {row.code: row.plan_count for row in queries.categories_with_counts()}
    assert (counts["pos-booking"], counts["inventory"]) == (0, 1)


def test_documents_follow_the_deletion_of_a_plan(shelf):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalogue_plan WHERE code = 'none'")
        cursor.execute(
            "INSERT INTO catalogue_plan (solution_id, code) SELECT id, 'bare' FROM catalogue_solution LIMIT 1"
        )
        cursor.execute("DELETE FROM catalogue_plan WHERE code = 'bare'")
    _in_step()


# Counting


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


# Bad input


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120) | st.text(alphabet="打卡班倉'\\&|!()<>:*%_^\"; ab1", max_size=40))
@example("a" * 10_000)
@example("打" * 10_000)
@example("'; DROP TABLE catalogue_plan; --")
@example("a & b | !c <-> d:*A")
@example("\u202e\ufeff\U0001f600")
def test_no_input_is_an_error(shelf, words):
    found(words.replace("\0", ""), Criteria(categories=(words.replace("\0", ""),)))
    suggest(words.replace("\0", ""))


# Cost


def _cost(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


@pytest.mark.parametrize("words", ["", "庫存", "量子力學"])
def test_search_asks_as_often_for_few_plans_as_for_many(shelf, words):
    before = _cost(lambda: found(words))
    supplier = factories.supplier()
    for _ in range(25):
        factories.plan(supplier)
    assert _cost(lambda: found(words)) == before <= 6


def test_listing_asks_the_database_once_however_many_plans(shelf):
    assert _cost(lambda: [p.solution.category.parent.name for p in queries.listed()]) == 1


# While typing


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("小吃", "小吃店"),
        ("quick", "QuickPOS"),
        ("參考", "參考科技"),
        ("收銀", "雲端收銀"),
        ("快", "快收"),
        ("电", "電子郵件"),
    ],
)
def test_suggestions_begin_as_typed_or_are_kinds(shelf, typed, offered):
    add_synonyms(["電子郵件", "信箱"], by=factories.officer(), at=NOW)
    assert offered in suggest(typed)


def test_names_are_not_offered_once_their_plans_are_gone(shelf):
    catalogue.delist(shelf["pos"], by=factories.officer(), at=NOW)
    assert "快收" not in suggest("快")


def test_nothing_typed_offers_nothing(shelf):
    assert suggest(" !") == []


def test_shipped_synonyms_are_many_and_said_once():
    assert import_synonyms(by=THE_SYSTEM, at=NOW) >= 80
    assert import_synonyms(by=THE_SYSTEM, at=NOW) == 0
    assert Supplier.objects.count() == Solution.objects.count() == Category.objects.count() == 0
