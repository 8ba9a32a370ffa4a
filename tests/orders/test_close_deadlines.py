"""The scan of deadlines: nobody waits for a silent gateway or for an order that can't be closed, and late is late without it."""

from datetime import timedelta

import pytest

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations import deadlines
from tcloud.payments.models import Charge
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


def due(order, kind):
    return Obligation.objects.get(order=order, kind=kind).due_at


def code_of(call, *args, **kwargs):
    with pytest.raises(Refusal) as refused:
        call(*args, **kwargs)
    return refused.value.code


@pytest.mark.rule("R-23", "R-30")
def test_silent_gateway_holds_up_nobody_else(edition, monkeypatch):
    monkeypatch.setattr(deadlines, "MOST_SILENCES", 1)
    unpaid = [factories.accepted(edition, factories.granted(edition)) for _ in range(2)]
    Charge.objects.update(next_query_at=NOW)
    silent_supplier = factories.submitted(edition, factories.granted(edition))
    late = due(silent_supplier, "accept")
    assert orders.close_deadlines(gateway=gateway.answering(), at=late, limit=1) == 1
    assert Order.objects.get(pk=silent_supplier.pk).state == "LAPSED"
    # the first was asked in vain and waits; now it is the second's turn
    assert list(Charge.objects.order_by("id").values_list("unanswered_at", flat=True)) == [late, None]
    orders.close_deadlines(gateway=gateway.answering(), at=late + timedelta(minutes=1), limit=1)
    assert not Charge.objects.filter(unanswered_at=None).exists()
    assert {Order.objects.get(pk=order.pk).state for order in unpaid} == {"ACCEPTED"}


@pytest.mark.rule("R-22")
def test_order_that_cannot_be_closed_holds_up_nobody_else(edition, company, monkeypatch, caplog):
    first = factories.submitted(edition, company)
    second = factories.submitted(edition, factories.granted(edition))
    release = deadlines.points.release

    def fail_first(*, order_number, **rest):
        if order_number == first.number:
            raise LookupError("broken")
        return release(order_number=order_number, **rest)

    monkeypatch.setattr(deadlines.points, "release", fail_first)
    assert orders.close_deadlines(gateway=gateway.answering(), at=due(second, "accept")) == 1
    assert [Order.objects.get(pk=order.pk).state for order in (first, second)] == ["SUBMITTED", "LAPSED"]
    assert "can't be closed" in caplog.text


@pytest.mark.rule("R-22", "R-28")
def test_decline_after_the_deadline_is_refused_before_any_scan(edition, company):
    order = factories.submitted(edition, company)
    by = factories.supplier_actor(order)
    assert code_of(orders.decline, order, reason="沒空", by=by, at=due(order, "accept")) == "deadline.passed"
    assert Order.objects.get().state == "SUBMITTED"


@pytest.mark.rule("R-26")
def test_dispute_after_silence_has_confirmed_is_refused_before_any_scan(edition, company):
    order = factories.delivered(edition, company)
    by, last = factories.actor(company), due(order, "confirm")
    assert code_of(orders.dispute, order, reason="沒有開通", by=by, at=last) == "deadline.passed"
    assert Order.objects.get().state == "DELIVERED"
    orders.dispute(order, reason="沒有開通", by=by, at=last - timedelta(microseconds=1))


@pytest.mark.rule("R-29")
def test_late_delivery_is_recorded_as_missed_without_any_scan(edition, company):
    order = factories.paid(edition, company)
    late = due(order, "deliver")
    orders.deliver(order, note="請以信箱登入", by=factories.supplier_actor(order), at=late)
    row = Obligation.objects.get(order=order, kind="deliver")
    assert (row.missed_at, row.fulfilled_at) == (late, late)
    assert Event.objects.filter(type="order.delivery_missed").count() == 1


@pytest.mark.rule("R-29")
def test_settled_dispute_leaves_no_delivery_to_miss(edition, company):
    order = factories.paid(edition, company)
    orders.dispute(order, reason="說好週一", by=factories.actor(company), at=NOW)
    orders.settle_dispute(order, reason="已提供", by=factories.officer(), at=NOW)
    settled = Event.objects.get(type="order.dispute_settled")
    assert (settled.data["reason"], Order.objects.get().reason) == (
        "已提供",
        "已提供",
    )  # as the case shows it
    last = due(order, "deliver")
    orders.close_deadlines(gateway=gateway.answering(), at=last)
    assert not Event.objects.filter(type="order.delivery_missed").exists()
    assert Event.objects.filter(type="order.invoice_missed").count() == 1  # the invoice is still owed


def test_discarded_draft_is_not_signed(edition, company):
    order = factories.draft(edition, company)
    contract = orders.draw_up_contract(order, by=factories.actor(company), at=NOW)
    session = factories.prepared(contract, factories.Party.BUYER)
    orders.discard(order, by=factories.actor(company), at=NOW)
    signature = factories.signature(session)
    finish = orders.finish_company_signature
    services, by = factories.services(NOW), factories.actor(company)
    assert code_of(finish, session, signature, services=services, by=by, at=NOW) == "transition.not_now"
    contract.refresh_from_db()
    assert contract.state == "DRAWN_UP"


@pytest.mark.rule("R-19")
def test_create_pins_the_version_that_was_seen_though_the_plan_was_read_before(edition, company):
    plan = factories.plan()
    stale = type(plan).objects.select_related("current").get(pk=plan.pk)
    old = stale.current
    new = type(old)(**{f.attname: getattr(old, f.attname) for f in old._meta.concrete_fields})
    new.pk, new.number, new.price_twd = None, 2, 50_000
    new.save()
    type(plan).objects.filter(pk=plan.pk).update(current=new)
    order = factories.draft(edition, company, stale, version_id=new.pk, points=100)
    assert (order.plan_version_id, order.price_twd) == (new.pk, 50_000)
