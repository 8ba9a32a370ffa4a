"""Rows read by a statement of their own are what the ORM would have read."""

import pytest

from tcloud.core.columns import rows
from tcloud.orders.models import Order
from tcloud.orders.operations.submitting import _DECIDING
from tcloud.web.ui.acting import places_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_columns_are_those_of_the_order_and_of_what_stands_around_it(django_assert_num_queries):
    edition = factories.programme()
    made = factories.signed(edition, factories.granted(edition))
    signed = Order.objects.select_related("company", "plan_version", "contract").get(pk=made.pk)
    with django_assert_num_queries(1):
        (found,) = rows(Order, _DECIDING, [signed.pk])
        assert (found, found.number, found.state, found.cash_twd) == (signed, signed.number, "DRAFT", 30_000)
        assert found.programme.is_open
        assert found.company.ubn == signed.company.ubn
        assert found.plan_version.plan_id == signed.plan_version.plan_id
        assert found.contract.terms == signed.contract.terms  # JSON, not its text
        assert found.previous_order_id is None
    assert "contact_name" in found.get_deferred_fields()
    assert found.contact_name == signed.contact_name
    assert rows(Order, _DECIDING, [0]) == []


def test_nothing_around_where_the_key_is_empty():
    edition = factories.programme()
    draft = factories.draft(edition, factories.granted(edition))
    Order.objects.filter(pk=draft.pk).update(contract=None)
    (found,) = rows(Order, _DECIDING, [draft.pk])
    assert found.contract is None


def test_places_are_whole_rows(django_assert_num_queries):
    company = factories.company()
    user = factories.user(company)
    (place,) = places_of(user)
    with django_assert_num_queries(0):
        assert (place.user, place.company, place.company.name) == (user, company, company.name)
        assert not place.get_deferred_fields()
        assert not place.company.get_deferred_fields()
        assert place.may_order
