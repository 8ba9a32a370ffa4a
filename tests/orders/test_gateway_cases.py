"""R-30 as a table: what the gateway may send in which order, and what becomes of order, charge and money.

Each story is a row: the messages, the verdict on each, and where order and charge stand at the end. Money that came is always in exactly
one place: it paid the order, or it is owed back.
"""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tcloud.core.models import Event
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.payments.models import Charge, GatewayMessage, PayCode
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30", "R-23")]
SOON = NOW + timedelta(hours=1)


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))


def paid(order, **changes):
    return "callback", gateway.callback_fields(order, at=changes.pop("at", SOON), **changes)


def codes(order, **changes):
    return "codes", gateway.codes_fields(order, changes.pop("method", "ATM"), at=SOON, **changes)


def receive(kind, fields, *, at=SOON):
    take = orders.receive_callback if kind == "callback" else orders.receive_codes
    return take(urlencode(fields), fields, gateway=gateway.answering(), remote_address="", at=at)


# story → what is sent, and the verdict on each; order, charge, codes kept
STORIES = {
    "paid": ([(paid, {})], ["paid"], "PAID", "PAID", 0),
    "codes, then paid hours later": ([(codes, {}), (paid, {"PaymentType": "ATM_TAISHIN"})], ["codes", "paid"], "PAID", "PAID", 1),
    "codes twice": ([(codes, {}), (codes, {})], ["codes", "repeated"], "ACCEPTED", "OPEN", 1),
    "codes of a shop": ([(codes, {"method": "CVS"})], ["codes"], "ACCEPTED", "OPEN", 1),
    "barcodes": ([(codes, {"method": "BARCODE"})], ["codes"], "ACCEPTED", "OPEN", 1),
    "paid before its codes came": ([(paid, {}), (codes, {})], ["paid", "over"], "PAID", "PAID", 0),
    "paid twice told": ([(paid, {})] * 3, ["paid", "repeated", "repeated"], "PAID", "PAID", 0),
    "forged": ([(paid, {"sign": False}), (codes, {"sign": False})], ["forged", "forged"], "ACCEPTED", "OPEN", 0),
    "wrong amount": ([(paid, {"TradeAmt": 1}), (codes, {"TradeAmt": 1})], ["amount", "amount"], "ACCEPTED", "OPEN", 0),
    "wrong merchant": ([(paid, {"MerchantID": "2000132"}), (codes, {"MerchantID": "2000132"})], ["merchant", "merchant"], "ACCEPTED", "OPEN", 0),
    "unknown trade": ([(paid, {"MerchantTradeNo": "CE99"}), (codes, {"MerchantTradeNo": "CE99"})], ["unknown_trade"] * 2, "ACCEPTED", "OPEN", 0),
    "malformed": ([(paid, {"TradeAmt": "many"}), (codes, {"vAccount": "<b>"})], ["malformed"] * 2, "ACCEPTED", "OPEN", 0),
    "codes of a card": ([(codes, {"PaymentType": "Credit_CreditCard"})], ["malformed"], "ACCEPTED", "OPEN", 0),
    "no codes issued": ([(codes, {"RtnCode": "10100248"})], ["not_issued"], "ACCEPTED", "OPEN", 0),
    "simulated": ([(paid, {"SimulatePaid": "1"})], ["simulated"], "ACCEPTED", "OPEN", 0),
    "failed, then paid": ([(paid, {"RtnCode": "10100058"}), (paid, {})], ["not_paid", "paid"], "PAID", "PAID", 0),
    "paid, then said to have failed": ([(paid, {}), (paid, {"RtnCode": "10100058"})], ["paid", "not_paid"], "PAID", "PAID", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_what_the_gateway_sends(order, name):
    sent, verdicts, state, charge, kept = STORIES[name]
    assert [receive(*make(order, **changes)) for make, changes in sent] == verdicts
    assert (Order.objects.get().state, Charge.objects.get().state) == (state, charge)
    assert PayCode.objects.count() == kept
    assert list(GatewayMessage.objects.order_by("id").values_list("verdict", flat=True)) == verdicts
    assert Event.objects.filter(type="order.paid").count() == (state == "PAID")
    assert Event.objects.filter(type="charge.codes_issued").count() == kept


LATE = {
    "paid in time at the machine, told late": (timedelta(seconds=-1), "paid", "PAID", "PAID"),
    "paid at the machine after our deadline": (timedelta(0), "to_refund", "ACCEPTED", "TO_REFUND"),
}


@pytest.mark.parametrize("name", LATE)
def test_what_counts_is_when_it_was_paid(order, name):
    paid_after, verdict, state, charge = LATE[name]
    assert receive(*codes(order)) == "codes"
    due = Charge.objects.get().expires_at
    late = paid(order, at=due + paid_after, PaymentType="ATM_TAISHIN")
    assert receive(*late, at=due + timedelta(hours=2)) == verdict
    assert (Order.objects.get().state, Charge.objects.get().state) == (state, charge)


ENDED = {
    "after the deadline was closed": lambda order, due: orders.close_deadlines(gateway=gateway.answering(), at=due),
    "after a refund": lambda order, due: (
        receive(*paid(order)),
        orders.refund(order, reason="r", by=factories.officer(), at=SOON),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "money"),
    [("after the deadline was closed", "to_refund"), ("after a refund", "repeated")],
)
def test_order_that_is_over_invites_nobody_to_pay(order, name, money):
    due = Charge.objects.get().expires_at
    ENDED[name](order, due)
    assert receive(*codes(order), at=due) == "over"
    assert receive(*paid(order, at=due), at=due) == money
    assert Charge.objects.get().state == "TO_REFUND"
    assert not PayCode.objects.exists()


def test_account_paid_hours_later_is_found_when_the_notice_is_lost(order):
    """ATM: the query asks until the deadline, and once more when it is over, before the order is called unpaid."""
    orders.checkout(order, gateway=gateway.answering(), site_url="https://t.test", by=factories.actor(order.company), at=NOW)  # fmt: skip
    receive(*codes(order))
    charge = Charge.objects.get()
    answer = {
        "MerchantID": gateway.KEYS.merchant_id, "MerchantTradeNo": charge.trade_no, "TradeNo": "2701", "TradeAmt": "30000",
        "PaymentType": "ATM_TAISHIN", "PaymentDate": "", "TradeStatus": "0",
    }  # fmt: skip
    for hours in (1, 2, 20):
        assert (
            orders.query_open_charges(gateway=gateway.answering(**answer), at=NOW + timedelta(hours=hours))
            == 0
        )
        assert Charge.objects.get().next_query_at == NOW + timedelta(hours=hours, minutes=30)
    answer |= {"TradeStatus": "1", "PaymentDate": "2027/01/19 23:59:59"}
    assert orders.close_deadlines(gateway=gateway.answering(**answer), at=charge.expires_at) == 0
    assert (Order.objects.get().state, Charge.objects.get().state) == ("PAID", "PAID")
