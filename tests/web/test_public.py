"""What visitors read: complete in both languages, valid, and quick whatever the number of plans."""

import re
from datetime import datetime

import html5lib
import pytest
from django.template.loader import render_to_string
from django.test import Client

from tcloud.core import clock
from tcloud.programme.models import Programme
from tcloud.support.operations import faq
from tcloud.web.ui.navigation import url_or_none
from tests import factories

pytestmark = pytest.mark.django_db
PAGES = (
    "/", "/guide/", "/points/", "/eligibility/", "/eligibility/?asked=1", "/plans/", "/plans/?q=zzzz", "/plans/compare/", "/faq/",
    "/faq/?q=點數", "/faq/?q=zzzz", "/faq/points-expiry/", "/faq/points-expiry/feedback/", "/contact/", "/sitemap/", "/policies/privacy/", "/policies/security/", "/policies/open-data/",
    "/policies/accessibility/", "/policies/terms/", "/account/login/", "/account/password/reset/", "/styleguide/",
    "/styleguide/console/",
)  # fmt: skip


@pytest.fixture
def edition() -> Programme:
    faq.import_shipped(at=clock.now())
    return factories.programme(at=clock.now())


def text(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers or None)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_valid_with_one_heading_a_title_and_its_language(
    client: Client, edition: Programme, path: str, prefix: str
) -> None:
    page = text(client, prefix + path)
    parser = html5lib.HTMLParser()
    parser.parse(page)
    assert not parser.errors
    assert len(re.findall(r"<h1\b", page)) == 1
    assert ('<html lang="en">' if prefix else '<html lang="zh-Hant">') in page
    assert not re.findall(
        r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=| type="application/ld\+json">)', page
    )


def test_titles_tell_pages_apart(client: Client, edition: Programme) -> None:
    paths = [path for path in PAGES if "?" not in path]
    titles = {re.findall(r"<title>(.*?)</title>", text(client, path), re.S)[0] for path in paths}
    assert len(titles) == len(paths)


def test_pages_stand_before_any_edition_is_opened(client: Client) -> None:
    page = text(client, "/")
    assert "本期計畫尚未開放申請" in page
    assert "0809-092-091" in page


@pytest.mark.rule("R-17")
def test_home_computes_its_example_from_a_listed_plan(client: Client, edition: Programme) -> None:
    supplier = factories.supplier()
    for price in (20_000, 100_000, 60_000):
        factories.plan(supplier, price_twd=price)
    page = text(client, "/")
    assert "NT$60,000" in page.split('id="journey"')[0]
    assert "−30,000 點" in page


def test_catalogue_asks_the_same_number_of_questions_for_few_and_many(
    client: Client, edition: Programme, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    supplier = factories.supplier()
    factories.plan(supplier)
    text(client, "/plans/")
    with django_assert_max_num_queries(10) as few:
        text(client, "/plans/?category=stock")
    for _number in range(12):
        factories.plan(supplier)
    text(client, "/plans/")
    with django_assert_max_num_queries(10) as many:
        text(client, "/plans/?category=stock")
    assert len(few) == len(many)


def test_catalogue_narrows_by_price_and_ignores_nonsense(client: Client, edition: Programme) -> None:
    supplier = factories.supplier()
    factories.plan(supplier, price_twd=9_000, plan_zh="小")
    factories.plan(supplier, price_twd=90_000, plan_zh="大")
    page = text(client, "/plans/?price=to-10000&term=x&term=99999&category=nope'&sort=;drop&page=zzz")
    assert "沒有符合全部條件的方案" in page  # an unknown category has no plans; it can be dropped
    page = text(client, "/plans/?price=to-10000&sort=;drop&page=zzz")
    assert "NT$9,000" in page
    assert "NT$90,000" not in page


def test_catalogue_gives_htmx_the_results_only(client: Client, edition: Programme) -> None:
    factories.plan()
    response = client.get("/plans/", headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert "HX-Request" in response.headers["Vary"]


def test_plan_shows_every_deadline_before_one_orders(client: Client, edition: Programme) -> None:
    plan = factories.plan()
    page = text(client, f"/plans/{plan.code}/")
    rows = re.findall(r"(\d+)個工作天內</h3><p class=\"mb-0\">最晚<b><time datetime=\"([\d-]+)\">", page)
    assert [days for days, _day in rows] == ["3", "2", "2", "7", "5"]
    due = [day for _days, day in rows]
    assert due == sorted(set(due))
    assert min(day for _days, day in rows) > clock.today().isoformat()
    assert "資料帶走" in page


def test_plan_not_listed_is_not_found(client: Client, edition: Programme) -> None:
    plan = factories.plan()
    type(plan).objects.filter(pk=plan.pk).update(delisted_at=clock.now())
    assert client.get(f"/plans/{plan.code}/").status_code == 404


def test_plan_speaks_english_from_its_own_english_fields(client: Client, edition: Programme) -> None:
    plan = factories.plan()
    assert "Stock kept." in text(client, f"/en/plans/{plan.code}/")


def test_compare_marks_only_rows_that_differ(client: Client, edition: Programme) -> None:
    supplier = factories.supplier()
    first, second = factories.plan(supplier, price_twd=20_000), factories.plan(supplier, price_twd=40_000)
    page = text(client, f"/plans/compare/?compare={first.code}&compare={second.code}&compare=nope")
    rows = {
        name: bool(marked)
        for marked, name in re.findall(r'<tr( class="diff")?><th scope="row">([\w（）]+)', page)
    }
    assert rows["價格（含稅）"]
    assert not rows["期間"]


@pytest.mark.rule("R-01")
@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("registered=yes&small=yes&clear=yes", "看起來符合資格"),
        ("registered=yes&small=no&clear=yes", "資本額與員工人數都超過標準"),
        ("registered=no&small=yes&clear=yes", "停業中的企業"),
        ("registered=yes", "第2題請選擇是或否"),
    ],
)
def test_eligibility_check_answers_and_keeps_nothing(
    client: Client, edition: Programme, answers: str, sentence: str
) -> None:
    assert sentence in text(client, f"/eligibility/?asked=1&{answers}")
    assert not client.session.keys()


