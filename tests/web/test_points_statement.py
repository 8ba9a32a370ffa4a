"""我的點數: entries narrowed and paged, what happens to each grant in words, and the way of its points (R-11 to R-18)."""

import csv
import io
import itertools
import re
from datetime import timedelta

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tcloud.core import clock
from tcloud.core.actors import OFFICER, Actor
from tcloud.web.member import points as points_pages
from tests import factories
from tests.english import PUNCTUATION
from tests.factories import NOW
from tests.points.lives import Life
from tests.web.points_pages import browser, codes, csv_rows, page_of, used

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment():
    with clock.moved_to(NOW + timedelta(days=1)):
        yield


@pytest.fixture
def edition():
    return factories.programme(code="tcloud")


@pytest.fixture
def life(edition):
    made, made.first, made.second = used(edition)
    return made


def test_running_balance_goes_on_from_page_to_page(edition):
    life = Life(edition)
    for _n in range(15):
        life.release(life.reserve(1_000))
    client = browser(life)
    pages = [client.get(reverse("points"), {"page": n}) for n in (1, 2)]
    rows = [row["entry"] for page in pages for row in page.context["rows"]]
    assert [len(page.context["rows"]) for page in pages] == [25, 6]
    assert len({row.id for row in rows}) == 31
    for later, earlier in itertools.pairwise(rows):
        assert later.available_after == earlier.available_after + later.available_change
    assert (rows[0].available_after, rows[-1].available_after) == (30_000, 30_000)
    assert len(client.get(reverse("points"), {"all": "1"}).context["rows"]) == 31


# Narrowing

DAY = {"year": "2027", "month": "1", "day": "15"}


def days(**given):
    return {f"{name}_{box}": value for name, day in given.items() for box, value in day.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["redeem", "release", "reserve", "reserve", "grant"]),
        ({"kind": "reserve"}, ["reserve", "reserve"]),
        ({"kind": "reverse"}, []),
        (days(since=DAY), ["redeem", "release", "reserve", "reserve", "grant"]),
        (days(since=DAY | {"day": "16"}), []),
        (days(until=DAY), ["redeem", "release", "reserve", "reserve", "grant"]),
        (days(until=DAY | {"day": "14"}), []),
        (days(since=DAY | {"year": "116"}, until=DAY | {"year": "116"}), ["redeem", "release", "reserve", "reserve", "grant"]),
        ({"kind": "reserve", **days(since=DAY)}, ["reserve", "reserve"]),
        ({"order": "FIRST"}, ["redeem", "reserve"]),
        ({"order": "second"}, ["release", "reserve"]),
        ({"order": "FIRST", "kind": "release"}, []),
    ],
)  # fmt: skip
def test_filter_shows_exactly(life, query, expected):
    orders = {"FIRST": life.first, "second": f" {life.second.lower()} "}
    query = query | ({"order": orders[query["order"]]} if "order" in query else {})
    client = browser(life)
    page = client.get(reverse("points"), query)
    assert codes(page) == expected
    assert page.context["shown"].entries == len(expected)
    assert page.context["whole"].entries == 5
    assert not page.context["form"].errors
    words = dict(points_pages.EntryFilter.base_fields["kind"].choices)
    assert [row["類別"] for row in csv_rows(client.get(reverse("points_csv"), query))] == [
        str(words[code]) for code in expected
    ]


def test_filter_by_grant(edition):
    life = Life(edition)
    first = life.grant
    life.end("return")
    second = life.again()
    assert codes(page_of(life, f"?grant={first.pk}")) == ["return", "grant"]
    assert codes(page_of(life, f"?grant={second.pk}")) == ["grant"]


BAD = {
    "kind=zz": "沒有這個類別",
    "grant=999999": "沒有這一次核發",
    "order=12345": "訂單編號是CE加10碼數字",
    "since_year=2027&since_month=2&since_day=30": "沒有這一天",
    "since_year=2027": "請填寫完整的年、月、日",
    "since_year=x&since_month=1&since_day=1": "年、月、日都須為數字",
    "since_year=9999&since_month=12&since_day=31": "年份請填西元年或民國年",
    "until_year=1500&until_month=1&until_day=1": "年份請填西元年或民國年",
    "since_year=2027&since_month=2&since_day=2&until_year=2027&until_month=2&until_day=1": "迄日不能早於起日",
}


