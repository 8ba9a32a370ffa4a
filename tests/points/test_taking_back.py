"""R-13, R-14, R-16: what was not used in time goes back, once, and not before."""

from datetime import timedelta

import pytest
from django.db import transaction

from tcloud.core import events, scans
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event, ScanRun
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reservation
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def edition():
    return factories.programme(appropriation=90_000)


def use(edition, company, amount, number="CE1", at=NOW):
    with transaction.atomic():
        event = events.record("order.test", company, case=f"order/{number}", by=THE_SYSTEM, at=at)
        points.reserve(edition, company, amount, order_number=number, event=event, at=at)


def release(company, number="CE1", at=NOW):
    with transaction.atomic():
        event = events.record("order.test", company, case=f"order/{number}", by=THE_SYSTEM, at=at)
        return points.release(order_number=number, event=event, at=at)


def told(kind):
    return [event.data for event in Event.objects.filter(type=kind)]


@pytest.mark.rule("R-13")
def test_unactivated_points_are_taken_back_whole_at_the_first_moment_after(edition):
    company = factories.granted(edition)
    end = Grant.objects.get().activate_before
    assert points.take_back_due(at=end - SECOND) == 0
    assert points.take_back_due(at=end) == 1
    grant = Grant.objects.get()
    assert (grant.closed_as, grant.closed_at) == ("unactivated", end)
    assert queries.budget(edition)["left"] == 90_000
    assert told("points.returned") == [{"points": 30_000}]
    assert [line.code for line in queries.entries(edition, company)] == ["grant", "return"]


@pytest.mark.rule("R-13")
def test_an_activated_grant_outlives_the_first_month_also_when_its_order_ended(edition):
    company = factories.granted(edition)
    use(edition, company, 5_000)
    release(company)
    end = Grant.objects.get().activate_before
    assert points.take_back_due(at=end) == 0
    assert queries.spendable(edition, company, at=end) == 30_000


@pytest.mark.rule("R-14")
def test_after_three_months_what_is_neither_spent_nor_reserved_is_taken_back(edition):
    company = factories.granted(edition)
    use(edition, company, 5_000, "CE1")
    use(edition, company, 7_000, "CE2")
    with transaction.atomic():
        event = events.record("order.test", company, case="order/CE1", by=THE_SYSTEM, at=NOW)
        points.redeem(order_number="CE1", supplier_ubn="99990377", event=event, at=NOW)
    end = Grant.objects.get().expires_at
    assert points.take_back_due(at=end - SECOND) == 0
    assert points.take_back_due(at=end) == 1
    (line,) = queries.statement(edition, company, at=end).lines
    assert (line.available_points, line.reserved_points, line.redeemed_points, line.taken_back_points) == (
        0, 7_000, 5_000, 18_000,
    )  # fmt: skip
    assert told("points.expired") == [{"points": 18_000}]


@pytest.mark.rule("R-16")
def test_points_of_a_live_order_survive_and_go_back_when_it_ends_later(edition):
    company = factories.granted(edition)
    use(edition, company, 12_000)
    end = Grant.objects.get().expires_at
    points.take_back_due(at=end)
    assert queries.statement(edition, company, at=end).reserved_points == 12_000
    release(company, at=end + SECOND)
    assert [line.code for line in queries.entries(edition, company)][-2:] == ["release", "expire"]
    assert queries.budget(edition)["left"] == 90_000
    assert ledger.audit()["balanced"]


@pytest.mark.rule("R-14")
def test_a_grant_used_to_the_last_point_is_closed_without_a_letter(edition):
    company = factories.granted(edition)
    use(edition, company, 30_000)
    before = Event.objects.count()
    assert points.take_back_due(at=Grant.objects.get().expires_at) == 1
    assert told("points.expired") == [{"points": 0}]
    assert Event.objects.count() == before + 1
    assert Grant.objects.get().closed_as == "expired"


@pytest.mark.rule("R-14")
def test_the_scan_does_each_once_wherever_the_clock_goes(edition):
    factories.granted(edition)
    end = Grant.objects.get().activate_before
    for at in (end, end, end - timedelta(days=20), end + timedelta(days=400), end - timedelta(days=20)):
        points.take_back_due(at=at)
    assert len(told("points.returned")) == 1
    assert ledger.audit()["by_code"] == {"appropriate": 90_000, "grant": 30_000, "return": 30_000}


