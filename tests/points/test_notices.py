"""R-13, R-14: companies are told in time, once, and not about what they no longer have."""

from datetime import timedelta

import pytest
from django.db import transaction

from tcloud.core import clock, events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.points import operations as points
from tcloud.points.models import Grant
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edition():
    return factories.programme()


def use(edition, company, amount, at):
    with transaction.atomic():
        event = events.record("order.test", company, case="order/CE1", by=THE_SYSTEM, at=at)
        points.reserve(edition, company, amount, order_number="CE1", event=event, at=at)


def sent():
    rows = Event.objects.filter(type="points.expiring").order_by("id")
    return [(f"{clock.taipei(row.at):%m-%d}", row.data["kind"], row.data["days"]) for row in rows]


def every_morning(start, days):
    for number in range(days):
        morning = clock.start_of(start + timedelta(days=number)) + timedelta(hours=9, minutes=1)
        while points.send_notices(at=morning):
            pass


@pytest.mark.rule("R-13")
def test_an_unactivated_grant_is_announced_at_30_7_and_1_days(edition):
    factories.granted(edition)  # on 15 January; activation until 15 February
    every_morning(NOW.date(), 40)
    assert sent() == [("01-16", "activation", 30), ("02-08", "activation", 7), ("02-14", "activation", 1)]


@pytest.mark.rule("R-14")
def test_an_activated_grant_is_announced_by_its_expiry(edition):
    company = factories.granted(edition)
    every_morning(NOW.date(), 5)
    use(edition, company, 5_000, NOW + timedelta(days=10))
    every_morning(NOW.date() + timedelta(days=5), 95)  # expires after 15 April
    assert sent() == [
        ("01-16", "activation", 30),
        ("03-16", "expiry", 30),
        ("04-08", "expiry", 7),
        ("04-14", "expiry", 1),
    ]
    assert Event.objects.filter(type="points.expiring").last().data["points"] == 25_000


@pytest.mark.rule("R-14")
def test_of_notices_missed_while_nobody_scanned_only_the_latest_is_sent(edition):
    company = factories.granted(edition)
    use(edition, company, 1, NOW)
    at = Grant.objects.get().expires_at - timedelta(days=3)
    points.send_notices(at=at)
    assert sent() == [("04-13", "expiry", 7)]


@pytest.mark.rule("R-14")
def test_nothing_is_said_when_no_points_are_free_nor_after_the_end(edition):
    company = factories.granted(edition)
    use(edition, company, 30_000, NOW)
    every_morning(NOW.date(), 120)
    assert sent() == []
    other = factories.granted(edition)
    end = Grant.objects.get(company=other).activate_before
    points.send_notices(at=end)
    assert sent() == []


@pytest.mark.rule("R-14")
def test_a_notice_is_sent_once_also_when_the_clock_is_set_back(edition):
    factories.granted(edition)
    morning = clock.start_of(NOW.date() + timedelta(days=24)) + timedelta(hours=9)
    for at in (morning, morning, morning - timedelta(days=5), morning, morning + timedelta(hours=1)):
        points.send_notices(at=at)
    assert sent() == [("02-08", "activation", 7)]
