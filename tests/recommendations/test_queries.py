"""The recommendations of a company: which plans may appear, what is known of it, and how much the database is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.catalogue import operations as catalogue
from tcloud.core.actors import THE_SYSTEM
from tcloud.members.models import Company
from tcloud.recommendations import operations, queries
from tcloud.recommendations.rules import Said
from tcloud.web import demo
from tests import factories
from tests.factories import NOW
from tests.recommendations.conftest import assessed

pytestmark = pytest.mark.django_db


def shown(company, edition, **options):
    return [row.plan.code for row in queries.for_company(company, edition, at=NOW, **options)]


def test_for_company_gives_plans_with_reasons_split_and_a_cheaper_one(edition, member):
    dear, cheap = factories.plan(price_twd=59_998), factories.plan(price_twd=18_000)
    first, second = queries.for_company(member, edition, at=NOW)
    assert (first.plan, second.plan) == (cheap, dear)
    assert (first.points, first.cash_twd) == (9_000, 9_000)
    assert first.reasons[0] == Said(
        "need", {"zh": "您要到架上看才知道庫存", "en": "you look at the shelves to know your stock"}
    )
    assert first.cheaper is None
    assert second.cheaper == cheap


def test_for_company_is_empty_without_an_assessment(edition):
    factories.plan()
    newcomer = factories.participant(edition)
    assert shown(newcomer, edition) == []
    assert queries.category_needs(newcomer, edition) == {}
    assert not queries.advice(newcomer, edition, at=NOW).assessed


@pytest.mark.rule("R-32")
def test_for_company_gives_only_listed_plans_that_take_orders(edition, member):
    catalogue.delist(factories.plan(), by=THE_SYSTEM, at=NOW)
    reference = factories.plan()
    type(reference.solution.supplier).objects.filter(pk=reference.solution.supplier_id).update(
        takes_orders=False
    )
    assert shown(member, edition) == []


@pytest.mark.rule("R-39")
def test_for_company_gives_nothing_of_its_own_nor_of_the_same_representative(edition, member):
    Company.objects.filter(pk=member.pk).update(responsible_name="林大年")
    member.refresh_from_db()
    supplier, relative = factories.supplier(), factories.supplier()
    type(supplier).objects.filter(pk=supplier.pk).update(company=member)
    Company.objects.filter(pk=relative.company_id).update(responsible_name="林大年")
    factories.plan(supplier)
    factories.plan(relative)
    other = factories.plan()
    assert shown(member, edition) == [other.code]


def test_for_company_leaves_out_what_it_has_an_order_for(edition, member):
    bought, need = factories.plan(), factories.plan(category="payroll")
    factories.submitted(edition, member, bought)
    factories.plan()  # another of the same category
    advice = queries.advice(member, edition, at=NOW)
    assert [row.plan for row in advice.recommendations] == [need]
    assert [category.code for category in advice.covered] == ["stock"]


def test_for_company_splits_by_the_points_left(edition, member):
    factories.submitted(edition, member, factories.plan(category="payroll", price_twd=50_000))
    factories.plan(price_twd=20_000)
    (row,) = queries.for_company(member, edition, at=NOW)
    assert (row.points, row.cash_twd) == (5_000, 15_000)
    assert Said("over_points", {"more_twd": 5_000}) in row.drawbacks


def test_category_needs_are_the_strengths_of_the_assessment(edition, member):
    needs = queries.category_needs(member, edition)
    assert needs["stock"] == 100
    assert all(0 < strength <= 100 for strength in needs.values())
    operations.switch(member, personal=False, by=factories.actor(member), at=NOW)
    assert queries.category_needs(member, edition) == {}


def test_known_is_what_the_assessment_says_or_the_company_states_here(edition, member):
    def known():
        return queries.advice(member, edition, at=NOW).known

    assert (known().industry_from, known().division, known().near) == ("assessment", "", {"45", "47"})
    operations.state_industry(member, "56", by=factories.actor(member), at=NOW)
    assert (known().industry_from, known().division, known().near) == ("stated", "56", {"55"})
    assert known().staff == (5, 29)


def test_known_industry_is_nothing_when_the_assessment_says_another(edition):
    known = queries.advice(assessed(edition, industry="other"), edition, at=NOW).known
    assert (known.industry_from, known.division, known.near) == ("", "", frozenset())


@pytest.mark.rule("R-36")
def test_known_takes_nothing_from_the_registers(edition, member):
    """The company authorised look-ups to judge its eligibility, and for nothing else."""
    with CaptureQueriesContext(connection) as asked:
        queries.advice(member, edition, at=NOW)
    assert not [each for each in asked.captured_queries if "eligibility_" in each["sql"]]


def test_for_company_asks_a_constant_number_of_questions(edition, member, django_assert_num_queries):
    factories.plan()
    with django_assert_num_queries(QUESTIONS):
        assert len(shown(member, edition)) == 1
    for number in range(12):
        factories.plan(category=("payroll", "backup", "project", "stock")[number % 4])
    with django_assert_num_queries(QUESTIONS):
        assert len(shown(member, edition)) == 6


QUESTIONS = 10


def test_for_company_without_points_says_that_nothing_can_be_ordered(edition):
    company = assessed(factories.programme(appropriation=0))
    programme = company.assessments.get().programme
    factories.plan()
    (row,) = queries.for_company(company, programme, at=NOW)
    assert row.points == 0
    assert row.drawbacks[0] == Said("no_points")


def test_the_demo_company_has_recommendations_from_the_shipped_catalogue():
    edition = demo.demo(at=NOW)
    company = Company.objects.get(ubn=demo.MEMBER_UBN)
    rows = queries.for_company(company, edition, at=NOW)
    assert len(rows) == 6
    assert len({row.plan.solution.category_id for row in rows}) >= 3
    assert all(row.reasons for row in rows)
    assert all(row.points + row.cash_twd == row.plan.current.price_twd for row in rows)