@pytest.mark.parametrize(("query", "said"), BAD.items(), ids=BAD)
def test_wrong_filter_is_said_and_the_others_count(life, query, said):
    client = browser(life)
    kept = "" if query.startswith("kind") else "&kind=reserve"
    page = client.get(f"{reverse('points')}?{query}{kept}")
    html = page.content.decode()
    assert "有錯誤：" in html
    assert said in html
    assert 'class="errsum"' in html
    for part in query.split("&"):
        name, _equals, value = part.partition("=")
        assert name in ("kind", "grant") or f'value="{value}"' in html
    if kept and not query.startswith("since_year=2027&since_month=2&since_day=2"):
        assert set(codes(page)) == {"reserve"}
    refused = client.get(f"{reverse('points_csv')}?{query}")
    assert refused.status_code == 409
    assert "修正後再下載" in refused.content.decode()


@pytest.mark.rule("R-37")
def test_another_companys_grant_can_neither_be_opened_nor_filtered_by(life, edition):
    other = Life(edition)
    assert browser(life).get(reverse("points_grant", args=[other.grant.pk])).status_code == 404
    assert browser(life).get(reverse("points_grant", args=[10**30])).status_code == 404
    page = page_of(life, f"?grant={other.grant.pk}")
    assert "沒有這一次核發" in page.content.decode()
    assert all(row["entry"].grant_id == life.grant.pk for row in page.context["rows"])


def test_nothing_found_offers_the_filters_to_drop(life):
    page = page_of(life, f"?kind=release&order={life.first}")
    html = page.content.decode()
    assert "沒有符合條件的紀錄" in html
    assert [(drop["text"].split("：")[0], drop["count"]) for drop in page.context["drops"]] == [
        ("類別", 2),
        ("訂單編號", 1),
    ]


# Grants in words


def told(page):
    (card, *_others) = page.context["cards"]
    return card, " ".join(sentence for sentence, _rule in card.told), {rule for _sentence, rule in card.told}


@pytest.mark.rule("R-13")
def test_unactivated_grant_counts_down_and_says_that_all_is_taken_back(edition):
    life = Life(edition)
    with clock.moved_to(NOW + timedelta(days=1)):
        page = page_of(life)
    card, words, rules = told(page)
    assert (card.due_at, card.next_url) == (life.grant.activate_before, reverse("catalogue"))
    assert "30,000點全數收回，可以再次申請" in words
    assert rules == {"R-13"}
    html = page.content.decode()
    assert "2027年2月15日（一）" in html
    assert "還有 30 天" in html
    assert "個工作天" in html


@pytest.mark.rule("R-14")
@pytest.mark.rule("R-16")
def test_activated_grant_says_what_is_taken_back_and_what_stays(edition):
    life = Life(edition)
    life.reserve(12_000)
    card, words, rules = told(page_of(life))
    assert card.due_at == life.grant.expires_at
    assert "18,000點會收回，不得再次申請" in words
    assert "為訂單保留的12,000點不受期限影響" in words
    assert rules == {"R-14", "R-16"}


@pytest.mark.rule("R-14")
def test_overdue_grant_is_unusable_before_any_scan(edition):
    life = Life(edition)
    with clock.moved_to(life.grant.activate_before):
        page = page_of(life)
    card, words, _rules = told(page)
    assert (card.due_at, card.words) == (None, "已逾期")
    assert "30,000點不能再使用" in words
    assert page.context["next_end"] is None


@pytest.mark.rule("R-13")
def test_grant_taken_back_unactivated_leads_to_applying_again_until_there_is_a_new_one(edition):
    life = Life(edition)
    life.end("return")
    card, words, _rules = told(page_of(life))
    assert "30,000點全數收回，可以再次申請" in words
    assert card.next_url == reverse("join")
    life.again()
    assert [card.next_url for card in page_of(life).context["cards"]] == [reverse("catalogue"), ""]


@pytest.mark.rule("R-14")
def test_expired_grant_leads_nowhere(edition):
    life = Life(edition)
    life.reserve(5_000)
    life.end("expire")
    card, words, rules = told(page_of(life))
    assert "收回沒有用掉的25,000點，不得再次申請" in words
    assert card.next_url == ""
    assert rules == {"R-14", "R-16"}


