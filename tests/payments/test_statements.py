"""The gateway's statement of yesterday against our record: every kind of difference, once, and open until explained (R-30)."""

from datetime import datetime, timedelta

import pytest

from tcloud.adapters.ecpay.settlement import SettledTrade
from tcloud.adapters.gateway_port import GatewayUnavailable
from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.outbox import operations as outbox
from tcloud.payments import operations as payments
from tcloud.payments import queries
from tcloud.payments.models import Charge, PaymentAccount, Statement, StatementLine
from tests import factories
from tests.factories import NOW
from tests.payments import gateway
from tests.web.order_pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30")]
MORNING = datetime(2027, 1, 16, 9, 0, tzinfo=TAIPEI)


class Source:
    """Gives out these trades; counts how often it was asked."""

    def __init__(self, *trades, down=False):
        self.trades, self.asked, self.down = trades, [], down

    def __call__(self, account):
        return self

    def of_day(self, day):
        self.asked.append(day)
        if self.down:
            raise GatewayUnavailable("down")
        return b"the file", self.trades


def trade(charge, **changes):
    values = {
        "trade_no": charge.trade_no,
        "gateway_trade_no": "27",
        "amount_twd": charge.amount_twd,
        "fee_twd": 825,
        "net_twd": 29_175,
    }
    return SettledTrade(**values | changes)


@pytest.fixture
def charges():
    """Two paid yesterday, one still open."""
    edition = factories.programme()
    for make in (factories.paid, factories.paid, factories.accepted):
        make(edition, factories.granted(edition))
    return list(Charge.objects.order_by("id"))


def fetch(source, at=MORNING):
    return payments.fetch_statement(source=source, at=at)


def results():
    return dict(StatementLine.objects.values_list("trade_no", "result"))


def test_every_kind_of_difference(charges):
    first, second, unpaid = charges
    statement = fetch(
        Source(trade(first, amount_twd=1), trade(unpaid), trade(first), SettledTrade("X1", "9", 5, 1, 4))
    )
    assert statement.day == NOW.date()
    assert results() == {
        first.trade_no: "amount", second.trade_no: "missing_there", unpaid.trade_no: "missing_here", "X1": "missing_here",
    }  # fmt: skip
    assert Event.objects.get(type="settlement.difference").data == {"count": 4}
    unpaid.refresh_from_db()
    assert unpaid.next_query_at == MORNING  # our own query looks at once
    first.refresh_from_db()
    assert (first.state, first.asked_until) == ("PAID", None)  # nothing to ask about
    assert queries.open_differences() == 4


def test_what_agrees_is_matched_with_its_fee_and_nobody_is_told(charges):
    first, second, _unpaid = charges
    fetch(Source(trade(first), trade(second)))
    assert set(results().values()) == {"matched"}
    shown = queries.statements().get()
    assert (shown.trades, shown.fees, shown.differences, shown.open) == (2, 1_650, 0, 0)
    assert not Event.objects.filter(type="settlement.difference").exists()


def test_day_is_fetched_once_after_nine_and_again_only_when_it_failed(charges):
    source = Source(down=True)
    assert fetch(source, at=MORNING - timedelta(minutes=1)) is None
    assert source.asked == []
    again = MORNING + timedelta(minutes=10)
    assert [fetch(source, at=at) for at in (MORNING, again - timedelta(minutes=1))] == [None, None]
    source.down = False
    assert fetch(source, at=again)
    assert fetch(source, at=again) is None
    assert len(source.asked) == 2
    assert Statement.objects.count() == 1


def paid_late(*, at):
    """A charge of an order that became UNPAID: its code was paid after our deadline, and no notice of it came. With the gateway's answer."""
    edition = factories.programme()
    order = factories.accepted(edition, factories.granted(edition))
    orders.checkout(order, gateway=gateway.answering(), site_url="https://t.test", by=factories.actor(order.company), at=NOW)  # fmt: skip
    charge = Charge.objects.get()
    answer = {
        "MerchantID": gateway.KEYS.merchant_id, "MerchantTradeNo": charge.trade_no, "TradeNo": "2701", "TradeAmt": "30000",
        "PaymentType": "ATM_TAISHIN", "PaymentDate": f"{at:%Y/%m/%d %H:%M:%S}", "TradeStatus": "1",
    }  # fmt: skip
    not_yet = gateway.answering(**answer | {"TradeStatus": "0", "PaymentDate": ""})
    assert orders.close_deadlines(gateway=not_yet, at=charge.expires_at) == 1
    charge.refresh_from_db()
    assert (Order.objects.get().state, charge.state) == ("UNPAID", "CLOSED")
    return charge, not_yet, gateway.answering(**answer)


