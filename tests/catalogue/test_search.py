"""The search: what is understood, what is found, in which order, and what is counted."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import queries
from tcloud.catalogue.models import Category, Plan, SearchDocument, Solution, Supplier
from tcloud.catalogue.operations.search import add_synonyms, import_synonyms
from tcloud.catalogue.queries.search import Criteria
from tcloud.catalogue.queries.suggest import suggest
from tcloud.core.actors import THE_SYSTEM
from tests import factories
from tests.catalogue.shelf import ask, found, three_plans
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    return three_plans()


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
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalogue_refresh_documents((SELECT array_agg(id) FROM catalogue_plan))")
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
            "INSERT INTO catalogue_plan (solution_id, code, delisted_by_office, delisted_reason) SELECT id, 'bare', false, '' FROM catalogue_solution LIMIT 1"
        )
        cursor.execute("DELETE FROM catalogue_plan WHERE code = 'bare'")
    _in_step()


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
    # two of them put the planner right again, which is needed within a transaction alone
    assert _cost(lambda: found(words)) == before <= 8


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
