"""One order sent many times at once, and many orders for the last points."""

from functools import partial

import pytest

from tcloud.contracts.models import Contract
from tcloud.contracts.verification import verify
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.building import KeyReused
from tcloud.points import queries as points
from tcloud.points.models import Reservation
from tests import factories
from tests.concurrency.cheap import Shop, check_points, eight, moves
from tests.factories import NOW

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.rule("R-38")
def test_submit_eight_times_at_once_is_one_submission_for_every_caller(race):
    shop = Shop()
    for _round in range(10):
        order = shop.draft()
        answers = race(*eight(partial(orders.submit, order, by=shop.buyer, at=NOW)))
        assert {(answer.pk, answer.state) for answer in answers} == {(order.pk, "SUBMITTED")}
        assert moves(order) == ["order.submitted"]
        assert Reservation.objects.filter(order_number=order.number).count() == 1
        assert Obligation.objects.filter(order=order).count() == 1
        check_points(shop, order)


@pytest.mark.rule("R-38")
def test_create_eight_times_at_once_is_one_draft(race):
    edition, plan = factories.programme(), factories.plan()
    company = factories.granted(edition)
    user = factories.user(company)
    for place in range(10):
        key = {"idempotency_key": f"key-{place}", "user": user}
        answers = race(*eight(partial(factories.draft, edition, company, plan, **key)))
        assert len({answer.number for answer in answers}) == 1
    assert Order.objects.count() == 10


@pytest.mark.rule("R-38")
def test_create_with_the_same_key_and_another_body_is_refused(race):
    edition, plan = factories.programme(), factories.plan()
    company = factories.granted(edition)
    user = factories.user(company)
    for place in range(10):
        key = {"idempotency_key": f"key-{place}", "user": user}
        two = [partial(factories.draft, edition, company, plan, points=points, **key) for points in (10, 20)]
        answers = race(*eight(*two))
        won = [answer for answer in answers if isinstance(answer, Order)]
        assert len({answer.pk for answer in won}) == 1
        assert len(won) == 4
        assert [type(answer) for answer in answers].count(KeyReused) == 4
    assert Order.objects.count() == 10


@pytest.mark.rule("R-17")
def test_submit_never_overdraws_when_eight_orders_want_the_last_points(race):
    shop = Shop()
    company = shop.newcomer()
    drafts = [shop.draft(company, points=30_000) for _ in range(8)]
    by = factories.actor(company)
    answers = race(*[partial(orders.submit, draft, by=by, at=NOW) for draft in drafts])
    refused = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert refused == ["points.insufficient"] * 7
    assert Reservation.objects.filter(grant__company=company).count() == 1
    states = sorted(Order.objects.filter(company=company).values_list("state", flat=True))
    assert states == ["DRAFT"] * 7 + ["SUBMITTED"]
    assert (
        Event.objects.filter(case__in=[draft.case for draft in drafts], type="order.submitted").count() == 1
    )
    said = points.statement(shop.edition, company, at=NOW)
    assert (said.spendable_points, said.reserved_points) == (0, 30_000)
    for draft in drafts:
        check_points(shop, draft)


@pytest.mark.rule("R-20")
def test_accept_and_all_before_it_works_in_a_thread_of_the_web_server(race):
    """Both parties sign and both signatures verify where no event loop is: pyHanko is written for asyncio."""
    edition, plan = factories.programme(), factories.plan()
    company = factories.granted(edition)
    factories.user(company)
    (order,) = race(lambda: factories.accepted(edition, company, plan))
    assert order.state == "ACCEPTED"
    pdf = bytes(Contract.objects.get(order_number=order.number).document.content)
    (report,) = race(lambda: verify(pdf, at=NOW, policy=factories.policy(), revocation=factories.AllGood()))
    assert len(report.signatures) == 2
    assert report.ok


def test_submit_of_eight_companies_at_once_succeeds_for_all(race):
    shop = Shop()
    drafts = [shop.draft(shop.newcomer(), points=30_000) for _ in range(8)]
    answers = race(
        *[partial(orders.submit, draft, by=factories.actor(draft.company), at=NOW) for draft in drafts]
    )
    assert [answer.state for answer in answers] == ["SUBMITTED"] * 8
    for draft in drafts:
        check_points(shop, draft)
