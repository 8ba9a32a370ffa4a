"""R-32: a plan is listed after review; each change is a new version, reviewed before it replaces the old."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import queries
from tcloud.catalogue.models import Plan, PlanChange, PlanVersion, Solution
from tcloud.core.actors import SUPPLIER
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-32")]
OFFICER = factories.officer()


def approve(change, **options):
    return catalogue.approve_change(change, **{"version": change.version, "by": OFFICER, "at": NOW} | options)


def refused(code, call):
    before = state_of_everything()
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.code == code
    assert state_of_everything() == before
    return caught.value


def state_of_everything():
    return (
        list(PlanChange.objects.order_by("pk").values()),
        list(Plan.objects.order_by("pk").values()),
        PlanVersion.objects.count(),
        Solution.objects.count(),
        Event.objects.count(),
    )


def test_approve_change_lists_a_new_plan_with_its_solution():
    change = approve(factories.submitted_change(price_twd=36_000))
    plan = queries.by_code(change.plan.code)
    assert (plan.current, plan.listed_at, plan.current.number, plan.current.price_twd) == (
        change.result,
        NOW,
        1,
        36_000,
    )
    assert plan.solution.category.code == "stock"
    assert plan.current.answers == factories.answers_for("stock")
    assert Event.objects.filter(type="plan.listed", case=plan.case).count() == 1


def test_approve_change_replaces_the_version_and_leaves_the_old_one():
    plan = factories.plan(price_twd=60_000)
    change = approve(factories.submitted_change(on=plan, price_twd=63_000))
    fresh = queries.by_code(plan.code)
    assert (fresh.current.number, fresh.current.price_twd) == (2, 63_000)
    assert plan.versions.get(number=1).price_twd == 60_000
    assert fresh.listed_at == plan.listed_at
    assert Event.objects.get(type="plan.version_listed").data == {"version": 2, "change": change.pk}


def test_nothing_is_listed_before_the_review():
    plan = factories.plan()
    factories.submitted_change(on=plan, price_twd=99_000)
    factories.submitted_change()
    assert [row.current.price_twd for row in queries.listed()] == [60_000]


def test_begin_change_starts_from_what_is_listed_and_is_one_a_plan():
    plan = factories.plan(keywords_zh=["庫存", "盤點"])
    by = factories.actor(plan.solution.supplier.company, SUPPLIER)
    change = catalogue.begin_change(plan.solution.supplier, plan, by=by, at=NOW)
    assert change.based_on == plan.current
    assert change.content["name"] == plan.current.name
    assert change.content["keywords"][:2] == ["庫存", "盤點"]
    assert catalogue.begin_change(plan.solution.supplier, plan, by=by, at=NOW) == change
    assert Event.objects.filter(type="plan_change.begun").count() == 1


def test_begin_change_pressed_twice_begins_one_new_plan_and_at_most_twenty():
    supplier = factories.supplier()
    by = factories.actor(supplier.company, SUPPLIER)
    first = catalogue.begin_change(supplier, None, by=by, at=NOW)
    assert catalogue.begin_change(supplier, None, by=by, at=NOW) == first
    for number in range(20):
        draft = catalogue.begin_change(supplier, None, by=by, at=NOW)
        catalogue.save_change(draft, {"name": f"方案{number}"}, version=draft.version, by=by, at=NOW)
    refused("plan_change.too_many", lambda: catalogue.begin_change(supplier, None, by=by, at=NOW))


@pytest.mark.rule("R-31")
def test_begin_change_refuses_a_supplier_that_is_not_approved():
    supplier = factories.supplier()
    type(supplier).objects.filter(pk=supplier.pk).update(takes_orders=False, approved_at=None)
    supplier.refresh_from_db()
    by = factories.actor(supplier.company, SUPPLIER)
    refused("supplier.not_approved", lambda: catalogue.begin_change(supplier, None, by=by, at=NOW))


@pytest.mark.rule("R-31")
def test_approve_change_refuses_a_supplier_whose_approval_ended():
    change = factories.submitted_change()
    type(change.supplier).objects.filter(pk=change.supplier_id).update(takes_orders=False, approved_at=None)
    refused("supplier.not_approved", lambda: approve(change))


@pytest.mark.rule("R-37")
def test_another_supplier_changes_nothing():
    plan, other = factories.plan(), factories.supplier()
    change = factories.plan_change(on=plan)
    by = factories.actor(other.company, SUPPLIER)
    for call in (
        lambda: catalogue.begin_change(other, plan, by=by, at=NOW),
        lambda: catalogue.begin_change(plan.solution.supplier, plan, by=by, at=NOW),
        lambda: catalogue.save_change(change, {"blurb": "x"}, version=change.version, by=by, at=NOW),
        lambda: catalogue.submit_change(change, version=change.version, by=by, at=NOW),
        lambda: catalogue.withdraw_change(change, version=change.version, by=by, at=NOW),
        lambda: catalogue.delist(plan, reason="不賣了", by=by, at=NOW),
    ):
        refused("transition.not_yours", call)


def test_save_change_keeps_an_incomplete_draft():
    supplier = factories.supplier()
    by = factories.actor(supplier.company, SUPPLIER)
    change = catalogue.begin_change(supplier, None, by=by, at=NOW)
    change = catalogue.save_change(change, {"name": "半份"}, version=change.version, by=by, at=NOW)
    change = catalogue.save_change(change, {"price_twd": 500}, version=change.version, by=by, at=NOW)
    assert (change.content["name"], change.content["price_twd"]) == ("半份", 500)
    late = refused(
        "plan_change.incomplete",
        lambda: catalogue.submit_change(change, version=change.version, by=by, at=NOW),
    )
    assert {"blurb", "description", "term_months", "category", "solution_name", "features"} <= set(
        late.facts["fields"]
    )


def test_save_change_refuses_fields_it_does_not_know():
    change = factories.plan_change(on=factories.plan())
    by = factories.change_actor(change)
    for name in ("state", "plan", "solution_name", "source"):
        refused(
            "plan_change.unknown_field",
            lambda name=name: catalogue.save_change(change, {name: 1}, version=change.version, by=by, at=NOW),
        )


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"name": " "}, "name"), ({"name": "長" * 81}, "name"), ({"blurb_en": "x" * 301}, "blurb_en"),
        ({"price_twd": None}, "price_twd"), ({"price_twd": 1}, "price_twd"), ({"price_twd": 21_010}, "price_twd"),
        ({"price_twd": 10**8}, "price_twd"), ({"price_twd": "60000"}, "price_twd"),
        ({"term_months": 0}, "term_months"), ({"term_months": 61}, "term_months"), ({"seats": 0}, "seats"),
        ({"employees_from": 50, "employees_to": 10}, "employees_to"), ({"features": []}, "features"),
        ({"features": [{"zh": "長" * 121, "en": ""}]}, "features"), ({"certifications": ["x"] * 11}, "certifications"),
        ({"integrations": ["a", "b"], "integrations_en": ["a"]}, "integrations_en"), ({"industries": ["99"]}, "industries"),
        ({"answers": {}}, "answers.items_limit"), ({"answers": factories.answers_for("stock") | {"barcode": "yes"}}, "answers.barcode"),
        ({"category": "no-such"}, "category"), ({"category": "inventory"}, "category"), ({"solution_name": ""}, "solution_name"),
    ],
)  # fmt: skip
@pytest.mark.rule("R-24")
def test_submit_change_names_each_field_that_does_not_fit(content, field):
    change = factories.plan_change(**content)
    late = refused(
        "plan_change.incomplete",
        lambda: catalogue.submit_change(
            change, version=change.version, by=factories.change_actor(change), at=NOW
        ),
    )
    assert field in late.facts["fields"]
    assert str(late.facts["fields"][field])


def test_submit_change_refuses_a_name_the_supplier_uses_in_another_category():
    supplier = factories.supplier()
    factories.plan(supplier, solution_zh="雲倉", category="pos")
    change = factories.plan_change(supplier, solution_name="雲倉")
    late = refused(
        "plan_change.incomplete",
        lambda: catalogue.submit_change(
            change, version=change.version, by=factories.change_actor(change), at=NOW
        ),
    )
    assert set(late.facts["fields"]) == {"solution_name"}


def test_submit_change_twice_submits_once():
    change = factories.plan_change()
    by = factories.change_actor(change)
    sent = [catalogue.submit_change(change, version=change.version, by=by, at=NOW) for _ in range(2)]
    assert sent[0].version == sent[1].version
    assert Event.objects.filter(type="plan_change.submitted").count() == 1
    assert (sent[0].submitted_at, sent[0].review_working_days) == (NOW, 5)


def test_return_change_gives_reasons_and_the_supplier_goes_on():
    change = factories.submitted_change()
    by = factories.change_actor(change)
    back = catalogue.return_change(
        change, {"price_twd": "請附調價說明", "answers.barcode": "與說明不符", "blurb": " "}, "請補正",
        version=change.version, by=OFFICER, at=NOW,
    )  # fmt: skip
    assert (back.state, back.remarks, back.note) == (
        "RETURNED", {"price_twd": "請附調價說明", "answers.barcode": "與說明不符"}, "請補正",
    )  # fmt: skip
    mended = catalogue.save_change(back, {"price_twd": 59_000}, version=back.version, by=by, at=NOW)
    assert (mended.state, mended.remarks) == ("DRAFT", back.remarks)
    again = catalogue.submit_change(mended, version=mended.version, by=by, at=NOW)
    assert (again.state, again.remarks, again.note) == ("SUBMITTED", {}, "")
    assert approve(again).result.price_twd == 59_000


def test_return_change_refuses_to_give_no_reason_or_one_about_nothing():
    change = factories.submitted_change()
    for remarks, code in (
        ({"name": " "}, "no_reason"),
        ({"colour": "x"}, "unknown_field"),
        ({"answers.x": "x"}, "unknown_field"),
    ):
        refused(
            f"plan_change.{code}",
            lambda remarks=remarks: catalogue.return_change(
                change, remarks, "", version=change.version, by=OFFICER, at=NOW
            ),
        )


def test_a_form_drawn_from_an_older_draft_is_stale():
    change = factories.plan_change()
    by = factories.change_actor(change)
    catalogue.save_change(change, {"blurb": "新的"}, version=change.version, by=by, at=NOW)
    for call in (
        lambda: catalogue.save_change(change, {"blurb": "舊的"}, version=change.version, by=by, at=NOW),
        lambda: catalogue.submit_change(change, version=change.version, by=by, at=NOW),
        lambda: catalogue.withdraw_change(change, version=change.version, by=by, at=NOW),
    ):
        refused("stale", call)


def test_an_officer_who_saw_an_older_draft_does_not_approve_another():
    change = factories.submitted_change(price_twd=60_000)
    by = factories.change_actor(change)
    row = catalogue.take_back_change(change, version=change.version, by=by, at=NOW)
    row = catalogue.save_change(row, {"price_twd": 90_000}, version=row.version, by=by, at=NOW)
    catalogue.submit_change(row, version=row.version, by=by, at=NOW)
    refused("stale", lambda: approve(change))


def test_approve_change_is_stale_when_the_plan_has_moved_on():
    plan = factories.plan()
    change = factories.submitted_change(on=plan)
    other = PlanVersion.objects.create(
        plan=plan,
        number=7,
        name="x",
        blurb="x",
        description="x",
        price_twd=500,
        term_months=1,
        created_at=NOW,
    )
    catalogue.put_on_shelf([other], at=NOW)
    with pytest.raises(Stale):
        approve(change)


def test_approve_change_leaves_a_delisted_plan_off_the_list_until_relisted():
    plan = factories.plan()
    catalogue.delist(plan, by=OFFICER, at=NOW)
    approve(factories.submitted_change(on=plan, price_twd=42_000))
    assert queries.by_code(plan.code) is None
    catalogue.relist(plan, by=OFFICER, at=NOW)
    assert queries.by_code(plan.code).current.price_twd == 42_000


def test_withdraw_change_ends_it_and_another_may_begin():
    plan = factories.plan()
    change = factories.submitted_change(on=plan)
    by = factories.change_actor(change)
    gone = catalogue.withdraw_change(change, version=change.version, by=by, at=NOW)
    assert gone.state == "WITHDRAWN"
    assert catalogue.begin_change(plan.solution.supplier, plan, by=by, at=NOW) != gone


def test_relist_gives_back_only_what_the_supplier_itself_took_off():
    plan = factories.plan()
    by = factories.actor(
        plan.solution.supplier.company, SUPPLIER, by=factories.user(plan.solution.supplier.company)
    )
    refused("plan.no_reason", lambda: catalogue.delist(plan, reason=" ", by=by, at=NOW))
    assert catalogue.delist(plan, reason="改版中", by=by, at=NOW).delisted_reason == "改版中"
    assert catalogue.relist(plan, reason="改好了", by=by, at=NOW).delisted_at is None
    catalogue.delist(
        plan, reason="內容不實", by=factories.officer(factories.user(staff_role="officer")), at=NOW
    )
    refused("plan.delisted_by_office", lambda: catalogue.relist(plan, reason="拜託", by=by, at=NOW))
    assert catalogue.relist(plan, by=OFFICER, at=NOW).delisted_at is None
    assert Event.objects.filter(type="plan.relisted").count() == 2


def test_relist_refuses_a_plan_that_was_never_reviewed():
    plan = factories.plan()
    bare = Plan.objects.create(solution=plan.solution, code="bare")
    refused("plan.never_listed", lambda: catalogue.relist(bare, by=OFFICER, at=NOW))


def test_database_keeps_one_open_change_a_plan_and_what_was_reviewed():
    change = factories.submitted_change(on=factories.plan())
    with pytest.raises(IntegrityError, match="one_open_a_plan"), transaction.atomic():
        PlanChange.objects.create(supplier=change.supplier, plan=change.plan, created_at=NOW, saved_at=NOW)
    for sql in ("UPDATE catalogue_planchange SET content = '{}'", "DELETE FROM catalogue_planchange"):
        with pytest.raises(DatabaseError, match=r"Cannot (update|delete)"), transaction.atomic():
            connection.cursor().execute(sql)
