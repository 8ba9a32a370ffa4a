"""The gateway's statement of yesterday against our record: every kind of difference, once, and open until explained (R-30)."""

from datetime import datetime, timedelta

import pytest

from tcloud.adapters.ecpay.settlement import SettledTrade
from tcloud.adapters.gateway_port import GatewayUnavailable
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.outbox import operations as outbox
from tcloud.payments import operations as payments
from tcloud.payments import queries
from tcloud.payments.models import Charge, Statement, StatementLine
from tests import factories
from tests.factories import NOW
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
    assert [fetch(source), fetch(source)] == [None, None]
    source.down = False
    assert fetch(source)
    assert fetch(source) is None
    assert len(source.asked) == 3
    assert Statement.objects.count() == 1


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
