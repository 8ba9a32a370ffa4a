"""Money goes back once: neither a crash nor a silent gateway sends it twice, an unreachable one uses up no try, and a refusal waits."""

from datetime import timedelta

import pytest

from tcloud.adapters.gateway_port import GatewayUnavailable, RefundOutcomeUnknown, RefundRefused
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, Refund
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-27", "R-30")]


class Gateway:
    """Answers each refund with the next of `answers`: an exception to raise, or None for accepted; counts what reached it."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def refund(self, **asked):
        self.asked.append(asked)
        if answer := self.answers.pop(0):
            raise answer


@pytest.fixture
def charge():
    edition = factories.programme()
    order = factories.paid(edition, factories.granted(edition))
    orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    return Charge.objects.get()


def run(gateway, times=1, *, at=NOW):
    return [payments.refund_owed(gateway=gateway, at=at) for _ in range(times)]


def refusals(number):
    return [RefundRefused("10", "not captured")] * number


def use_up(gateway):
    """Let every try be refused; returns the hours after the first at which each was made."""
    asked = []
    for hour in (0, 0.9, 1, 12.9, 13, 36.9, 37, 84.9, 85, 999):
        before = len(gateway.asked)
        run(gateway, at=NOW + timedelta(hours=hour))
        asked += [hour] * (len(gateway.asked) - before)
    return asked


def told(type):
    return Event.objects.filter(type=type).count()


def refused(act):
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.code


def test_refund_owed_sends_money_back_once(charge):
    gateway = Gateway(None)
    assert run(gateway, 3) == [1, 0, 0]
    assert [asked["amount_twd"] for asked in gateway.asked] == [charge.amount_twd]
    assert Charge.objects.get().state == "REFUNDED"


@pytest.mark.parametrize("crash", [KeyboardInterrupt(), RefundOutcomeUnknown("silence")])
def test_refund_owed_never_repeats_what_it_does_not_know(charge, crash):
    gateway = Gateway(crash, None)
    if isinstance(crash, KeyboardInterrupt):  # the worker was killed after the request had left
        with pytest.raises(KeyboardInterrupt):
            run(gateway)
    else:
        assert run(gateway) == [0]
    assert run(gateway) == [0]
    assert len(gateway.asked) == 1
    left = Charge.objects.get()
    assert (left.state, left.refund_sent_at) == ("TO_REFUND", NOW)


@pytest.mark.parametrize("part", [False, True])
def test_refund_refused_on_the_day_of_payment_is_accepted_after_the_capture(part):
    edition = factories.programme()
    order = factories.paid(edition, factories.granted(edition))
    if part:
        orders.refund_part(order, 10_000, reason="少用", by=factories.officer(), at=NOW)
    else:
        orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    gateway = Gateway(*refusals(2), None)
    assert run(gateway, 3) == [0, 0, 0]
    assert run(gateway, 2, at=NOW + timedelta(minutes=59)) == [0, 0]
    assert len(gateway.asked) == 1
    assert run(gateway, 2, at=NOW + timedelta(hours=1)) == [0, 0]
    assert run(gateway, 2, at=NOW + timedelta(hours=13)) == [1, 0]
    assert (Refund if part else Charge).objects.get().state == "REFUNDED"
    assert (told("charge.refund_refused"), told("charge.refund_failed")) == (2, 0)


def test_refund_owed_leaves_to_an_officer_what_was_refused_after_every_pause(charge):
    gateway = Gateway(*refusals(5))
    assert use_up(gateway) == [0, 1, 13, 37, 85]
    assert (told("charge.refund_refused"), told("charge.refund_failed")) == (4, 1)
    left = Charge.objects.get()
    assert (left.state, left.refund_tries, left.refund_next_at) == ("TO_REFUND", 5, None)
    assert payments.may_be_noted(left, at=NOW)


def test_pause_of_a_clock_that_was_set_back_is_over(charge):
    run(Gateway(*refusals(1)), at=NOW + timedelta(days=92))
    assert run(Gateway(None)) == [1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_try_again_pressed_twice_at_once_sends_once(at_once, charge):
    use_up(Gateway(*refusals(5)))
    at = NOW + timedelta(days=9)
    officer = factories.officer()

    def again():
        payments.try_again(charge, by=officer, at=at)

    assert at_once(again, again) == [None, None]
    assert told("charge.refund_tried_again") == 1
    gateway = Gateway(None)
    assert sorted(at_once(*[lambda: payments.refund_owed(gateway=gateway, at=at)] * 2)) == [0, 1]
    assert len(gateway.asked) == 1
    assert refused(again) == "transition.not_now"


def test_try_again_is_an_officers_and_never_repeats_what_was_not_answered(charge):
    officer = factories.officer()
    payments.try_again(charge, by=officer, at=NOW)  # its tries are not used up: nothing to do
    assert not told("charge.refund_tried_again")
    Charge.objects.update(refund_tries=5)
    assert refused(lambda: payments.try_again(charge, by=THE_SYSTEM, at=NOW)) == "transition.not_yours"
    Charge.objects.update(refund_sent_at=NOW)
    assert refused(lambda: payments.try_again(charge, by=officer, at=NOW)) == "transition.not_now"
    assert Charge.objects.get().refund_tries == 5


def test_money_that_no_gateway_gives_back_waits_for_people_at_once(charge):
    Charge.objects.update(method="ATM_TAISHIN")
    gateway = Gateway()
    assert run(gateway) == [0]
    assert not gateway.asked
    left = Charge.objects.get()
    assert payments.may_be_noted(left, at=NOW)
    assert not payments.may_try_again(left)


def test_refund_owed_tries_an_unreachable_gateway_as_long_as_it_takes(charge):
    gateway = Gateway(*[GatewayUnavailable("down")] * 6, None)
    assert run(gateway, 7) == [0] * 6 + [1]
    assert Charge.objects.get().refund_tries == 1


def test_refund_owed_asks_an_unreachable_gateway_once_a_run(charge):
    edition = factories.programme()
    order = factories.paid(edition, factories.granted(edition))
    orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    gateway = Gateway(GatewayUnavailable("down"))
    assert run(gateway) == [0]
