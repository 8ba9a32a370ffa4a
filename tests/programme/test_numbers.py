"""An edition opens, pauses and closes; its numbers may change in the middle, and what was given before keeps its own."""

import pytest

from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, WaitingEntry
from tcloud.programme import operations as programmes
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def change(edition, *, version=None, reason="公告第 2 號", by=None, **numbers):
    return programmes.change_numbers(
        edition, numbers, version=edition.version if version is None else version, reason=reason,
        by=by or factories.officer(), at=NOW,
    )  # fmt: skip


@pytest.mark.rule("R-11")
def test_change_numbers_leaves_old_grants_theirs_and_gives_new_ones_the_new():
    edition = factories.programme()
    old = Grant.objects.get(company=factories.granted(edition))
    changed = change(edition, grant_points=20_000, activation_months=2, expiry_months=4)
    new = Grant.objects.get(company=factories.granted(edition))  # `edition` was read before the change
    assert (new.points, f"{clock.taipei(new.activate_before):%F}") == (20_000, "2027-03-16")
    assert (old.points, Grant.objects.get(pk=old.pk).activate_before) == (30_000, old.activate_before)
    assert changed.version == edition.version + 1
    event = Event.objects.get(type="programme.numbers_changed")
    assert event.data["changed"]["grant_points"] == {"from": 30_000, "to": 20_000}


@pytest.mark.rule("R-12")
def test_who_waits_is_granted_by_the_numbers_of_its_turn():
    edition = factories.programme(appropriation=0)
    company = factories.participant(edition)
    points.grant(edition, company, by=factories.actor(company), at=NOW)
    changed = change(edition, grant_points=10_000)
    points.appropriate(changed, 10_000, reference="more", by=THE_SYSTEM, at=NOW)
    assert points.serve_waiting_list(edition, at=NOW) == 1
    assert queries.spendable(edition, company, at=NOW) == 10_000


def test_change_numbers_refuses_what_cannot_be_and_changes_nothing():
    edition = factories.programme()
    for code, values in (
        ("programme.reason_missing", {"reason": " ", "grant_points": 1}),
        ("programme.nothing_changed", {"grant_points": 30_000}),
        ("programme.numbers_impossible", {"activation_months": 4}),
        ("programme.numbers_impossible", {"points_share_numerator": 3}),
        ("transition.not_yours", {"grant_points": 1, "by": THE_SYSTEM}),
    ):
        with pytest.raises(Refusal) as refused:
            change(edition, **values)
        assert refused.value.code == code
    with pytest.raises(Stale):
        change(edition, version=edition.version - 1, grant_points=1)
    closed = programmes.close(edition, by=factories.officer(), at=NOW)
    with pytest.raises(Refusal):
        change(closed, grant_points=1)
    assert not Event.objects.filter(type="programme.numbers_changed").exists()


@pytest.mark.rule("R-12")
def test_close_ends_the_waiting_once_and_grants_go_on_to_their_end():
    edition = factories.programme(appropriation=30_000)
    lucky, waiting = factories.granted(edition), factories.participant(edition)
    points.grant(edition, waiting, by=factories.actor(waiting), at=NOW)
    assert points.end_waiting(at=NOW) == 0
    programmes.close(edition, by=factories.officer(), at=NOW)
    assert [points.end_waiting(at=NOW), points.end_waiting(at=NOW)] == [1, 0]
    assert queries.place_in_line(edition, waiting) is None
    assert WaitingEntry.objects.get().ended_at == NOW
    assert Event.objects.filter(type="points.waiting_ended").count() == 1
    assert queries.spendable(edition, lucky, at=NOW) == 30_000
    points.take_back_due(at=Grant.objects.get().activate_before)
    assert points.serve_waiting_list(edition, at=NOW) == 0


@pytest.mark.rule("R-12")
def test_reduce_takes_out_what_is_not_granted_and_no_more():
    edition = factories.programme(appropriation=90_000)
    company = factories.granted(edition)
    with pytest.raises(Refusal) as refused:
        points.reduce(edition, 60_001, reference="cut", by=factories.officer(), at=NOW)
    assert refused.value.code == "points.more_than_left"
    points.reduce(edition, 60_000, reference="cut", by=factories.officer(), at=NOW)
    with pytest.raises(Refusal) as refused:
        points.reduce(edition, 1, reference="cut", by=factories.officer(), at=NOW)
    assert refused.value.code in ("points.appropriated_already", "points.more_than_left")
    budget = queries.budget(edition)
    assert (budget["appropriated"], budget["granted"], budget["left"]) == (30_000, 30_000, 0)
    assert queries.spendable(edition, company, at=NOW) == 30_000
