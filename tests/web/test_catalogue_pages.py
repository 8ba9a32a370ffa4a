"""找方案 as people use it: facets with counts, addresses to share, help when nothing is found, words offered while typing."""

import re

import html5lib
import pytest
from django.core.cache import cache
from django.test import Client

from tcloud.catalogue.models import NothingFound
from tcloud.catalogue.operations.search import add_synonyms
from tcloud.core import clock
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf():
    cache.clear()
    factories.programme(at=clock.now())
    ours = factories.supplier()
    factories.plan(ours, code="stock", solution_zh="雲倉", price_twd=24_000)
    factories.plan(
        ours,
        code="pos",
        category="pos",
        solution_zh="快收",
        price_twd=60_000,
        keywords_zh=["收銀", "小吃店"],
        trial=True,
    )
    factories.plan(
        ours,
        code="pay",
        category="payroll",
        solution_zh="算薪",
        price_twd=9_996,
        term_months=6,
        industries=["56"],
        keywords_zh=["薪水"],
    )


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    text = response.content.decode()
    parser = html5lib.HTMLParser()
    parser.parse(text)
    assert not parser.errors
    return text


def codes(text: str) -> list[str]:
    return re.findall(r'class="plan-name"><a href="/plans/([\w-]+)/"', text)


def test_facets_say_how_many_there_would_be(client):
    text = page(client, "/plans/?category=pos-booking")
    assert codes(text) == ["pos"]
    for name, value, count in (
        ("category", "pos-booking", 1),
        ("category", "hr", 1),
        ("category", "pos", 1),
        ("price", "to-10000", 0),
    ):
        found = re.search(rf'id="{name}-{value}"[^>]*>[^<]*<span>(\d+)', text)
        assert found, value
        assert int(found[1]) == count
    assert 'id="category-payroll"' not in text  # below a kind not chosen


def test_every_condition_stays_in_the_address_and_can_be_taken_off(client):
    address = "/plans/?q=小吃店&category=pos-booking&category=pos&area=sales_channels&term=12&price_from=50000&price_to=70000&orderable=1&trial=1&taiwan=1&sort=price"
    text = page(client, address)
    assert codes(text) == ["pos"]
    chips = re.findall(r'<a class="chip" href="([^"]+)"', text)
    assert len(chips) == 9
    for chip in chips:
        path = chip.replace("&amp;", "&")
        assert codes(page(client, path if path.startswith("/") else "/plans/" + path)) == ["pos"]
    assert "NT$50,000–70,000" in text


def test_nothing_under_these_conditions_says_which_one_to_drop(client):
    text = page(client, "/plans/?q=雲倉&category=pos&trial=1")
    assert "沒有符合的方案" in text  # two conditions too many
    text = page(client, "/plans/?q=雲倉&price=to-10000")
    assert "不限價格（1項）" in text
    assert codes(page(client, re.search(r'href="([^"]+)">不限價格', text)[1].replace("&amp;", "&"))) == [
        "stock"
    ]
    assert not NothingFound.objects.exists()  # the words did find something


def test_words_that_find_nothing_are_counted_each_time_and_lead_on(client):
    for number in (1, 2):
        text = page(client, "/plans/?q=量子力學")
        assert "從類別找" in text
        assert 'href="/contact/"' in text
        assert NothingFound.objects.get().count == number


def test_a_slip_is_put_right_and_said(client):
    text = page(client, "/plans/?q=小吃电")
    assert "沒有找到「小吃电」，以下是「小吃店」的結果" in text
    assert codes(text) == ["pos"]
    assert not NothingFound.objects.exists()


def test_wider_results_are_said_to_be_wider(client):
    assert "以下方案符合其中一部分" in page(client, "/plans/?q=雲倉 小吃店")


def test_synonyms_apply_at_once_to_kept_pages(client):
    assert codes(page(client, "/plans/?q=倉庫王")) == []
    add_synonyms(["倉庫王", "雲倉"], by=factories.officer(), at=NOW)
    assert codes(page(client, "/plans/?q=倉庫王")) == ["stock"]


@pytest.mark.parametrize(
    "query",
    [
        "q=%27%22%5C%26%7C!():*", "q=" + "打" * 3000, "price_from=abc&price_to=-1", "price_from=99999999999999999999", "page=99999", "page=-1",
        "term=9&term=x&term=%EF%BC%91%EF%BC%92", "industry=999&industry=5x", "area=x&category=%00x".replace("%00", ""), "sort=--", "price_from=70000&price_to=10",
        "q=%F0%9F%98%80", "category=" + "&category=".join(f"c{n}" for n in range(100)),
    ],
)  # fmt: skip
def test_no_address_is_an_error(client, query):
    page(client, f"/plans/?{query}")
    assert client.get(f"/plans/?{query}", headers={"HX-Request": "true"}).status_code == 200
    assert client.get(f"/plans/suggestions/?{query}").status_code == 200


def test_htmx_gets_results_and_the_facets_with_their_counts(client):
    text = client.get("/plans/?q=快收", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert 'id="facets" hx-swap-oob="true"' in text


def test_list_ends_and_says_so(client, monkeypatch):
    from tcloud.catalogue.queries import search

    monkeypatch.setattr(search, "MOST_SHOWN", 2)
    monkeypatch.setattr("tcloud.web.public.catalogue.PER_PAGE", 2)
    text = page(client, "/plans/?sort=price")
    assert "共3項方案" in text
    assert "這裡只列出前2項" in text


def test_page_costs_the_same_for_few_and_many(client, django_assert_max_num_queries):
    client.cookies["messages"] = "x"  # not kept
    # two of the thirteen put the planner right again, which is needed within a transaction alone
    with django_assert_max_num_queries(13) as few:
        client.get("/plans/?q=庫存&orderable=1")
    supplier = factories.supplier()
    for _ in range(25):
        factories.plan(supplier)
    with django_assert_max_num_queries(13) as many:
        client.get("/plans/?q=庫存&orderable=1")
    assert len(few) == len(many)


def test_suggestions_are_options_and_asked_only_so_often(client, monkeypatch):
    monkeypatch.setattr("tcloud.web.ui.limits.RATES", {"suggestions": "2/m/ip"})
    assert (
        client.get("/plans/suggestions/?q=小吃").content.decode().strip()
        == '<option value="小吃店"></option>'
    )
    assert client.get("/plans/suggestions/?q=小吃").status_code == 200  # kept, not counted
    assert client.get("/plans/suggestions/?q=快").status_code == 200
    assert client.get("/plans/suggestions/?q=雲").status_code == 429


def test_english_page_lists_the_same(client):
    assert "plan-name" in page(client, "/en/plans/?q=雲倉")
