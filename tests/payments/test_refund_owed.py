"""Money goes back once: neither a crash nor a silent gateway sends it twice, and an unreachable one uses up no try."""

import pytest

from tcloud.adapters.gateway_port import GatewayUnavailable, RefundOutcomeUnknown, RefundRefused
from tcloud.core.models import Event
from tcloud.orders import operations as orders
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge
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


def run(gateway, times=1):
    return [payments.refund_owed(gateway=gateway, at=NOW) for _ in range(times)]


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


def test_refund_owed_leaves_to_an_officer_what_was_refused_five_times(charge):
    gateway = Gateway(*[RefundRefused("10", "no")] * 5)
    assert run(gateway, 6) == [0] * 6
    assert len(gateway.asked) == 5
    assert Event.objects.filter(type="charge.refund_failed").count() == 5
    assert Charge.objects.get().state == "TO_REFUND"


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
