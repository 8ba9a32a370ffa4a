import pytest
from django.db import IntegrityError, transaction

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Participant, WaitingEntry
from tcloud.programme import operations as programmes
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def grant(edition, company):
    return points.grant(edition, company, by=factories.actor(company), at=NOW)


@pytest.mark.rule("R-11")
def test_grant_gives_the_editions_points_with_their_ends():
    edition = factories.programme(appropriation=30_000)
    company = factories.participant(edition)
    given = grant(edition, company)
    assert given.points == 30_000
    assert clock.taipei(given.activate_before).isoformat() == "2027-02-16T00:00:00+08:00"
    assert clock.taipei(given.expires_at).isoformat() == "2027-04-16T00:00:00+08:00"
    assert queries.spendable(edition, company, at=NOW) == 30_000
    assert queries.budget(edition)["left"] == 0
    assert Event.objects.filter(type="points.granted").count() == 1


@pytest.mark.rule("R-11")
def test_grant_is_given_once():
    edition = factories.programme()
    company = factories.granted(edition)
    with pytest.raises(Refusal) as refused:
        grant(edition, company)
    assert refused.value.code == "points.granted_already"
    assert Grant.objects.count() == 1
    assert ledger.audit()["by_code"]["grant"] == 30_000


@pytest.mark.rule("R-11")
def test_database_refuses_a_second_grant():
    edition = factories.programme()
    company = factories.granted(edition)
    values = Grant.objects.filter(company=company).values(
        "programme_id", "company_id", "admission", "points", "granted_at", "activate_before", "expires_at"
    )[0]
    with pytest.raises(IntegrityError, match="grant_once"), transaction.atomic():
        Grant.objects.create(**values | {"admission": 2})


def test_grant_is_for_participants():
    edition = factories.programme()
    with pytest.raises(Refusal) as refused:
        grant(edition, factories.company())
    assert refused.value.code == "points.not_a_participant"
    assert not Participant.objects.exists()


def test_grant_waits_for_an_open_edition():
    edition = factories.programme()
    company = factories.participant(edition)
    paused = programmes.pause(edition, by=factories.officer(), at=NOW)
    with pytest.raises(Refusal) as refused:
        grant(paused, company)
    assert refused.value.code == "programme.not_open"
    assert not Grant.objects.exists()


@pytest.mark.rule("R-12")
def test_grant_puts_on_the_waiting_list_what_the_budget_cannot_pay():
    edition = factories.programme(appropriation=59_999)
    first, second, third = (factories.participant(edition) for _ in range(3))
    assert isinstance(grant(edition, first), Grant)
    assert isinstance(grant(edition, second), WaitingEntry)
    assert isinstance(grant(edition, third), WaitingEntry)
    assert isinstance(grant(edition, second), WaitingEntry)  # completing twice waits once
    assert [queries.place_in_line(edition, company) for company in (first, second, third)] == [None, 1, 2]
    assert queries.budget(edition) | {
        "appropriated": 59_999,
        "granted": 30_000,
        "left": 29_999,
        "waiting": 2,
    } == (queries.budget(edition))


@pytest.mark.rule("R-12")
def test_waiting_list_is_served_in_order_and_nobody_overtakes():
    edition = factories.programme(appropriation=30_000)
    companies = [factories.participant(edition) for _ in range(4)]
    for company in companies[:3]:
        grant(edition, company)
    points.appropriate(edition, 30_000, reference="more", by=factories.officer(), at=NOW)
    newcomer = companies[3]
    assert isinstance(grant(edition, newcomer), WaitingEntry)  # points are there, but others came first
    assert points.serve_waiting_list(edition, at=NOW) == 1
    assert [queries.place_in_line(edition, company) for company in companies] == [None, None, 1, 2]
    points.appropriate(edition, 70_000, reference="last", by=factories.officer(), at=NOW)
    assert points.serve_waiting_list(edition, at=NOW) == 2
    assert points.serve_waiting_list(edition, at=NOW) == 0
    assert queries.budget(edition)["left"] == 10_000
    assert ledger.audit()["balanced"]


def test_appropriate_counts_a_document_once():
    edition = factories.programme(appropriation=100)
    with pytest.raises(Refusal), transaction.atomic():
        points.appropriate(edition, 100, reference="test", by=factories.officer(), at=NOW)
    assert queries.budget(edition)["appropriated"] == 100
