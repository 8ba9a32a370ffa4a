"""Plans by the thousand for measuring: as real as single ones, honest in their words, marked as invented."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.catalogue import answers, queries, rules, scale, shipped
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tests.factories import NOW


def test_plan_rows_are_honest_and_the_same_each_time():
    rows = list(scale.plan_rows(1, 600))
    assert rows == list(scale.plan_rows(1, 600))
    assert rows[299:310] == list(scale.plan_rows(300, 310))
    assert len({row["code"] for row in rows}) == 600
    assert len({row["description_zh"] for row in rows}) > 590
    assert {row["category"] for row in rows} == {
        row["code"] for row in shipped.rows("categories") if row["parent"]
    }
    for row in rows:
        assert row["solution_zh"].endswith("（示範）")
        assert rules.invoiceable(row["price_twd"])
        assert row["employees_from"] <= row["employees_to"]
        template = shipped.answer_template(row["category"])
        assert (
            answers.misfits(template, row["answers"])
            == answers.open_questions(template, row["answers"])
            == []
        )


def suppliers(plans):
    return {
        row["slug"]: catalogue.add_supplier(row, company=None, by=THE_SYSTEM, at=NOW)
        for row in scale.supplier_rows(plans)
    }


@pytest.mark.django_db
@pytest.mark.rule("R-32")
def test_list_many_lists_as_one_at_a_time_would_and_goes_on_where_it_stopped():
    catalogue.import_categories()
    sellers, rows = suppliers(260), list(scale.plan_rows(1, 40))
    assert catalogue.list_many(sellers, rows[:25], by=THE_SYSTEM, at=NOW) == 25
    assert catalogue.list_many(sellers, rows, by=THE_SYSTEM, at=NOW) == 15
    assert catalogue.list_many(sellers, rows, by=THE_SYSTEM, at=NOW) == 0
    assert queries.listed().count() == Plan.objects.count() == PlanVersion.objects.count() == 40
    assert Event.objects.filter(type="plan.listed").count() == 40
    alone = catalogue.list_plan(
        sellers[rows[0]["supplier"]], rows[0] | {"code": "alone"}, by=THE_SYSTEM, at=NOW
    )
    many = Plan.objects.get(code=rows[0]["code"])
    told = [
        {
            field.name: getattr(plan.current, field.name)
            for field in PlanVersion._meta.concrete_fields
            if field.name not in {"id", "plan"}
        }
        for plan in (alone, many)
    ]
    assert told[0] == told[1]
    assert (alone.solution, alone.listed_at) == (many.solution, many.listed_at)


@pytest.mark.django_db
def test_list_many_asks_the_database_the_same_however_many():
    catalogue.import_categories()
    sellers, rows = suppliers(60), list(scale.plan_rows(1, 60))

    def asked(part):
        with CaptureQueriesContext(connection) as captured:
            catalogue.list_many(sellers, part, by=THE_SYSTEM, at=NOW)
        return len(captured)

    assert asked(rows[:10]) == asked(rows[10:])


@pytest.mark.django_db
def test_seed_adds_plans_in_demo_mode_only(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError):
        call_command("seed", plans=5, stdout=StringIO())
    assert not Plan.objects.exists()
    settings.DEBUG = True
    for added in (5, 0):
        out = StringIO()
        call_command("seed", plans=5, stdout=out)
        assert json.loads(out.getvalue())["plans_added"] == added
