"""Lists of orders: searched, filtered, sorted, paged and exported by their address; each shows only its own (R-37)."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from tcloud.contracts.document import Party
from tcloud.core import clock
from tcloud.leads import operations as leads
from tcloud.orders import operations as orders
from tcloud.web.ui import order_list
from tests import factories
from tests.adapters.card.authorities import services
from tests.factories import NOW
from tests.web.order_pages import browser, page, with_test_cards
from tests.web.test_office_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def world():
    """Two companies and two suppliers: an order of each pair."""
    edition = factories.programme()
    plans = [
        factories.plan(factories.supplier(), price_twd=price, solution_zh=name, plan_zh=name)
        for price, name in ((2_000, "雲倉"), (4_001, "點名系統"))
    ]
    companies = [factories.granted(edition) for _ in range(2)]
    orders = {
        "waiting": factories.submitted(edition, companies[0], plans[0], points=100),
        "to_pay": factories.accepted(edition, companies[0], plans[1], points=100),
        "paid": factories.paid(edition, companies[1], plans[0], points=100),
    }
    return {"companies": companies, "suppliers": [plan.solution.supplier for plan in plans], **orders}


READERS = {
    "company": ("order_list", lambda w: browser(w["companies"][0]), {"waiting", "to_pay"}),
    "supplier": ("supplier_orders", lambda w: browser(w["suppliers"][0].company), {"waiting", "paid"}),
    "office": ("office_orders", lambda w: signed_in(factories.user(staff_role="officer")), {"waiting", "to_pay", "paid"}),
}  # fmt: skip


def table(answer):
    """The one order of a file: {column: what stands there}."""
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    return dict(zip(header, row, strict=True))


def rows(answer):
    body = answer.content.decode("utf-8-sig")
    return {row[0] for row in list(csv.reader(io.StringIO(body)))[1:]}


ALL = {"waiting", "to_pay", "paid"}
WANTED = {
    "": ALL,
    "q=點名": {"to_pay"},
    "q={waiting}": {"waiting"},
    "q={ubn}": {"paid"},
    "q=測試廠商 雲倉": {"waiting", "paid"},
    "late=on": set(),
    "since_year=2027&since_month=1&since_day=16": set(),
    "until_year=116&until_month=1&until_day=15": ALL,
    "q=點名&late=on": set(),
    "sort=due": ALL,
    "sort=price": ALL,
}


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("reader", READERS)
def test_list_and_file_hold_exactly_what_the_address_asks_for(world, reader):
    name, sign_in, own = READERS[reader]
    client = sign_in(world)
    for query, wanted in WANTED.items():
        address = query.format(waiting=world["waiting"].number.lower(), ubn=world["companies"][1].ubn)
        expected = {world[key].number for key in wanted & own}
        text = page(client.get(f"{reverse(name)}?{address}"))
        assert {world[key].number for key in ALL if world[key].number in text} == expected, query
        assert rows(client.get(f"{reverse(f'{name}_csv')}?{address}")) == expected, query
    assert client.get(reverse(f"{name}_ods")).content.startswith(b"PK")


@pytest.mark.rule("R-37")
def test_lists_and_files_say_what_an_order_follows_by_whose_lead_it_came_and_what_is_unread(world):
    earlier, supplier = world["paid"], world["suppliers"][0]
    company, by = world["companies"][1], factories.supplier_actor(earlier)
    earlier = orders.deliver(earlier, note="請登入", by=by, at=NOW)
    lead = leads.make(
        supplier, plan=None, company_ubn="", most_uses=9, days=9, note="展覽",
        user=factories.user(supplier.company), by=by, at=NOW,
    )  # fmt: skip
    leads.take_up(lead, company, user=factories.user(company), by=factories.actor(company), at=NOW)
    plan = earlier.plan_version.plan
    renewal = factories.submitted(earlier.programme, company, plan, points=100, follows=earlier)
    orders.write(renewal, "何時開始？", request_key="1", by=factories.actor(company), at=NOW)
    readers = {
        "order_list": browser(company),
        "supplier_orders": browser(supplier.company),
        "office_orders": signed_in(factories.user(staff_role="officer")),
    }
    for name, client in readers.items():
        text = page(client.get(reverse(name), {"q": renewal.number}))
        assert f'續約・原訂單 <span class="mono">{earlier.number}</span>' in text
        assert ("1則未讀" in text) is (name == "supplier_orders")
        assert (lead.printed in text) is (name != "order_list")
        said = table(client.get(reverse(f"{name}_csv"), {"q": renewal.number}))
        assert (said["類別"], said["原訂單"]) == ("續約", earlier.number)
        assert said.get("介紹代碼") == (None if name == "order_list" else lead.printed)


@pytest.mark.rule("R-37")
def test_an_order_stands_by_the_day_it_was_sent_and_for_its_company_by_the_day_it_was_drafted(world):
    company, plan = world["companies"][0], world["waiting"].plan_version.plan
    early, sent_at = NOW - timedelta(days=21), NOW + timedelta(days=1)
    late = factories.draft(world["waiting"].programme, company, plan, points=100, at=early)
    contract = orders.draw_up_contract(late, by=factories.actor(company), at=sent_at)
    session = factories.prepared(contract, Party.BUYER, at=sent_at)
    orders.finish_company_signature(
        session,
        factories.signature(session),
        services=services(sent_at),
        by=factories.actor(company),
        at=sent_at,
    )
    late.refresh_from_db()
    late = orders.submit(late, by=factories.actor(company), at=sent_at)
    for reader, (name, sign_in, own) in READERS.items():
        client, mine = sign_in(world), reader == "company"
        others = {world[key].number for key in own}
        text = page(client.get(reverse(name)))
        assert ("建立日從" in text, "送出日從" in text) == (mine, not mine)
        listed = [order.number for order in client.get(reverse(name)).context["page"]]
        assert listed.index(late.number) == (len(others) if mine else 0)
        listed = rows(client.get(f"{reverse(f'{name}_csv')}?since_year=2027&since_month=1&since_day=1"))
        assert listed == (others if mine else {late.number, *others})
        said = table(client.get(f"{reverse(f'{name}_csv')}?q={late.number}"))
        assert said["訂單送出時間"] == "2027-01-16 10:00:00"
        assert said.get("建立時間") == ("2026-12-25 10:00:00" if mine else None)


@pytest.mark.rule("R-37")
def test_files_say_when_an_order_was_sent_accepted_paid_and_over(world):
    client = browser(world["suppliers"][0].company)
    order = orders.deliver(world["paid"], note="n", by=factories.supplier_actor(world["paid"]), at=NOW)
    moments = ("訂單送出時間", "接單時間", "付款時間", "結束時間")
    said = table(client.get(reverse("supplier_orders_csv"), {"q": order.number}))
    assert [said[name] for name in moments] == [*["2027-01-15 10:00:00"] * 3, ""]
    over = NOW + timedelta(hours=1)
    orders.confirm(order, by=factories.actor(order.company), at=over)
    said = table(client.get(reverse("supplier_orders_csv"), {"q": order.number}))
    assert said["結束時間"] == "2027-01-15 11:00:00"
    said = table(client.get(reverse("supplier_orders_csv"), {"q": world["waiting"].number}))
    assert [bool(said[name]) for name in moments] == [True, False, False, False]


def test_whose_turn_it_is_and_what_is_overdue(world):
    company, desk = browser(world["companies"][0]), browser(world["suppliers"][0].company)
    assert rows(company.get(f"{reverse('order_list_csv')}?waiting=on")) == {world["to_pay"].number}
    both = {world["waiting"].number, world["paid"].number}
    assert rows(desk.get(f"{reverse('supplier_orders_csv')}?waiting=on")) == both
    with clock.moved_to(NOW + timedelta(days=6)):  # the invoice is late, acceptance is too
        desk = browser(world["suppliers"][0].company)
        assert rows(desk.get(f"{reverse('supplier_orders_csv')}?late=on")) == both
        assert rows(desk.get(f"{reverse('supplier_orders_csv')}?late=on&state=PAID")) == {
            world["paid"].number
        }


def test_an_empty_result_says_which_condition_to_drop(world):
    client = browser(world["companies"][0])
    text = page(client.get(f"{reverse('order_list')}?q=點名&state=completed"))
    assert "沒有符合條件的訂單" in text
    assert "不限「狀態：已完成」，1筆" in text
    assert "已套用的條件" in text


def test_a_wrong_condition_is_said_and_no_file_is_made(world):
    client = browser(world["companies"][0])
    text = page(client.get(f"{reverse('order_list')}?since_year=2027&since_month=2&since_day=30"))
    assert "沒有這一天" in text
    assert world["waiting"].number in text
    assert client.get(f"{reverse('order_list_csv')}?sort=nothing").status_code == 409


def test_a_file_has_its_limit(world, monkeypatch):
    monkeypatch.setattr(order_list, "MOST", 1)
    answer = browser(world["companies"][0]).get(reverse("order_list_csv"))
    assert answer.status_code == 409
    assert "分次下載" in answer.text


@pytest.mark.parametrize("reader", READERS)
def test_a_list_takes_as_many_queries_for_one_order_as_for_many(world, reader, django_assert_max_num_queries):
    name, sign_in, _own = READERS[reader]
    client, counted = sign_in(world), []
    for address in ("", "?q=雲&waiting=on&late=on&sort=due&state=", "_csv"):
        url = reverse(f"{name}_csv") if address == "_csv" else f"{reverse(name)}{address}"
        with django_assert_max_num_queries(40) as seen:
            client.get(url)
        counted.append((url, len(seen)))
    edition = world["waiting"].programme
    plan = world["waiting"].plan_version.plan
    for _ in range(3):
        factories.submitted(edition, world["companies"][0], plan, points=100)
    for url, most in counted:
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200


def test_what_is_most_urgent_stands_first_with_its_deadline_and_one_button(world):
    edition, company = world["waiting"].programme, world["companies"][0]
    draft = factories.draft(edition, company, world["paid"].plan_version.plan, points=100)
    home = browser(company).get(reverse("member_home"))
    urgent = [task["url"] for task in home.context["urgent"]]
    assert urgent == [
        reverse("order_payment", args=[world["to_pay"].number]),
        reverse("order", args=[draft.number]),
    ]
    assert [task["url"] for task in home.context["tasks"]] == [reverse("assessment")]
    text = page(home)
    assert "剩 2 個工作天" in text
    assert "之後要做的事" in text
    desk = browser(world["suppliers"][0].company).get(reverse("supplier_home"))
    kinds = [duty.obligation.kind for duty in desk.context["urgent"]]
    assert kinds == ["invoice", "accept"]  # 2 working days before 3
    assert [duty.obligation.kind for duty in desk.context["duties"]] == ["deliver"]
    assert page(desk).count('class="due"') == 2
