"""R-30: callbacks late, twice, out of order, forged; one order is paid once."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.payments.models import Charge, GatewayMessage
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30")]
AFTER = NOW + timedelta(hours=1)


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))


def receive(fields, at=AFTER):
    return orders.receive_callback(
        urlencode(fields), fields, gateway=gateway.answering(), remote_address="127.0.0.1", at=at
    )


def states(order):
    return Order.objects.get(pk=order.pk).state, Charge.objects.get().state


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"sign": False}, "forged"),
        ({"TradeAmt": 29_999}, "amount"),
        ({"MerchantID": "2000132"}, "merchant"),
        ({"MerchantTradeNo": "CE000000000099"}, "unknown_trade"),
        ({"RtnCode": "10100058"}, "not_paid"),
        ({"SimulatePaid": "1"}, "simulated"),
        ({"TradeAmt": "a lot"}, "malformed"),
    ],
)
def test_callback_that_changes_nothing(order, changes, verdict):
    fields = gateway.callback_fields(order, at=AFTER, **changes)
    assert receive(fields) == verdict
    assert states(order) == ("ACCEPTED", "OPEN")
    assert GatewayMessage.objects.get().verdict == verdict  # kept all the same


def test_callback_pays_once_however_often_it_comes(order):
    fields = gateway.callback_fields(order, at=AFTER)
    assert [receive(fields) for _ in range(3)] == ["paid", "repeated", "repeated"]
    assert states(order) == ("PAID", "PAID")
    assert Event.objects.filter(type="order.paid").count() == 1
    assert GatewayMessage.objects.count() == 3


def test_failure_before_success_does_not_matter(order):
    assert receive(gateway.callback_fields(order, at=AFTER, RtnCode="10100058")) == "not_paid"
    assert receive(gateway.callback_fields(order, at=AFTER)) == "paid"
    assert receive(gateway.callback_fields(order, at=AFTER, RtnCode="10100058")) == "not_paid"
    assert states(order) == ("PAID", "PAID")


def test_payment_in_time_counts_when_its_callback_is_late_but_the_scan_has_not_run(order):
    due = Charge.objects.get().expires_at
    fields = gateway.callback_fields(order, at=due - timedelta(seconds=1))
    assert receive(fields, at=due + timedelta(minutes=10)) == "paid"


def test_payment_after_the_deadline_is_owed_back(order):
    due = Charge.objects.get().expires_at
    assert receive(gateway.callback_fields(order, at=due), at=due) == "to_refund"
    assert states(order) == ("ACCEPTED", "TO_REFUND")
    orders.close_deadlines(gateway=gateway.answering(), at=due)
    assert states(order) == ("UNPAID", "TO_REFUND")


def test_money_for_an_ended_order_is_owed_back_once(order):
    due = Charge.objects.get().expires_at
    orders.close_deadlines(gateway=gateway.answering(), at=due)
    fields = gateway.callback_fields(order, at=due - timedelta(hours=1))
    assert [receive(fields, at=due + timedelta(days=1)) for _ in range(2)] == ["to_refund", "repeated"]
    assert states(order) == ("UNPAID", "TO_REFUND")


def query_answer(order, status="1", of=None, **changes):
    charge = of or Charge.objects.get()
    return {
        "MerchantID": gateway.KEYS.merchant_id, "MerchantTradeNo": charge.trade_no, "TradeNo": "2701150000001",
        "TradeAmt": str(charge.amount_twd), "PaymentDate": AFTER.strftime("%Y/%m/%d %H:%M:%S"),
        "PaymentType": "Credit_CreditCard", "HandlingCharge": "0", "PaymentTypeChargeFee": "0",
        "TradeDate": AFTER.strftime("%Y/%m/%d %H:%M:%S"), "TradeStatus": status, "ItemName": "plan",
    } | changes  # fmt: skip


def test_lost_callback_is_found_by_our_own_query(order):
    Charge.objects.update(next_query_at=AFTER)
    answering = gateway.answering(**query_answer(order))
    assert orders.query_open_charges(gateway=answering, at=AFTER) == 1
    assert states(order) == ("PAID", "PAID")


def test_deadline_scan_asks_the_gateway_before_it_calls_an_order_unpaid(order):
    due = Charge.objects.get().expires_at
    Charge.objects.update(next_query_at=AFTER)
    assert orders.close_deadlines(gateway=gateway.answering(), at=due) == 0  # silent: the order waits
    assert states(order) == ("ACCEPTED", "OPEN")
    answering = gateway.answering(**query_answer(order))
    orders.close_deadlines(gateway=answering, at=due + timedelta(minutes=29))  # not asked again so soon
    assert states(order) == ("ACCEPTED", "OPEN")
    orders.close_deadlines(gateway=answering, at=due + timedelta(minutes=30))
    assert states(order) == ("PAID", "PAID")


def test_simulated_payment_is_never_taken_for_real_by_a_query(order):
    receive(gateway.callback_fields(order, at=AFTER, SimulatePaid="1"))
    Charge.objects.update(next_query_at=AFTER)
    orders.query_open_charges(gateway=gateway.answering(**query_answer(order)), at=AFTER)
    assert states(order) == ("ACCEPTED", "OPEN")


def hand_over(order, at=AFTER):
    form = orders.checkout(
        order,
        gateway=gateway.answering(),
        site_url="https://t.test",
        by=factories.actor(order.company),
        at=at,
    )
    return form.fields["MerchantTradeNo"]


def test_checkout_gives_a_bounded_number_of_trade_numbers(order):
    numbers = {hand_over(order) for _ in range(20)}
    assert len(numbers) == 20
    with pytest.raises(Refusal) as refused:
        hand_over(order)
    assert refused.value.code == "charge.too_many"
    assert Charge.objects.filter(state="OPEN").count() == 1


def test_money_on_both_of_two_numbers_pays_once_and_the_second_is_owed_back(order):
    first, second = hand_over(order), hand_over(order)
    verdicts = [
        receive(gateway.callback_fields(order, at=AFTER, MerchantTradeNo=number))
        for number in (first, second, first, second)
    ]
    assert verdicts == ["paid", "to_refund", "repeated", "repeated"]
    assert dict(Charge.objects.values_list("trade_no", "state")) == {first: "PAID", second: "TO_REFUND"}
    assert Order.objects.get().state == "PAID"


def test_renewed_number_is_asked_about_once_more_after_its_end(order):
    first, second = hand_over(order), hand_over(order)
    assert receive(gateway.callback_fields(order, at=AFTER, MerchantTradeNo=second)) == "paid"
    charge = Charge.objects.get(trade_no=first)
    Charge.objects.filter(pk=charge.pk).update(next_query_at=charge.expires_at)
    answer = query_answer(order, of=charge)  # paid there too, and its callback was lost
    orders.query_open_charges(gateway=gateway.answering(**answer), at=charge.expires_at)
    assert Charge.objects.get(trade_no=first).state == "TO_REFUND"
