"""R-19, R-32: what a buyer signs is what he saw, whatever happens to the plan meanwhile; running orders keep their version."""

import pytest

from tcloud.catalogue import operations as catalogue
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-19"), pytest.mark.rule("R-32")]


def reprice(plan, price_twd):
    change = factories.submitted_change(on=plan, price_twd=price_twd)
    catalogue.approve_change(change, version=change.version, by=factories.officer(), at=NOW)


def test_create_refuses_the_version_of_a_form_that_was_open_when_another_was_approved():
    edition = factories.programme()
    company, plan = factories.granted(edition), factories.plan()
    factories.user(company)
    seen = plan.current_id
    reprice(plan, 90_000)
    with pytest.raises(Refusal) as refused:
        factories.draft(edition, company, plan, version_id=seen)
    assert refused.value.code == "plan.changed"
    assert not Order.objects.exists()


def test_submit_refuses_a_signed_contract_about_a_version_that_was_replaced():
    edition = factories.programme()
    company, plan = factories.granted(edition), factories.plan()
    order = factories.signed(edition, company, plan)
    reprice(plan, 90_000)
    with pytest.raises(Refusal) as refused:
        orders.submit(order, by=factories.actor(company), at=NOW)
    assert refused.value.code == "plan.changed"
    order.refresh_from_db()
    assert (order.state, order.price_twd) == ("DRAFT", 60_000)


def test_a_running_order_keeps_its_version_through_changes_and_delisting():
    edition = factories.programme()
    company, plan = factories.granted(edition), factories.plan()
    order = factories.accepted(edition, company, plan)
    reprice(plan, 90_000)
    catalogue.delist(plan, by=factories.officer(), at=NOW)
    order.refresh_from_db()
    assert (order.plan_version.number, order.plan_version.price_twd, order.price_twd) == (1, 60_000, 60_000)
    assert order.state == "ACCEPTED"
