"""How a dispute ends: the supplier delivers again, or the company takes it back (R-26; contract, article 6). What officers decide: elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tcloud.core.deadlines import last_day_words
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.effects import effects
from tcloud.orders.models import Obligation, Order
from tcloud.points import queries as points
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-26")]
LATER = NOW + timedelta(days=3)


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


def disputed(edition, company, make=factories.delivered):
    order = make(edition, company)
    return orders.dispute(order, reason="無法登入", by=factories.actor(company), at=NOW)


def deliver(order, *, at=LATER):
    return orders.deliver(order, note="已補開帳號", by=factories.supplier_actor(order), at=at)


def owed(order, kind):
    rows = Obligation.objects.filter(order=order, kind=kind).order_by("id")
    return list(rows.values_list("begins_at", "fulfilled_at", "missed_at", "lifted_at"))


def test_delivering_again_ends_the_dispute_and_the_time_to_confirm_begins_anew(edition, company):
    order = disputed(edition, company)
    told = {each.aspect: each.sentence for each in effects(order, "deliver", at=LATER)}
    deliver(order)
    order.refresh_from_db()
    assert (order.state, order.delivered_at, order.reason) == ("DELIVERED", LATER, "")
    assert owed(order, "confirm") == [(NOW, None, None, NOW), (LATER, None, None, None)]
    assert owed(order, "deliver") == [(NOW, NOW, None, None)]  # met, and owed once
    last = Obligation.objects.filter(order=order, kind="confirm").latest("id").due_at
    assert told["order"].startswith("爭議結束")
    assert last_day_words(last) in told["deadlines"]
    assert orders.close_deadlines(gateway=gateway.answering(), at=last - timedelta(seconds=1)) == 1  # invoice
    assert orders.close_deadlines(gateway=gateway.answering(), at=last) == 1
    order.refresh_from_db()
    assert order.state == "COMPLETED"


def test_what_is_delivered_again_can_be_disputed_again_and_everything_stays_on_record(edition, company):
    order = deliver(disputed(edition, company))
    orders.dispute(order, reason="還是不行", by=factories.actor(company), at=LATER)
    assert owed(order, "confirm") == [(NOW, None, None, NOW), (LATER, None, None, LATER)]
    said = Event.objects.filter(case=order.case, type__in=["order.delivered", "order.disputed"])
    assert [each.data.get("note") or each.data["reason"] for each in said.order_by("id")] == [
        "請以信箱登入",
        "無法登入",
        "已補開帳號",
        "還是不行",
    ]


@pytest.mark.rule("R-25", "R-29")
@pytest.mark.parametrize("late", [False, True])
def test_service_disputed_before_it_came_is_delivered_within_its_own_time_or_late(edition, company, late):
    order = disputed(edition, company, factories.paid)
    due = Obligation.objects.get(order=order, kind="deliver").due_at
    at = due if late else due - timedelta(microseconds=1)
    deliver(order, at=at)
    assert owed(order, "deliver") == [(NOW, at, at if late else None, None)]
    assert Event.objects.filter(type="order.delivery_missed").count() == late


def test_no_lateness_is_told_or_recorded_of_what_was_first_delivered_in_time(edition, company):
    order, at = disputed(edition, company), NOW + timedelta(days=60)
    told = [each.sentence for each in effects(order, "deliver", at=at)]
    assert not [sentence for sentence in told if "逾期" in sentence]
    deliver(order, at=at)
    assert not Event.objects.filter(type="order.delivery_missed").exists()


@pytest.mark.rule("R-18")
@pytest.mark.parametrize("make", [factories.paid, factories.delivered])
def test_company_takes_its_dispute_back_and_thereby_confirms(edition, company, make):
    order = disputed(edition, company, make)
    proposal = orders.propose_refund(order, 1_000, reason="r", by=factories.supplier_actor(order), at=NOW)
    for _twice in range(2):
        orders.withdraw_dispute(order, by=factories.actor(company), at=LATER)
    order.refresh_from_db()
    proposal.refresh_from_db()
    assert (order.state, order.ended_at, order.reason, proposal.state) == ("COMPLETED", LATER, "", "LAPSED")
    assert points.statement(edition, company, at=LATER).redeemed_points == 30_000
    assert Event.objects.filter(type="order.dispute_withdrawn").count() == 1
    left = Obligation.objects.filter(order=order, fulfilled_at=None, lifted_at=None)
    assert list(left.values_list("kind", flat=True)) == ["invoice"]


@pytest.mark.parametrize(
    ("act", "by", "code"),
    [
        (orders.withdraw_dispute, factories.supplier_actor, "transition.not_yours"),
        (orders.withdraw_dispute, lambda _order: factories.officer(), "transition.not_yours"),
        (
            orders.withdraw_dispute,
            lambda order: replace(factories.actor(order.company), may_bind=False),
            "member.may_not_order",
        ),
        # a page opened before a colleague disputed the service takes nothing back
        (orders.confirm, lambda order: factories.actor(order.company), "transition.not_now"),
    ],
)
def test_nobody_else_ends_it_and_not_by_mistake(edition, company, act, by, code):
    order = disputed(edition, company)
    with pytest.raises(Refusal) as refused:
        act(order, by=by(order), at=LATER)
    assert refused.value.code == code
    assert Order.objects.get().state == "DISPUTED"


@pytest.mark.parametrize(
    "make", [factories.submitted, factories.accepted, factories.paid, factories.delivered]
)
def test_there_is_nothing_to_take_back_without_a_dispute(edition, company, make):
    order = make(edition, company)
    with pytest.raises(Refusal) as refused:
        orders.withdraw_dispute(order, by=factories.actor(company), at=NOW)
    assert refused.value.code == "transition.not_now"
