"""Renewal and change of plan: an order that follows another, the term of a service, and the reminder before its end."""

from datetime import datetime, time, timedelta

import pytest

from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders import queries, rules
from tcloud.orders.effects import effects
from tcloud.orders.models import Obligation, Order
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = pytest.mark.django_db


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


@pytest.fixture
def plan():
    return factories.plan(price_twd=20_000)


@pytest.fixture
def served(edition, company, plan):
    return factories.completed(edition, company, plan)


@pytest.mark.rule("R-15")
@pytest.mark.parametrize(
    ("confirmed", "months", "ends", "reminded"),
    [
        ("2027-01-15T10:00", 12, "2028-01-16", "2027-12-16T09:00"),
        ("2027-01-31T23:59", 1, "2027-03-01", "2027-02-21T09:00"),  # seven days of one month
        ("2028-02-28T00:00", 12, "2029-03-01", "2029-01-29T09:00"),
        ("2027-08-31T10:00", 6, "2028-03-01", "2028-01-30T09:00"),
    ],
)
def test_term_of_a_service_ends_by_months_and_is_reminded_of(confirmed, months, ends, reminded):
    end = rules.service_ends_at(moment(confirmed), months)
    assert end == moment(ends)
    assert rules.reminder_at(end, months, time_of_day=time(9)) == moment(reminded)


def terms(order):
    order.refresh_from_db()
    return order.service_ends_at, order.renewal_notice_at


def test_confirming_sets_the_term_and_delivering_does_not(edition, company, plan):
    order = factories.delivered(edition, company, plan)
    assert terms(order) == (None, None)
    told = {each.aspect: each.sentence for each in effects(order, "confirm", at=NOW)}
    orders.confirm(order, by=factories.actor(company), at=NOW)
    assert terms(order) == (moment("2028-01-16"), moment("2027-12-16T09:00"))
    assert "服務期間到2028年1月15日（六）為止" in told["deadlines"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=4)])
def test_term_after_silence_runs_from_the_end_of_the_time_to_confirm_whenever_the_scan_comes(
    edition, company, plan, late
):
    order = factories.delivered(edition, company, plan)
    due = Obligation.objects.get(order=order, kind="confirm").due_at
    assert due == moment("2027-01-23")
    orders.close_deadlines(gateway=gateway.answering(), at=due + late)
    assert terms(order)[0] == moment("2028-01-24")


def test_term_of_what_was_disputed_before_it_came_runs_from_the_settlement(edition, company, plan):
    order = factories.paid(edition, company, plan)
    orders.dispute(order, reason="沒有開通", by=factories.actor(company), at=NOW)
    orders.settle_dispute(order, reason="已開通", by=factories.officer(), at=NOW + timedelta(days=31))
    assert terms(order)[0] == moment("2028-02-16")


def test_an_order_that_follows_names_the_earlier_one_and_says_what_it_is(edition, company, plan, served):
    renewal = factories.draft(edition, company, plan, follows=served, points=5_000)
    other = factories.plan(plan.solution.supplier, price_twd=20_000)
    change = factories.draft(edition, company, other, follows=served, points=5_000)
    assert (renewal.kind, renewal.previous_order) == (Order.Kind.RENEWAL, served)
    assert (change.kind, change.previous_order) == (Order.Kind.PLAN_CHANGE, served)
    assert not queries.following(served).exists()  # a draft follows nothing yet
    assert factories.draft(edition, company, plan, points=100).kind == Order.Kind.NEW


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda w: w["submitted"], "order.not_to_follow"),
        (lambda w: w["paid"], "order.not_to_follow"),
        (lambda w: w["elsewhere"], "order.not_to_follow"),
        (lambda w: w["other supplier"], "order.other_supplier"),
    ],
)
def test_only_a_served_order_of_the_same_company_and_supplier_is_followed(edition, company, plan, make, code):
    world = {
        "submitted": lambda: factories.submitted(edition, company, plan),
        "paid": lambda: factories.paid(edition, company, plan),
        "elsewhere": lambda: factories.delivered(edition, factories.granted(edition), plan),
        "other supplier": lambda: factories.delivered(edition, company, factories.plan(price_twd=20_000)),
    }
    follows = make(world)()
    before = Order.objects.count()
    with pytest.raises(Refusal) as refused:
        factories.draft(edition, company, plan, follows=follows, points=5_000)
    assert refused.value.code == code
    assert Order.objects.count() == before


def test_edition_without_points_for_renewals_refuses_the_draft_and_its_submission(
    edition, company, plan, served
):
    renewal = factories.signed(edition, company, plan, follows=served, points=5_000)
    Programme.objects.update(renewals_with_points=False)
    edition.refresh_from_db()
    for act in (
        lambda: factories.draft(edition, company, plan, follows=served, points=5_000),
        lambda: orders.submit(renewal, by=factories.actor(company), at=NOW),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "renewal.points_not_allowed"
    renewal.refresh_from_db()
    assert renewal.state == "DRAFT"


def test_sending_looks_again_at_the_order_that_is_followed(edition, company, plan):
    served = factories.delivered(edition, company, plan)
    renewal = factories.signed(edition, company, plan, follows=served, points=5_000)
    orders.dispute(served, reason="不能用", by=factories.actor(company), at=NOW)
    with pytest.raises(Refusal) as refused:
        orders.submit(renewal, by=factories.actor(company), at=NOW)
    assert refused.value.code == "order.not_to_follow"


# The reminder

DUE = moment("2027-12-16T09:00")


def reminded():
    return Event.objects.filter(type="order.term_ending").count()


@pytest.mark.parametrize(
    ("at", "times"), [(DUE - timedelta(seconds=1), 0), (DUE, 1), (DUE + timedelta(days=60), 1)]
)
def test_reminder_comes_once_from_its_moment_on_also_when_the_worker_was_down(served, at, times):
    for _twice in range(2):
        orders.send_renewal_notices(at=at)
    assert reminded() == times


def test_no_reminder_where_a_following_order_was_sent_or_the_service_is_disputed(
    edition, company, plan, served
):
    disputed = factories.delivered(edition, company, plan, points=1_000)
    orders.dispute(disputed, reason="不能用", by=factories.actor(company), at=NOW)
    renewal = factories.submitted(edition, company, plan, follows=served, points=5_000)
    assert list(queries.following(served)) == [renewal]
    orders.send_renewal_notices(at=DUE)
    assert reminded() == 0
    orders.settle_dispute(disputed, reason="成立", by=factories.officer(), at=DUE)
    orders.send_renewal_notices(at=DUE)
    assert reminded() == 0
    orders.send_renewal_notices(at=terms(disputed)[1])
    assert reminded() == 1
