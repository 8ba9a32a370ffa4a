"""The office calendar changed while people and scans act: one officer wins, each deadline moves once, no money is lost (R-28)."""

from datetime import date, timedelta
from functools import partial

import pytest

from tcloud.core import calendar, operations, queries
from tcloud.core.models import CalendarChange, Event
from tcloud.core.refusals import Refusal
from tcloud.core.workdays import days_of
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.payments.models import Charge
from tests import factories
from tests.concurrency.cheap import Shop, check_points, eight
from tests.factories import NOW
from tests.payments import gateway

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
WORKING = [day for day in days_of(2027) if calendar.shipped().is_working_day(day) and day > NOW.date()]


def closing(day: date, county: str = "", *, at=NOW):
    """An officer who looked at the calendar as it is now, and will declare."""
    return partial(
        operations.declare_closure, day, [county], reason="颱風", authority="測試機關", drawn_from=calendar.serial_now(),
        by=factories.officer(), at=at,
    )  # fmt: skip


@pytest.mark.rule("R-28")
def test_declare_closure_by_eight_officers_at_once_lets_one(race):
    for number in range(10):
        day = WORKING[number]
        others = [closing(day, county) for county in ("臺北市", "新北市", "桃園市")]
        answers = race(*eight(closing(day), *others))
        won = [answer for answer in answers if not isinstance(answer, Refusal)]
        assert len(won) == 1
        assert {answer.code for answer in answers if isinstance(answer, Refusal)} <= {
            "stale",
            "calendar.not_a_working_day",
        }
        assert queries.closures(2027).filter(date=day).count() == 1
    chain = list(CalendarChange.objects.order_by("id").values_list("follows_id", flat=True))
    ids = list(CalendarChange.objects.order_by("id").values_list("id", flat=True))
    assert chain == [None, *ids[:-1]]


@pytest.mark.rule("R-28")
def test_move_deadlines_by_eight_runs_at_once_moves_each_once(race, monkeypatch):
    monkeypatch.setattr("tcloud.orders.operations.moving.BATCH", 3)
    shop = Shop()
    several = [shop.submitted() for _ in range(20)]
    closing(WORKING[0])()
    race(*[partial(orders.move_deadlines, at=NOW)] * 8)
    orders.move_deadlines(at=NOW)  # what was locked by another run was left to the next
    cases = [order.case for order in several]
    moved = Event.objects.filter(type="order.deadline_moved", case__in=cases)
    assert sorted(moved.values_list("case", flat=True)) == sorted(cases)
    assert not Obligation.objects.filter(calendar_serial__lt=calendar.serial_now()).exists()


@pytest.mark.rule("R-28", "R-30")
@pytest.mark.parametrize(
    "seconds", [-1, 0, 3600], ids=["in the last second", "one second late", "an hour late"]
)
def test_closure_against_the_scan_and_a_payment_loses_no_money(race, seconds):
    """The money always came. The order is paid, or it ended unpaid and every dollar is owed back: never both, never neither."""
    shop = Shop()
    seen = set()
    for number in range(12):
        order = shop.accepted()
        due = Obligation.objects.get(order=order, kind="pay").due_at
        said = gateway.notice(order, at=due + timedelta(seconds=seconds))
        pay = partial(gateway.settle, said, at=due + timedelta(seconds=max(seconds, 0)))
        scan = partial(orders.close_deadlines, gateway=gateway.answering(), at=due)
        close = closing(WORKING[number], at=due - timedelta(seconds=1))
        race(close, pay, scan, pay, scan, partial(orders.move_deadlines, at=due))
        orders.move_deadlines(at=due)
        orders.close_deadlines(gateway=gateway.answering(), at=due + timedelta(days=5))
        order = Order.objects.get(pk=order.pk)
        ended = (order.state, Charge.objects.get(order_number=order.number).state)
        assert ended in [("PAID", "PAID"), ("UNPAID", "TO_REFUND")], ended
        seen.add(ended)
        check_points(shop, order)
    assert seen


@pytest.mark.rule("R-28")
def test_closure_against_accept_and_lapse_has_one_winner(race):
    shop = Shop()
    for number in range(10):
        order = shop.submitted()
        due = Obligation.objects.get(order=order, kind="accept").due_at
        decline = partial(orders.decline, order, reason="額滿", by=shop.supplier, at=due)
        scan = partial(orders.close_deadlines, gateway=gateway.answering(), at=due)
        race(closing(WORKING[number], at=due - timedelta(seconds=1)), decline, scan, decline, scan)
        order = Order.objects.get(pk=order.pk)
        moved = Event.objects.filter(case=order.case, type="order.deadline_moved").exists()
        # declined only where the closure had kept it open; else it lapsed or is still open until its new deadline
        assert order.state in ("DECLINED", "LAPSED", "SUBMITTED")
        assert moved == (order.state != "LAPSED")
        orders.close_deadlines(gateway=gateway.answering(), at=due + timedelta(days=20))
        check_points(shop, order)