def query(gateway, at):
    return orders.query_open_charges(gateway=gateway, at=at)


def test_money_found_for_an_order_that_is_over_is_asked_about_and_owed_back_once():
    due = datetime(2027, 1, 20, tzinfo=TAIPEI)
    charge, not_yet, knows = paid_late(at=due + timedelta(hours=10))
    at = due + timedelta(days=1, hours=9)
    query(knows, at)
    assert not Event.objects.filter(type="charge.to_refund").exists()  # nobody has said that it may be paid
    fetch(Source(trade(charge)), at)
    assert StatementLine.objects.get(trade_no=charge.trade_no).result == "missing_here"
    for minutes, answering in (
        (0, gateway.answering()),
        (30, not_yet),
        (59, knows),
    ):  # silent, wrong, too soon
        query(answering, at + timedelta(minutes=minutes))
        charge.refresh_from_db()
        assert charge.state == "CLOSED"
    for minutes in (60, 61, 120):
        query(knows, at + timedelta(minutes=minutes))
    charge.refresh_from_db()
    assert (charge.state, charge.paid_at) == ("TO_REFUND", due + timedelta(hours=10))
    assert Event.objects.filter(type="charge.to_refund").count() == 1
    assert [owed for owed, _twd in queries.owed_back()] == [charge]  # what officers see


def test_asking_ends_and_an_officer_may_have_it_begin_again(client):
    due = datetime(2027, 1, 20, tzinfo=TAIPEI)
    charge, not_yet, knows = paid_late(at=due + timedelta(hours=10))
    at = due + timedelta(days=1, hours=9)
    fetch(Source(trade(charge)), at)
    query(not_yet, at)
    end = at + timedelta(days=3)
    query(knows, end)
    charge.refresh_from_db()
    assert charge.state == "CLOSED"
    line = StatementLine.objects.get(trade_no=charge.trade_no)
    url = f"/office/statements/differences/{line.pk}/"
    client.force_login(factories.user(staff_role="officer"))
    with clock.moved_to(end):
        assert "系統已不再查詢這筆付款" in page(client.get(url))
        for _ in range(2):
            client.post(url, {"act": "ask"})
        assert "系統正在向金流查詢這筆付款" in page(client.get(url))
        assert Event.objects.filter(type="charge.query_wanted").count() == 1
        query(knows, clock.now())
        assert "已有結果" in page(client.post(url, {"act": "ask"}, follow=True))
        assert "向金流查詢</button>" not in page(client.get(url))
    charge.refresh_from_db()
    assert charge.state == "TO_REFUND"


def test_what_the_statement_found_is_asked_about_though_the_order_ends_meanwhile():
    edition = factories.programme()
    factories.accepted(edition, factories.granted(edition))
    charge = Charge.objects.get()
    fetch(Source(trade(charge)), charge.expires_at - timedelta(hours=1))
    answer = {"MerchantID": gateway.KEYS.merchant_id, "MerchantTradeNo": charge.trade_no, "TradeStatus": "0", "TradeAmt": "30000"}  # fmt: skip
    assert orders.close_deadlines(gateway=gateway.answering(**answer), at=charge.expires_at) == 1
    later = charge.expires_at + timedelta(hours=1)
    paid = answer | {
        "TradeStatus": "1",
        "TradeNo": "27",
        "PaymentDate": f"{charge.created_at:%Y/%m/%d %H:%M:%S}",
    }
    query(gateway.answering(**paid), later)
    charge.refresh_from_db()
    assert charge.state == "TO_REFUND"


class Gateways:
    """Where each account's statements come from; notes who was asked, and for which day."""

    def __init__(self, *, down=()):
        self.asked, self.down = [], down

    def __call__(self, account):
        return Gateways.Of(self, account and account.pk)

    class Of:
        def __init__(self, all_, pk):
            self.all, self.pk = all_, pk

        def of_day(self, day):
            self.all.asked.append((self.pk, day))
            if self.pk in self.all.down:
                raise GatewayUnavailable("down")
            return b"the file", ()


def account_used(order, *, since, merchant_id, **changes):
    """An account of the order's supplier with which a charge was made."""
    values = {"kind": "ecpay", "secrets": "x", "retired_at": since} | changes
    account = PaymentAccount.objects.create(
        company=order.supplier.company, merchant_id=merchant_id, created_at=since, **values
    )
    payments.open_charge(f"X{account.pk}", 5, account=account, expires_at=since, by=THE_SYSTEM, at=since)
    return account.pk


def order_of_today():
    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))