@pytest.mark.rule("R-14")
def test_a_scan_works_in_batches_and_shows_how_far_it_is():
    edition = factories.programme(appropriation=7 * 30_000)
    for _ in range(7):
        factories.granted(edition)
    at = Grant.objects.first().activate_before
    seen = []

    def batch():
        seen.append(ScanRun.objects.values_list("done", "total", "finished_at").first())
        return points.take_back_due(at=at, limit=3)

    assert scans.run("points.take_back", batch, due=queries.ended(at=at).count, at=at) == 7
    assert seen == [None, (3, 7, None), (6, 7, None), (7, 7, None)]
    (shown,) = scans.progress()
    assert (shown.run.done, shown.percent, shown.silent) == (7, 100, False)
    assert scans.run("points.take_back", batch, due=queries.ended(at=at).count, at=at) == 0
    assert ScanRun.objects.count() == 1  # nothing to do, nothing to show


@pytest.mark.rule("R-13")
def test_who_was_taken_back_unused_may_be_admitted_and_granted_again(edition):
    company = factories.granted(edition)
    end = Grant.objects.get().activate_before
    assert not queries.may_apply_again(edition, company, at=end - SECOND)
    assert queries.may_apply_again(edition, company, at=end)  # judged as of now: no scan has run
    with pytest.raises(Refusal) as refused:  # not by a second assessment alone
        points.grant(edition, company, by=factories.actor(company), at=end)
    assert refused.value.code == "points.granted_already"
    points.admit(edition, company, at=end)
    assert Grant.objects.get().closed_as == "unactivated"
    again = points.grant(edition, company, by=factories.actor(company), at=end)
    assert (again.points, again.admission) == (30_000, 2)
    assert not queries.may_apply_again(edition, company, at=end)
    points.admit(edition, company, at=end + SECOND)  # harmless
    with pytest.raises(Refusal):
        points.grant(edition, company, by=factories.actor(company), at=end + SECOND)
    assert queries.spendable(edition, company, at=end) == 30_000
    assert ledger.audit()["balanced"]


@pytest.mark.rule("R-13")
def test_taken_back_points_are_not_granted_again_without_a_new_application(edition):
    company = factories.granted(edition)
    end = Grant.objects.get().activate_before
    points.take_back_due(at=end)
    with pytest.raises(Refusal) as refused:
        points.grant(edition, company, by=factories.actor(company), at=end)
    assert refused.value.code == "points.not_admitted_again"
    assert Grant.objects.count() == 1


@pytest.mark.rule("R-14")
def test_who_used_points_may_not_apply_again(edition):
    company = factories.granted(edition)
    use(edition, company, 1)
    end = Grant.objects.get().expires_at
    points.take_back_due(at=end)
    assert not queries.may_apply_again(edition, company, at=end)
    points.admit(edition, company, at=end)
    with pytest.raises(Refusal) as refused:
        points.grant(edition, company, by=factories.actor(company), at=end)
    assert refused.value.code == "points.granted_already"


@pytest.mark.rule("R-17")
def test_reserve_takes_from_the_soonest_to_end_first(edition):
    """One living grant an edition is a guard of the database; without it the order would be by end."""
    from django.db import connection

    company = factories.granted(edition)
    first = Grant.objects.get()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX grant_once")
            cursor.execute("UPDATE points_participant SET admission = 2")
            cursor.execute(
                "SELECT points_give(%s, %s, 30000, %s, %s, NULL, %s, 'test', 'system', NULL, NULL, '', '{}', true)",
                [edition.pk, company.pk, NOW + timedelta(days=9), NOW + timedelta(days=9), NOW],
            )
        sooner = Grant.objects.latest("id")
        use(edition, company, 40_000)
        held = dict(Reservation.objects.values_list("grant_id", "points"))
        assert held == {sooner.pk: 30_000, first.pk: 10_000}
        assert queries.spendable(edition, company, at=NOW) == 20_000
        transaction.set_rollback(True)
