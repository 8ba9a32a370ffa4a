"""我的訂單: building, sending, watching and ending an order in the browser (R-17, R-19, R-21, R-26, R-27, R-37, R-38)."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benches.minimal.submission import STATEMENTS
from tcloud.contracts.states import CONTRACT
from tcloud.core import clock
from tcloud.core.uploads import accept
from tcloud.members.models import Consent
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.orders.states import ORDER
from tcloud.payments.states import CHARGE
from tcloud.points import queries as points
from tcloud.web.member import orders_urls
from tcloud.web.member.presentation import timeline
from tcloud.web.ui import icalendar
from tests import factories
from tests.factories import NOW
from tests.web.order_pages import browser, hidden, page, sign, with_test_cards

pytestmark = pytest.mark.django_db
LIST = "/member/orders/"


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


@pytest.fixture
def client(company):
    return browser(company)


@pytest.fixture
def plan():
    return factories.plan()


def filled(client, plan, **changes):
    """The form as the browser posts it."""
    text = page(client.get(f"{LIST}new/{plan.code}/"))
    values = {name: hidden(text, name) for name in ("plan", "version", "key")}
    values |= {
        "points": "30000",
        "contact_name": "王小明",
        "contact_email": "owner@example.tw",
        "contact_phone": "",
    }
    return values | changes


@pytest.mark.rule("R-17")
def test_new_order_shows_the_split_and_every_deadline_before_ordering(client, plan):
    text = page(client.get(f"{LIST}new/{plan.code}/"))
    assert re.search(r'name="points" value="30000"[^>]*min="1" max="30000"', text)
    assert "NT$60,000" in text
    assert "NT$30,000" in text
    for days in (3, 2, 7, 5):
        assert f"{days} 個工作天內" in text


@pytest.mark.rule("R-17")
def test_calculating_again_keeps_what_was_typed_and_makes_nothing(client, plan):
    values = filled(client, plan, points="1000", contact_name="", contact_phone="02-1")
    text = page(client.post(f"{LIST}new/{plan.code}/", values))
    assert "NT$59,000" in text
    assert 'value="02-1"' in text
    assert "請填寫聯絡人姓名" not in text
    partial = client.post(f"{LIST}new/{plan.code}/", values, headers={"HX-Request": "true"}).content.decode()
    assert "NT$59,000" in partial
    assert "<html" not in partial
    assert not Order.objects.exists()


@pytest.mark.parametrize("wrong", ["0", "30001", "1.5", "", "-3", "9" * 30])
@pytest.mark.rule("R-17")
def test_creating_refuses_points_outside_what_may_be_used(client, plan, wrong):
    text = page(client.post(LIST, filled(client, plan, points=wrong)), 422)
    assert 'class="errsum"' in text
    assert 'href="#id_points"' in text
    assert not Order.objects.exists()


def test_new_order_without_points_says_why_and_offers_no_form(edition, plan):
    poor = factories.participant(edition)
    text = page(browser(poor).get(f"{LIST}new/{plan.code}/"))
    assert "目前沒有可用的點數" in text
    assert 'name="points"' not in text


def test_new_order_of_a_plan_that_takes_no_orders_is_not_found(client, plan):
    plan.solution.supplier.takes_orders = False
    plan.solution.supplier.save()
    assert client.get(f"{LIST}new/{plan.code}/").status_code == 404


@pytest.mark.rule("R-38")
def test_same_request_twice_makes_one_order_and_the_key_with_another_body_is_refused(client, plan):
    values = filled(client, plan)
    first, second = client.post(LIST, values), client.post(LIST, values)
    assert first.status_code == 302
    assert first["Location"] == second["Location"]
    text = page(client.post(LIST, values | {"points": "5"}), 422)
    assert "請求編號已用於另一張訂單" in text
    assert Order.objects.count() == 1


@pytest.mark.rule("R-19")
def test_plan_changed_meanwhile_is_said_and_the_input_kept(client, plan):
    stale = filled(client, plan, version=str(plan.current_id + 999), contact_name="陳大文")
    text = page(client.post(LIST, stale), 409)
    assert "供應商剛更新了這個方案" in text
    assert 'value="陳大文"' in text
    assert hidden(text, "version") == str(plan.current_id)
    assert not Order.objects.exists()


@pytest.mark.rule("R-21")
def test_order_is_built_signed_and_sent_and_at_each_interruption_offers_its_next_step(client, company, plan):
    made = client.post(LIST, filled(client, plan))
    order = Order.objects.get()
    base = made["Location"]
    text = page(client.get(base))
    assert f'data-copy="{order.number}"' in text
    assert "確認訂單與金額" in text
    assert f'action="{base}submission/"' not in text
    assert client.post(f"{base}contract/")["Location"] == f"{base}contract/"
    assert f'href="{base}contract/"' in page(client.get(base))
    text = page(client.get(f"{base}contract/"))
    assert "下載契約全文" in text
    assert "供應商要在3個工作天內接單" in text
    sign(client, order, company)
    assert Consent.objects.filter(case=order.case, document="contract_terms_ack").count() == 1
    assert f'action="{base}submission/"' in page(client.get(base))
    assert "契約已簽署" in page(client.get(f"{base}signed/"))
    sent, again = client.post(f"{base}submission/"), client.post(f"{base}submission/")
    assert sent["Location"] == again["Location"] == f"{base}?sent=1"
    text = page(client.get(sent["Location"]))
    assert "訂單已送出" in text
    assert "供應商接單期限" in text
    assert "1月20日" in text
    order.refresh_from_db()
    assert order.state == "SUBMITTED"
    assert points.statement(order.programme, company, at=NOW).reserved_points == 30_000


@pytest.mark.rule("R-21")
def test_sending_with_points_used_elsewhere_is_refused_and_nothing_changes(client, edition, company):
    first, second = (factories.signed(edition, company, factories.plan()) for _ in range(2))
    assert client.post(f"{LIST}{first.number}/submission/").status_code == 302
    text = page(client.post(f"{LIST}{second.number}/submission/"), 409)
    assert "點" in text
    second.refresh_from_db()
    assert second.state == "DRAFT"
    assert second.submitted_at is None
    assert points.statement(edition, company, at=NOW).reserved_points == 30_000


def test_draft_made_anew_keeps_its_values_under_a_new_number(client, edition, company):
    draft = factories.draft(edition, company, points=1234)
    url = f"{LIST}{draft.number}/discarding/"
    moved = client.post(url, {"again": "1"})
    assert moved["Location"].endswith(f"?from={draft.number}") == (
        client.post(url, {"again": "1"}).status_code == 302
    )
    text = page(client.get(moved["Location"]))
    assert 'value="1234"' in text
    assert 'value="owner@example.tw"' in text
    draft.refresh_from_db()
    assert draft.state == "DISCARDED"
    assert client.get(f"{LIST}{draft.number}/").status_code == 404


def test_values_of_another_companys_draft_are_not_shown(client, edition):
    other = factories.granted(edition)
    draft = factories.draft(
        edition, other, points=777, contact={"name": "祕密", "email": "x@example.tw", "phone": ""}
    )
    text = page(client.get(f"{LIST}new/{draft.plan_version.plan.code}/?from={draft.number}"))
    assert "祕密" not in text
    assert "777" not in text


# The list


def test_list_is_empty_at_first_and_leads_to_the_plans(client):
    text = page(client.get(LIST))
    assert "還沒有訂單" in text
    assert "/plans/" in text


def test_list_needs_as_many_queries_for_twenty_orders_as_for_one(client, edition, company):
    plans = [factories.plan(price_twd=2_000) for _ in range(6)]
    factories.submitted(edition, company, plans[0])
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for plan in plans[1:]:
        factories.submitted(edition, company, plan)
    with CaptureQueriesContext(connection) as many:
        text = page(client.get(LIST))
    assert len(many) == len(one), [query["sql"] for query in many]
    assert text.count("待供應商接單") == 6
    assert text.count("剩 3 個工作天") == 6


def test_submission_is_as_many_statements_as_the_bench_makes_beside_it(client, edition, company):
    """Constant, whatever else the company has ordered; transaction marks aside."""
    factories.submitted(
        edition, company, factories.plan(price_twd=2_000)
    )  # this process has read the calendar then
    marks = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    for _order in range(2):
        order = factories.signed(edition, company, factories.plan(price_twd=2_000))
        with CaptureQueriesContext(connection) as made:
            assert client.post(f"{LIST}{order.number}/submission/").status_code == 302
        said = [" ".join(row["sql"].split()) for row in made.captured_queries]
        assert sum(not sql.startswith(marks) for sql in said) == STATEMENTS, said


def test_list_narrows_to_a_group_of_states(client, edition, company):
    waiting = factories.submitted(edition, company, factories.plan(price_twd=2_000))
    draft = factories.draft(edition, company, factories.plan(price_twd=2_000))
    text = page(client.get(f"{LIST}?state=todo"))
    assert draft.number in text
    assert waiting.number not in text
    assert "沒有符合條件的訂單" in page(client.get(f"{LIST}?state=completed"))


# The order page


def test_every_event_of_an_order_has_its_sentence_or_is_left_out_on_purpose():
    types = {t.event for machine in (ORDER, CONTRACT, CHARGE) for t in machine.transitions}
    types |= {
        "order.invoiced",
        "order.invoice_missed",
        "order.delivery_missed",
        "charge.opened",
        "charge.mismatch",
    }
    assert types <= timeline.SENTENCES.keys() | timeline.HIDDEN
    assert not timeline.SENTENCES.keys() & timeline.HIDDEN


@pytest.mark.parametrize(
    ("make", "title", "due"),
    [
        (factories.submitted, "等待供應商接單", "1月20日"),
        (factories.accepted, "請支付自付款", "1月19日"),
        (factories.paid, "等待供應商提供服務", "1月26日"),
        (factories.delivered, "請確認服務", "1月22日"),
    ],
)
def test_order_page_says_what_to_do_next_and_by_when(client, edition, company, make, title, due):
    order = make(edition, company)
    text = page(client.get(f"{LIST}{order.number}/"))
    assert f">{title}</h2>" in text
    assert f"{due}" in text.split('class="due"')[1][:300]
    assert "個工作天" in text.split('class="tl"')[1]


@pytest.mark.rule("R-27")
def test_withdrawing_tells_its_effects_first_then_returns_the_points_once(client, edition, company):
    order = factories.submitted(edition, company)
    url = f"{LIST}{order.number}/withdrawal/"
    assert "30,000 點立刻退回您的餘額，可用到2027年4月15日（四）" in page(client.get(url))
    assert points.spendable(edition, company, at=NOW) == 0
    for _ in range(2):
        assert client.post(url, {"reason": "找到更適合的"})["Location"] == f"{LIST}{order.number}/"
    assert points.spendable(edition, company, at=NOW) == 30_000
    text = page(client.get(f"{LIST}{order.number}/"))
    assert "訂單已撤回" in text
    assert "找到更適合的" in text


@pytest.mark.rule("R-27")
def test_withdrawing_after_acceptance_changes_nothing_and_says_so(client, edition, company):
    order = factories.accepted(edition, company)
    text = page(client.post(f"{LIST}{order.number}/withdrawal/", {}, follow=True))
    assert "已不能執行這個動作" in text
    order.refresh_from_db()
    assert order.state == "ACCEPTED"


@pytest.mark.rule("R-26")
def test_confirming_twice_completes_the_order_once(client, edition, company):
    order = factories.delivered(edition, company)
    url = f"{LIST}{order.number}/confirmation/"
    assert "不能再提出爭議" in page(client.get(url))
    assert {client.post(url).status_code, client.post(url).status_code} == {302}
    order.refresh_from_db()
    assert order.state == "COMPLETED"
    assert points.statement(edition, company, at=NOW).redeemed_points == 30_000
    assert "訂單已完成" in page(client.get(f"{LIST}{order.number}/"))


@pytest.mark.rule("R-26")
def test_disputing_needs_a_reason_and_is_shown(client, edition, company):
    order = factories.delivered(edition, company)
    url = f"{LIST}{order.number}/dispute/"
    assert "請說明原因" in page(client.post(url, {"reason": "  "}), 422)
    client.post(url, {"reason": "無法登入"})
    text = page(client.get(f"{LIST}{order.number}/"))
    assert "爭議處理中" in text
    assert "無法登入" in text


@pytest.mark.rule("R-26")
def test_company_takes_its_dispute_back_and_a_second_press_finds_it_done(client, edition, company):
    order = factories.delivered(edition, company)
    url = f"{LIST}{order.number}/dispute/withdrawal/"
    assert client.post(url)["Location"] == f"{LIST}{order.number}/"
    order.refresh_from_db()
    assert order.state == "DELIVERED"
    orders.dispute(order, reason="無法登入", by=factories.actor(company), at=NOW)
    assert url in page(client.get(f"{LIST}{order.number}/"))
    assert "30,000 點正式使用" in page(client.get(url))
    assert browser(factories.granted(edition)).post(url).status_code == 404
    for _twice in range(2):
        assert client.post(url)["Location"] == f"{LIST}{order.number}/"
    text = page(client.get(f"{LIST}{order.number}/"))
    assert "撤回爭議並確認服務，訂單完成" in text
    assert "確認服務期限" in text  # lifted, and still told


@pytest.mark.rule("R-29")
def test_order_page_shows_a_missed_supplier_deadline(client, edition, company):
    order = factories.paid(edition, company)
    with clock.moved_to(NOW + timedelta(days=30)):
        text = page(client.get(f"{LIST}{order.number}/"))
    assert "供應商逾期未提供服務" in text
    assert "已逾期" in text


def test_contract_is_downloaded_with_its_signatures_under_its_name(client, edition, company):
    order = factories.accepted(edition, company)
    response = client.get(f"{LIST}{order.number}/contract/file/")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert f"-{order.number}.pdf" in response["Content-Disposition"]
    assert page(client.get(f"{LIST}{order.number}/")).count("以工商憑證簽署") == 2


# Calendar file


def test_calendar_file_holds_the_last_day_of_each_open_deadline(client, edition, company):
    order = factories.paid(edition, company)
    response = client.get(f"{LIST}{order.number}/deadlines.ics")
    lines = re.sub("\r\n ", "", response.content.decode()).split("\r\n")
    assert response["Content-Type"].startswith("text/calendar")
    starts = [line.rpartition(":")[2] for line in lines if line.startswith("DTSTART")]
    states = [line.rpartition(":")[2] for line in lines if line.startswith("STATUS")]
    assert list(zip(starts, states, strict=True)) == [
        ("20270119", "CANCELLED"), ("20270119", "CONFIRMED"), ("20270120", "CANCELLED"), ("20270126", "CONFIRMED")
    ]  # fmt: skip
    assert sum(order.number in line for line in lines if line.startswith("SUMMARY")) == 4


def test_calendar_lines_are_folded_by_octets_and_text_is_escaped():
    event = icalendar.DayEvent("1@x", date(2027, 1, 19), "付款" * 40, 'a,b;c\\d\r\ne\x07"')
    text = icalendar.calendar_text([event], name="名", at=NOW)
    lines = text.split("\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= 75
    whole = re.sub("\r\n ", "", text)
    assert "SUMMARY:" + "付款" * 40 in whole
    assert 'DESCRIPTION:a\\,b\\;c\\\\d\\ne"' in whole
    assert "DTSTAMP:20270115T020000Z" in whole
    assert "DTEND;VALUE=DATE:20270120" in whole


#


@pytest.mark.rule("R-37")
def test_other_company_gets_404_at_every_address_and_changes_nothing(edition, company):
    order = factories.accepted(edition, company)
    own, stranger = browser(company), browser(factories.granted(edition))
    by = factories.actor(company)
    said = orders.write(order, "您好", [accept("a.txt", b"a")], request_key="k", by=by, at=NOW)
    change = orders.propose_change(order, "seats", {"seats": 2}, by=by, at=NOW)
    keys = {"order_thread_file": said.files.get().pk, "order_change_decision": change.pk}
    values = {"number": order.number, "session": order.contract.signing_sessions.first().pk, "kind": "seats"}
    patterns = [pattern for pattern in orders_urls.urlpatterns if "number" in pattern.pattern.converters]
    assert len(patterns) == 31
    for pattern in patterns:
        known = values | {"pk": keys.get(pattern.name, 0)}
        path = LIST + re.sub(r"<\w+:(\w+)>", lambda found: str(known[found[1]]), str(pattern.pattern))  # noqa: B023
        answers = {
            getattr(stranger, method)(path, {"reason": "x", "agree": "on", "signature": "AAAA"}).status_code
            for method in ("get", "post")
        }
        assert 404 in answers, path
        assert answers <= {404, 405}, path
        found = {own.get(path).status_code}
        assert 404 not in found, path
    untouched = Order.objects.get()
    assert (untouched.state, untouched.version) == (order.state, order.version)


def test_visitor_is_sent_to_sign_in(edition, company):
    from django.test import Client

    order = factories.submitted(edition, company)
    assert "/account/login/" in Client().get(f"{LIST}{order.number}/")["Location"]


def test_pages_of_an_order_are_complete_in_english(edition, company):
    english = browser(company)
    order = factories.delivered(edition, company)
    for path in ("", "contract/file/", "dispute/", "confirmation/", "payment/result/"):
        assert english.get(f"/en{LIST}{order.number}/{path}").status_code == 200