def test_reversed_grant_gives_the_reason_and_not_the_officers_name(edition):
    life = Life(edition)
    officer = factories.user(staff_role="officer", name="王大明")
    life.end("reverse", by=Actor(OFFICER, officer.pk, None, officer.name), reason="重複申請。")
    client = browser(life)
    for address in (reverse("points"), reverse("points_grant", args=[life.grant.pk])):
        html = client.get(address).content.decode()
        assert "重複申請。" in html
        assert "承辦人員" in html
        assert "王大明" not in html


@pytest.mark.rule("R-16")
def test_points_back_after_the_end_are_taken_back_by_their_own_rule(edition):
    life = Life(edition)
    number = life.reserve(5_000)
    life.end("expire")
    life.at = life.grant.expires_at
    life.release(number)
    rules = [(row["entry"].code, row["rule"]) for row in page_of(life).context["rows"]]
    assert rules[:3] == [("expire", "R-16"), ("release", "R-16"), ("expire", "R-14")]


# The way of one grant


@pytest.mark.rule("R-18")
def test_grant_page_draws_the_way_and_tells_the_life(life):
    seller = factories.supplier(ubn="99990377")
    page = browser(life).get(reverse("points_grant", args=[life.grant.pk]))
    drawing = page.context["drawing"]
    moves = [
        (move.words, move.points, move.entries, move.back) for stop in drawing.stops for move in stop.moves
    ]
    assert moves == [
        ("核發", 30_000, 1, False),
        ("保留", 14_000, 2, False),
        ("退回", 4_000, 1, True),
        ("折抵", 10_000, 1, False),
    ]
    assert [stop.points for stop in drawing.stops] == [None, None, 20_000, 0, 10_000]
    assert drawing.adds_up
    assert [step["title"] for step in page.context["steps"]] == [
        "核發點數：30,000 點", "為訂單保留：10,000 點", "點數啟用", "為訂單保留：4,000 點", "訂單沒有完成，退回點數：4,000 點",
        "訂單完成，折抵點數：10,000 點", "使用期限",
    ]  # fmt: skip
    assert f"應付{seller.name}" in page.content.decode()


def test_grant_page_tells_of_notices_and_not_of_what_officers_discuss(edition):
    life = Life(edition)
    case = f"company/{life.company.pk}"
    life.event("points.expiring", case, factories.officer(), days=7, kind="activation")
    life.event("points.reversal_requested", case, factories.officer(), reason="內部")
    page = browser(life).get(reverse("points_grant", args=[life.grant.pk]))
    assert "期限前7天的提醒。" in page.content.decode()
    assert "內部" not in page.content.decode()
    assert [step["title"] for step in page.context["steps"]][-2:] == ["啟用期限", "使用期限"]


# Languages, cost


def test_pages_are_valid_with_one_heading_and_nothing_inline(life):
    client = browser(life)
    for query in ("", "?kind=expire", "?kind=zz&since_year=1"):
        addresses = [reverse("points") + query, reverse("points_grant", args=[life.grant.pk])]
        for html in (client.get(address).content.decode() for address in addresses):
            parser = html5lib.HTMLParser()
            parser.parse(html)
            assert not parser.errors
            assert len(re.findall(r"<h1\b", html)) == 1
            assert not re.findall(r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)', html)


def test_speaks_english(life):
    client = browser(life)
    for address in ("/en/member/points/", f"/en/member/points/{life.grant.pk}/", "/en/points/"):
        html = client.get(address).content.decode()
        assert '<html lang="en">' in html
        assert "R-17" in html
        assert not PUNCTUATION.findall(html)
    rows = list(csv.reader(io.StringIO(client.get("/en/member/points/statement.csv").content.decode()[1:])))
    assert rows[0][:3] == ["Entry no.", "Time", "Category"]
    assert rows[1][2] == "Order completed, points used"


def test_costs_the_same_for_one_grant_and_for_five(edition):
    short, long = Life(edition), Life(edition)
    short.redeem(short.reserve(10))
    for _n in range(4):
        long.end("return")
        long.again()
    for _n in range(30):
        long.redeem(long.reserve(10), "99990377")
    cost = {}
    for name, life in (("short", short), ("long", long)):
        client = browser(life)
        client.get(reverse("points"))
        for address in (
            reverse("points"),
            reverse("points_csv"),
            reverse("points_grant", args=[life.grant.pk]),
        ):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            cost[name, address.replace(str(life.grant.pk), "n")] = len(captured)
    for address in {address for _name, address in cost}:
        assert cost["short", address] == cost["long", address] <= 22, address