def test_days_missed_are_made_up_for_the_oldest_first_one_file_a_run(client):
    order = order_of_today()  # the programme's account begins on the 15th
    own = account_used(order, since=NOW + timedelta(days=1), merchant_id="1")
    account_used(order, since=NOW, merchant_id="2", kind="newebpay")
    gateways, at = Gateways(), MORNING + timedelta(days=2)  # of the 18th, after two days down
    client.force_login(factories.user(staff_role="officer"))
    with clock.moved_to(at - timedelta(minutes=1)):
        text = page(client.get("/office/statements/"))
        assert text.partition("還沒有下載到的對帳檔")[2].partition("</ul>")[0].count("<li>") == 2
    runs = [bool(fetch(gateways, at + timedelta(minutes=minute))) for minute in range(6)]
    assert runs == [True] * 5 + [False]
    days = [NOW.date() + timedelta(days=n) for n in range(3)]
    assert gateways.asked == [
        (None, days[0]),
        (None, days[1]),
        (own, days[1]),
        (None, days[2]),
        (own, days[2]),
    ]
    with clock.moved_to(at + timedelta(hours=9)):
        assert "還沒有下載到的對帳檔" not in page(client.get("/office/statements/"))


def test_account_that_gets_no_file_holds_up_no_other_and_no_merchant_is_asked_twice_a_run():
    order = order_of_today()
    keys_lost = account_used(order, since=NOW - timedelta(days=5), merchant_id="1")
    same_merchant = account_used(order, since=NOW, merchant_id="1", retired_at=None)
    gateways = Gateways(down=(keys_lost,))
    for minute in (0, 1, 10):
        fetch(gateways, MORNING + timedelta(minutes=minute))
    first, today = NOW.date() - timedelta(days=5), NOW.date()
    assert gateways.asked == [(keys_lost, first), (None, today), (same_merchant, today), (keys_lost, first)]


def test_gateway_that_is_down_is_left_alone_after_three_accounts():
    order = order_of_today()
    pks = [account_used(order, since=NOW, merchant_id=str(n)) for n in range(4)]
    gateways = Gateways(down=(None, *pks))
    fetch(gateways)
    assert [pk for pk, _day in gateways.asked] == [None, *pks[:2]]
    fetch(gateways, MORNING + timedelta(minutes=1))
    assert [pk for pk, _day in gateways.asked[3:]] == pks[2:]


def test_what_is_missing_goes_back_thirty_days_and_ends_thirty_days_after_an_account(
    django_assert_num_queries,
):
    order = order_of_today()
    retired = account_used(order, since=NOW, merchant_id="1")
    for days, programmes, own in ((1, 1, 1), (30, 30, 30), (40, 30, 21), (90, 30, 0)):
        at = MORNING + timedelta(days=days - 1)
        with django_assert_num_queries(3):
            missing = queries.missing_statements(at)
        assert len([day for account, day in missing if account is None]) == programmes
        assert len([day for account, day in missing if account and account.pk == retired]) == own
        assert missing[-1][1] == NOW.date() + timedelta(days=days - 1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_match_a_day_once(at_once):
    edition = factories.programme()
    factories.paid(edition, factories.granted(edition))
    source = Source(trade(Charge.objects.get()))
    outcomes = at_once(*[lambda: fetch(source)] * 3)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert Statement.objects.count() == StatementLine.objects.count() == 1


def test_officer_explains_each_difference_once(charges, client):
    first, second, _unpaid = charges
    fetch(Source(trade(first, amount_twd=1), trade(second)))
    assert (
        outbox.deliver(Event.objects.get(type="settlement.difference").pk, at=MORNING) == 0
    )  # no officer yet
    client.force_login(factories.user(staff_role="officer"))
    assert outbox.deliver(Event.objects.get(type="settlement.difference").pk, at=MORNING) == 1
    line = StatementLine.objects.get(result="amount")
    assert "待說明 1 筆" in page(client.get("/office/statements/"))
    assert f"/office/statements/differences/{line.pk}/" in page(
        client.get(f"/office/statements/{line.statement_id}/")
    )
    url = f"/office/statements/differences/{line.pk}/"
    assert "請說明差異的原因" in page(client.post(url, {"explanation": ""}), 422)
    client.post(url, {"explanation": "金流誤植，已更正"})
    assert "金流誤植" in page(client.get(url))
    assert "這筆差異已經說明過了" in page(client.post(url, {"explanation": "again"}, follow=True))
    assert "都已說明" in page(client.get("/office/statements/"))
    matched = StatementLine.objects.get(result="matched")
    assert client.get(f"/office/statements/differences/{matched.pk}/").status_code == 404
    with pytest.raises(Refusal):
        payments.explain_difference(matched, explanation="x", by=factories.officer(), at=NOW)
