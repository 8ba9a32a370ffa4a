"""A grant is taken back by two officers, never by one; what is spent or held stays (R-16, R-18)."""

import pytest
from django.db import transaction

from tcloud.core import events
from tcloud.core.actors import AUDITOR, THE_SYSTEM, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reversal
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edition():
    return factories.programme(appropriation=60_000)


@pytest.fixture
def officers():
    return [factories.officer(factories.user(staff_role="officer")) for _ in range(2)]


def requested(company, by):
    return points.request_reversal(Grant.objects.get(company=company), reason="重複申請", by=by, at=NOW)


def refused(code, act, **values):
    with pytest.raises(Refusal) as refusal:
        act(**values)
    assert refusal.value.code == code


def test_approval_by_a_second_officer_takes_the_free_points_back(edition, officers):
    company = factories.granted(edition)
    with transaction.atomic():
        event = events.record("order.test", company, case="order/CE1", by=THE_SYSTEM, at=NOW)
        points.reserve(edition, company, 12_000, order_number="CE1", event=event, at=NOW)
    case = requested(company, officers[0])
    assert queries.spendable(edition, company, at=NOW) == 18_000  # nothing moves before the decision
    grant = points.approve_reversal(case, by=officers[1], at=NOW)
    assert grant.closed_as == "reversed"
    assert queries.spendable(edition, company, at=NOW) == 0
    assert queries.budget(edition)["left"] == 48_000
    event = Event.objects.get(type="points.reversed")
    assert (event.case, event.data["reason"]) == (points.case_of(company), "重複申請")
    with transaction.atomic():
        end = events.record("order.test", company, case="order/CE1", by=THE_SYSTEM, at=NOW)
        points.release(order_number="CE1", event=end, at=NOW)
    assert [line.code for line in queries.entries(edition, company)] == [
        "grant", "reserve", "reverse", "release", "reverse",
    ]  # fmt: skip
    assert queries.budget(edition)["left"] == 60_000
    assert ledger.audit()["balanced"]
    refused(
        "points.granted_already", points.grant, programme=edition, company=company, by=officers[0], at=NOW
    )


def test_the_officer_who_asked_can_neither_approve_nor_reject(edition, officers):
    company = factories.granted(edition)
    case = requested(company, officers[0])
    refused("points.same_officer", points.approve_reversal, reversal=case, by=officers[0], at=NOW)
    refused("points.same_officer", points.reject_reversal, reversal=case, remark="x", by=officers[0], at=NOW)
    assert queries.spendable(edition, company, at=NOW) == 30_000
    assert Reversal.objects.get().state == "REQUESTED"


def test_a_rejected_or_withdrawn_case_leaves_the_grant_and_makes_room_for_another(edition, officers):
    company = factories.granted(edition)
    refused(
        "points.reason_missing", points.reject_reversal,
        reversal=(case := requested(company, officers[0])), remark=" ", by=officers[1], at=NOW,
    )  # fmt: skip
    points.reject_reversal(case, remark="查無重複", by=officers[1], at=NOW)
    other = requested(company, officers[1])
    refused("points.other_officer", points.withdraw_reversal, reversal=other, by=officers[0], at=NOW)
    points.withdraw_reversal(other, by=officers[1], at=NOW)
    assert queries.spendable(edition, company, at=NOW) == 30_000
    assert Grant.objects.get().closed_as == ""
    refused("transition.not_now", points.approve_reversal, reversal=other, by=officers[0], at=NOW)


def test_request_needs_an_officer_a_reason_a_living_grant_and_no_open_case(edition, officers):
    company = factories.granted(edition)
    grant = Grant.objects.get()
    ask = points.request_reversal
    refused("points.reason_missing", ask, grant=grant, reason=" ", by=officers[0], at=NOW)
    refused("transition.not_yours", ask, grant=grant, reason="x", by=Actor(AUDITOR, 1), at=NOW)
    requested(company, officers[0])
    refused("points.reversal_open", ask, grant=grant, reason="x", by=officers[1], at=NOW)
    assert Reversal.objects.count() == 1
    points.take_back_due(at=grant.activate_before)
    case = Reversal.objects.get()
    refused("points.grant_closed", points.approve_reversal, reversal=case, by=officers[1], at=NOW)
    refused("points.grant_closed", ask, grant=grant, reason="x", by=officers[1], at=NOW)
    assert ledger.audit()["by_code"] == {"appropriate": 60_000, "grant": 30_000, "return": 30_000}
