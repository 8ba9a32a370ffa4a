"""Saved comparisons, and the record of why a plan was chosen."""

import uuid

import pytest

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.choosing import operations, rules
from tcloud.choosing.models import Choice, Comparison, ComparisonShare
from tcloud.core.refusals import Refusal
from tests import factories
from tests.choosing import scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=7)


@pytest.fixture
def plans():
    supplier = factories.supplier()
    return [factories.plan(supplier, price_twd=price) for price in (20_000, 30_000, 40_000, 50_000, 60_000)]


@pytest.fixture
def company():
    return factories.company()


def save(company, versions, *, name="三家比較"):
    return operations.save_comparison(
        company, name, versions, user=scene.person(company), by=scene.by(company), at=NOW
    )


def new_version(plan, *, price_twd):
    """The plan's next version, listed."""
    old = PlanVersion.objects.get(pk=plan.current_id)
    written = {field.attname: getattr(old, field.attname) for field in old._meta.concrete_fields}
    made = PlanVersion.objects.create(
        **written | {"id": None, "number": old.number + 1, "price_twd": price_twd, "created_at": NOW}
    )
    Plan.objects.filter(pk=plan.pk).update(current=made)
    plan.refresh_from_db()
    return made


def test_save_comparison_pins_versions_in_their_order_once(company, plans):
    wanted = scene.versions([plans[2], plans[0], plans[1]])
    kept = save(company, wanted)
    assert save(company, wanted) == kept
    new_version(plans[0], price_twd=99_000)
    assert [column.version_id for column in kept.columns.all()] == wanted


@pytest.mark.parametrize(
    ("places", "code"),
    [([0], "comparison.size"), ([0, 0], "comparison.size"), ([0, 1, 2, 3, 4], "comparison.size")],
)
def test_save_comparison_refuses_fewer_than_two_and_more_than_four(company, plans, places, code):
    with pytest.raises(Refusal) as refused:
        save(company, scene.versions([plans[place] for place in places]))
    assert refused.value.code == code
    assert not Comparison.objects.exists()


def test_save_comparison_refuses_a_version_that_is_not_on_show(company, plans):
    seen = scene.versions(plans[:2])
    new_version(plans[0], price_twd=99_000)
    with pytest.raises(Refusal) as refused:
        save(company, seen)
    assert refused.value.code == "comparison.changed"
    catalogue.delist(plans[1], by=factories.officer(), at=NOW)
    with pytest.raises(Refusal):
        save(company, scene.versions(plans[1:3]))
    assert not Comparison.objects.exists()


def test_save_comparison_refuses_another_of_its_name_and_one_too_many(company, plans, monkeypatch):
    save(company, scene.versions(plans[:2]))
    monkeypatch.setattr(rules, "MOST_COMPARISONS", 1)
    for change, code in (({}, "comparison.name_used"), ({"name": "另一份"}, "comparison.too_many")):
        with pytest.raises(Refusal) as refused:
            save(company, scene.versions(plans[1:3]), **change)
        assert refused.value.code == code
    assert Comparison.objects.count() == 1


def test_share_comparison_reaches_colleagues_alone(company, plans):
    kept, colleague = save(company, scene.versions(plans[:2])), factories.user(company)
    owner = kept.saved_by

    def share(to):
        return operations.share_comparison(
            kept, to, note="請看第二家", user=owner, by=scene.by(company), at=NOW
        )

    assert share(colleague).to == colleague
    for stranger in (factories.user(factories.company()), factories.user(staff_role="officer"), owner):
        with pytest.raises(Refusal) as refused:
            share(stranger)
        assert refused.value.code == "comparison.no_colleague"
    assert ComparisonShare.objects.count() == 1
    for _press in range(2):
        operations.delete_comparison(kept, by=scene.by(company), at=NOW)
    assert not Comparison.objects.exists()


class TestChoice:
    @pytest.fixture
    def order(self, plans):
        edition = factories.programme()
        return factories.draft(edition, factories.granted(edition), plans[0])

    def record(self, order, versions=(), *, reason="匯入最省事", key=KEY):
        return operations.record_choice(
            order, reason=reason, version_ids=versions, key=key, user=order.created_by, by=scene.by(order.company), at=NOW
        )  # fmt: skip

    def test_record_choice_pins_what_else_was_looked_at_and_acts_once_a_key(self, order, plans):
        made = self.record(order, scene.versions(plans[:3]))
        assert self.record(order, reason="twice") == made
        assert [row.version_id for row in made.considered.all()] == scene.versions(plans[1:3])
        new_version(plans[1], price_twd=99_000)
        assert [row.version.price_twd for row in made.considered.all()] == [30_000, 40_000]

    def test_record_choice_adds_and_never_replaces(self, order):
        self.record(order)
        self.record(order, reason="再補一句", key=uuid.UUID(int=8))
        assert [row.reason for row in Choice.objects.order_by("id")] == ["匯入最省事", "再補一句"]

    def test_record_choice_refuses_nothing_said_and_a_version_not_on_show(self, order, plans):
        old = scene.versions(plans[1:2])
        new_version(plans[1], price_twd=99_000)
        for change, code in (
            ({"reason": "  "}, "choice.empty"),
            ({"reason": "", "versions": [order.plan_version_id]}, "choice.empty"),
            ({"versions": old}, "comparison.changed"),
        ):
            with pytest.raises(Refusal) as refused:
                self.record(order, **change)
            assert refused.value.code == code
        assert not Choice.objects.exists()
