from datetime import timedelta

import pytest
from django.db import transaction

from tcloud.core import events
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reservation
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return factories.programme(appropriation=90_000)


@pytest.fixture
def company(edition):
    return factories.granted(edition)


def event(company, at=NOW):
    return events.record("order.test", company, case="order/T", by=factories.actor(company), at=at)


def reserve(edition, company, amount, number="CE1", at=NOW):
    return points.reserve(edition, company, amount, order_number=number, event=event(company, at), at=at)


@pytest.mark.rule("R-17")
def test_reserve_holds_points_and_activates_the_grant(edition, company):
    reserve(edition, company, 12_000)
    statement = queries.statement(edition, company, at=NOW)
    assert (statement.spendable_points, statement.reserved_points) == (18_000, 12_000)
    assert Grant.objects.get().activated_at == NOW


@pytest.mark.rule("R-17")
@pytest.mark.parametrize("amount", [30_001, 0, -1])
def test_reserve_refuses_what_is_not_there_and_changes_nothing(edition, company, amount):
    with pytest.raises(Refusal) as refused, transaction.atomic():
        reserve(edition, company, amount)
    assert refused.value.code == "points.insufficient"
    assert not Reservation.objects.exists()
    assert Grant.objects.get().activated_at is None
    assert queries.spendable(edition, company, at=NOW) == 30_000


@pytest.mark.rule("R-14")
def test_reserve_refuses_expired_points_before_any_scan(edition, company):
    grant = Grant.objects.get()
    reserve(edition, company, 1)
    just_before, at_end = grant.expires_at - timedelta(seconds=1), grant.expires_at
    assert queries.spendable(edition, company, at=just_before) == 29_999
    assert queries.spendable(edition, company, at=at_end) == 0
    with pytest.raises(Refusal), transaction.atomic():
        reserve(edition, company, 1, "CE2", at=at_end)


@pytest.mark.rule("R-13")
def test_reserve_refuses_a_grant_not_activated_in_time(edition, company):
    late = Grant.objects.get().activate_before
    assert queries.spendable(edition, company, at=late - timedelta(seconds=1)) == 30_000
    assert queries.spendable(edition, company, at=late) == 0


def test_release_gives_points_back_once(edition, company):
    reserve(edition, company, 12_000)
    assert points.release(order_number="CE1", event=event(company), at=NOW) == 12_000
    assert points.release(order_number="CE1", event=event(company), at=NOW) == 0
    assert queries.spendable(edition, company, at=NOW) == 30_000
    assert ledger.audit()["balanced"]


@pytest.mark.rule("R-16")
def test_release_after_the_expiry_takes_the_points_back_at_once(edition, company):
    reserve(edition, company, 12_000)
    after = Grant.objects.get().expires_at
    assert (
        queries.statement(edition, company, at=after).reserved_points == 12_000
    )  # a live order keeps its points
    points.release(order_number="CE1", event=event(company, after), at=after)
    statement = queries.statement(edition, company, at=after)
    assert (statement.reserved_points, statement.lines[0].available_points) == (0, 18_000)
    assert queries.budget(edition)["left"] == 60_000 + 12_000
    assert ledger.audit()["balanced"]


@pytest.mark.rule("R-18")
def test_redeem_owes_the_points_to_the_supplier_once(edition, company):
    reserve(edition, company, 12_000)
    for expected in (12_000, 0):
        done = points.redeem(order_number="CE1", supplier_ubn="99990377", event=event(company), at=NOW)
        assert done == expected
    assert ledger.balance(queries.payable_key(edition.pk, "99990377")) == 12_000
    statement = queries.statement(edition, company, at=NOW)
    assert (statement.redeemed_points, statement.reserved_points, statement.spendable_points) == (
        12_000,
        0,
        18_000,
    )
    assert points.release(order_number="CE1", event=event(company), at=NOW) == 0
