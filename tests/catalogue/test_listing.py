import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import rules
from tcloud.catalogue.models import Plan, PlanVersion, Supplier
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.payments.rules import invoice_tax_twd
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R-24")
def test_invoiceable_leaves_out_exactly_the_prices_no_invoice_reaches():
    most = 21 * 50
    reached = {sales + invoice_tax_twd(sales) for sales in range(most)}
    assert {price for price in range(1, most) if rules.invoiceable(price)} == {
        t for t in reached if 0 < t < most
    }


@pytest.mark.rule("R-24")
def test_list_plan_refuses_a_price_without_invoice_and_lists_nothing():
    supplier = factories.supplier()
    before = Plan.objects.count(), Event.objects.count()
    with pytest.raises(Refusal) as refused:
        factories.plan(supplier, price_twd=21 * 1000 + 10)
    assert refused.value.code == "plan.price_without_invoice"
    assert "21,010" in str(refused.value)
    assert (Plan.objects.count(), Event.objects.count()) == before


@pytest.mark.rule("R-32")
def test_list_plan_makes_the_first_version_and_repeats_harmlessly():
    supplier = factories.supplier()
    plan = factories.plan(supplier, code="once")
    assert (plan.current.number, plan.listed_at) == (1, NOW)
    assert factories.plan(supplier, code="once", price_twd=99_000) == plan
    assert PlanVersion.objects.count() == 1
    assert Event.objects.filter(type="plan.listed").count() == 1


@pytest.mark.rule("R-32")
def test_delist_happens_once():
    plan = factories.plan()
    for _ in range(2):
        plan = catalogue.delist(plan, by=factories.officer(), at=NOW)
    assert plan.delisted_at == NOW
    assert Event.objects.filter(type="plan.delisted").count() == 1


@pytest.mark.rule("R-19")
@pytest.mark.parametrize(
    "sql", ["UPDATE catalogue_planversion SET price_twd = 1000", "DELETE FROM catalogue_planversion"]
)
def test_a_version_stays_even_against_raw_sql(sql):
    plan = factories.plan()
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute(sql)
    assert PlanVersion.objects.get(plan=plan).price_twd == 60_000


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [("price_twd", 1, "has_a_price"), ("term_months", 0, "has_a_term")],
)
def test_database_refuses_a_version_without_price_or_term(column, value, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        factories.plan(**{column: value})


def test_database_refuses_a_listed_plan_without_version():
    plan = factories.plan()
    with pytest.raises(IntegrityError, match="listed_with_a_version"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(current=None)


@pytest.mark.rule("R-31")
def test_database_refuses_orders_for_a_supplier_without_company():
    supplier = factories.supplier()
    with pytest.raises(IntegrityError, match="only_as_approved_company"), transaction.atomic():
        Supplier.objects.filter(pk=supplier.pk).update(company=None)


def test_import_categories_repeats_harmlessly():
    from tcloud.catalogue.models import Category

    catalogue.import_categories()
    first = list(Category.objects.values_list("pk", "code", "parent__code", "position"))
    catalogue.import_categories()
    assert list(Category.objects.values_list("pk", "code", "parent__code", "position")) == first
    assert {parent for _, _, parent, _ in first if parent} <= {code for _, code, _, _ in first}
