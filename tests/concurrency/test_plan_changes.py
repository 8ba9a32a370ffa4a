"""Several people at one plan at the same moment, in real threads (R-32, R-19)."""

import pytest

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Plan, PlanChange, PlanVersion
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rule("R-32")]


def test_two_officers_at_once_have_one_winner(at_once):
    plan = factories.plan()
    change = factories.submitted_change(on=plan, price_twd=63_000)

    def approve():
        return catalogue.approve_change(change, version=change.version, by=factories.officer(), at=NOW)

    def give_back():
        return catalogue.return_change(
            change, {}, "補正", version=change.version, by=factories.officer(), at=NOW
        )

    outcomes = at_once(approve, give_back, approve, give_back)
    winners = [outcome for outcome in outcomes if isinstance(outcome, PlanChange)]
    assert len(winners) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {"stale"}
    assert Event.objects.filter(type__in=("plan_change.approved", "plan_change.returned")).count() == 1
    approved = winners[0].state == "APPROVED"
    assert PlanVersion.objects.filter(plan=plan).count() == 1 + approved
    assert Plan.objects.get(pk=plan.pk).current.price_twd == (63_000 if approved else 60_000)


def test_two_colleagues_begin_one_change_of_a_plan_and_one_new_plan(at_once):
    plan = factories.plan()
    supplier = plan.solution.supplier
    by = factories.actor(supplier.company, "supplier")
    for what in (plan, None):
        outcomes = at_once(*[lambda what=what: catalogue.begin_change(supplier, what, by=by, at=NOW)] * 4)
        assert len({outcome.pk for outcome in outcomes}) == 1, outcomes


def test_two_tabs_that_save_at_once_have_one_winner(at_once):
    change = factories.plan_change()
    by = factories.change_actor(change)
    outcomes = at_once(
        *[
            lambda price=price: catalogue.save_change(
                change, {"price_twd": price}, version=change.version, by=by, at=NOW
            )
            for price in (50_000, 51_000)
        ]
    )
    assert sorted(isinstance(outcome, Refusal) for outcome in outcomes) == [False, True]


@pytest.mark.rule("R-19")
def test_a_version_approved_while_a_buyer_orders_is_never_mixed_with_what_he_saw(at_once):
    edition = factories.programme()
    plan = factories.plan(price_twd=60_000)
    seen = plan.current_id
    buyers = [factories.granted(edition) for _ in range(3)]
    users = [factories.user(buyer) for buyer in buyers]
    change = factories.submitted_change(on=plan, price_twd=90_000)

    def approve():
        return catalogue.approve_change(change, version=change.version, by=factories.officer(), at=NOW)

    def order(buyer, user):
        return orders.create(
            edition, buyer, plan, version_id=seen, points=30_000, contact={"name": "王", "email": "a@b.tw"},
            idempotency_key=f"k{buyer.pk}", user=user, by=factories.actor(buyer), at=NOW,
        )  # fmt: skip

    outcomes = at_once(approve, *[lambda pair=pair: order(*pair) for pair in zip(buyers, users, strict=True)])
    assert isinstance(outcomes[0], PlanChange)
    for outcome in outcomes[1:]:
        if isinstance(outcome, Order):
            assert (outcome.plan_version_id, outcome.price_twd) == (seen, 60_000)
        else:
            assert outcome.code == "plan.changed"