def test_faq_search_finds_and_says_when_it_does_not(client: Client, edition: Programme) -> None:
    assert "點數什麼時候<mark>到期</mark>" in text(client, "/faq/?q=到期")
    assert "沒有含「量子」的問題" in text(client, "/faq/?q=量子")


def test_language_link_keeps_the_page(client: Client, edition: Programme) -> None:
    assert 'href="/en/plans/?q=%E9%9B%B2"' in text(client, "/plans/?q=%E9%9B%B2")
    assert 'href="/guide/"' in text(client, "/en/guide/")


def test_sign_up_form_of_the_library_is_not_reachable(client: Client, edition: Programme) -> None:
    assert client.get("/account/signup/").headers["Location"] == "/guide/"
    for path in ("/account/email/", "/account/confirm-email/", "/accounts/login/", "/account/3rdparty/"):
        assert client.get(path).status_code == 404


def test_unknown_policy_is_not_found(client: Client, edition: Programme) -> None:
    assert client.get("/policies/../base/").status_code == 404
    assert client.get("/policies/_base/").status_code == 404


def test_missing_page_says_where_to_go_instead(client: Client, edition: Programme) -> None:
    answer = client.get("/nope/")
    assert answer.status_code == 404
    assert "找不到這個頁面" in answer.content.decode()


def test_broken_server_still_has_a_page_without_any_context() -> None:
    assert "沒有改變任何資料" in render_to_string("500.html")


def test_stale_form_token_is_explained(edition: Programme) -> None:
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@example.tw"})
    assert answer.status_code == 403
    assert "頁面已過期" in answer.content.decode()


@pytest.mark.parametrize("role", ["", "officer"])
def test_sign_in_by_password_leads_to_ones_own_desk(client: Client, edition: Programme, role: str) -> None:
    person = factories.user(staff_role=role) if role else factories.user(factories.company())
    answer = client.post("/account/login/", {"login": person.email, "password": factories.PASSWORD})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/account/"
    desk = client.get("/account/").headers["Location"]
    wanted = "office_home" if role else "member_home"
    assert desk == (url_or_none(wanted) or "/")


def test_sign_in_with_a_wrong_password_says_so_once(client: Client, edition: Programme) -> None:
    person = factories.user(factories.company())
    answer = client.post("/account/login/", {"login": person.email, "password": "wrong-wrong-wrong"})
    assert answer.status_code == 200
    assert "errsum" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_sign_out_needs_a_post(client: Client, edition: Programme) -> None:
    client.force_login(factories.user(factories.company()))
    assert client.get("/account/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post("/account/logout/").headers["Location"] == "/"
    assert "_auth_user_id" not in client.session


@pytest.mark.rule("R-15")
def test_points_guide_takes_every_number_from_the_edition(client: Client) -> None:
    factories.programme(
        grant_points=24_000, activation_months=2, expiry_months=5, points_share_numerator=1, points_share_denominator=3,
        min_points=7, at=clock.now(),
    )  # fmt: skip
    with clock.moved_to(datetime(2027, 1, 30, 9, tzinfo=clock.TAIPEI)):
        page = text(client, "/points/")
    for words in (
        "24,000 點",
        "啟用期限：2個月",
        "使用期限：5個月",
        "價格的1/3",
        "至少7點",
        "NT$48,000",
        "−16,000 點",
    ):
        assert words in page, words
    for day in ("2027-01-30", "2027-03-30", "2027-06-30", "2027-01-31", "2027-03-31"):
        assert f'<time datetime="{day}">' in page, day
    assert "30,000" not in page
    assert all(f'id="R-{number}"' in page for number in range(11, 19))


def test_points_guide_is_linked_from_where_people_ask(client: Client, edition: Programme) -> None:
    for path in ("/", "/guide/", "/faq/", "/sitemap/"):
        assert 'href="/points/"' in text(client, path), path
