"""What a company says about its recommendations, and the monthly learning from completed orders (R-37)."""

from datetime import date

import pytest

from tcloud.assessment.queries import latest_completed
from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.recommendations import operations, queries, tasks
from tcloud.recommendations.models import Learning, Popularity, Preference
from tcloud.recommendations.rules import Said
from tests import factories
from tests.factories import NOW
from tests.recommendations.conftest import assessed, next_month

pytestmark = pytest.mark.django_db


def completed(edition, plan, **answers):
    """A company that has ordered the plan and confirmed the service."""
    company = assessed(edition, **{"industry": "wholesale_retail", "staff_count": "under_30"} | answers)
    order = factories.delivered(edition, company, plan, points=1)
    orders.confirm(order, by=factories.actor(company), at=NOW)
    return company


def test_state_industry_records_it_once(member):
    by = factories.actor(member)
    for _time in range(2):
        operations.state_industry(member, "56", by=by, at=NOW)
    assert Preference.objects.get().division == "56"
    event = Event.objects.get(type="recommendation.industry_stated")
    assert (event.case, event.data) == (f"company/{member.pk}", {"division": "56", "before": ""})


@pytest.mark.parametrize("division", ["00", "5611", "x", "４７"])
def test_state_industry_refuses_what_is_no_division(member, division):
    with pytest.raises(Refusal) as refused:
        operations.state_industry(member, division, by=factories.actor(member), at=NOW)
    assert refused.value.code == "recommendation.unknown_industry"
    assert not Preference.objects.exists()


@pytest.mark.rule("R-36")
def test_switch_ends_and_begins_recommendations(edition, member):
    factories.plan()
    by = factories.actor(member)
    for _time in range(2):
        operations.switch(member, personal=False, by=by, at=NOW)
    assert queries.for_company(member, edition, at=NOW) == []
    operations.switch(member, personal=True, by=by, at=NOW)
    assert len(queries.for_company(member, edition, at=NOW)) == 1
    types = list(Event.objects.filter(type__startswith="recommendation.").values_list("type", flat=True))
    assert types == ["recommendation.switched_off", "recommendation.switched_on"]


@pytest.mark.rule("R-37")
def test_learn_keeps_nothing_of_nine_companies_and_tells_of_ten(edition, member):
    plan, after = factories.plan(price_twd=2_000), next_month()
    buyers = [completed(edition, plan) for _company in range(9)]
    operations.learn(edition, at=after)
    assert not Popularity.objects.exists()
    (row,) = queries.for_company(member, edition, at=after)
    assert "popular" not in [said.code for said in row.reasons]

    buyers.append(completed(edition, plan))
    assert operations.learn(edition, at=after) is None  # nothing moves within the month
    assert not Popularity.objects.exists()
    later = after.replace(month=after.month + 1)
    operations.switch(buyers[0], personal=False, by=factories.actor(buyers[0]), at=after)
    operations.learn(edition, at=later)
    assert not Popularity.objects.exists()  # who switched it off is not counted
    operations.switch(buyers[0], personal=True, by=factories.actor(buyers[0]), at=later)

    last = after.replace(month=after.month + 2)
    operations.learn(edition, at=last)
    assert Learning.objects.get().as_of == last.date()
    kept = set(Popularity.objects.values_list("industry", "staff", "companies"))
    assert kept == {("", "", 10), ("wholesale_retail", "", 10), ("wholesale_retail", "under_30", 10)}
    advice = queries.advice(member, edition, at=last)
    assert advice.learned_as_of == date(2027, 4, 1)
    assert Said("popular", {"companies": 10, "scope": "both"}) in advice.recommendations[0].reasons
    own = latest_completed(member, edition)
    assert own is not None
    assert queries.chosen_by_similar(own, at=last) == [plan.solution.category.code]
    assert queries.chosen_by_similar(own, at=after) == []
    before = queries.advice(member, edition, at=after)  # the clock of a rehearsal set back
    assert before.learned_as_of is None


@pytest.mark.rule("R-37")
def test_learn_counts_only_orders_completed_before_the_month(edition):
    plan = factories.plan(price_twd=2_000)
    buyer = completed(edition, plan)
    unfinished = assessed(edition)
    factories.delivered(edition, unfinished, plan, points=1)
    month = clock.start_of(NOW.date().replace(day=1))
    assert queries.completed(edition, before=month) == []
    group = ("wholesale_retail", "under_30")
    assert queries.completed(edition, before=next_month()) == [(buyer.pk, group, plan.solution_id)]


def test_learn_runs_for_open_editions_every_night(edition):
    with clock.moved_to(NOW):
        tasks.learn(0)
        tasks.learn(1)
    assert Learning.objects.get().as_of == date(2027, 1, 1)
    assert Event.objects.filter(type="recommendation.learned").count() == 1
