"""Every act on points, mixed, on companies shared by all threads: the lock order holds (docs/decisions/0003)."""

import random
from functools import partial

import pytest
from django.db import transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.points import operations as points
from tcloud.points.models import Grant, Reservation
from tests import factories
from tests.factories import NOW

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
THREADS, ACTS, COMPANIES = 8, 60, 4
SUPPLIERS = ("50000001", "50000002")


def act(edition, companies, newcomers, chance, thread, step):
    """One act chosen by `chance`; release and redeem of an order meet reserve of the same company in other threads."""
    late = Grant.objects.filter(programme=edition).latest("expires_at").expires_at
    numbers = list(Reservation.objects.filter(state="held").values_list("order_number", flat=True))
    number = chance.choice(numbers) if numbers else "none"
    kind = chance.choice(
        ("reserve", "reserve", "release", "expire", "redeem", "grant", "serve", "appropriate")
    )
    company = chance.choice(companies)
    with transaction.atomic():
        event = events.record(
            f"test.{kind}", company, case=points.case_of(company), by=THE_SYSTEM, at=NOW, announce=False
        )
        if kind == "reserve":
            points.reserve(edition, company, 7, order_number=f"T{thread}-{step}", event=event, at=NOW)
        elif kind in ("release", "expire"):
            points.release(order_number=number, event=event, at=late if kind == "expire" else NOW)
        elif kind == "redeem":
            points.redeem(order_number=number, supplier_ubn=chance.choice(SUPPLIERS), event=event, at=NOW)
        elif kind == "appropriate":
            points.appropriate(edition, 10_000, reference=f"{thread}-{step}", by=THE_SYSTEM, at=NOW)
    if kind == "grant":
        points.grant(edition, chance.choice(newcomers), by=THE_SYSTEM, at=NOW)
    elif kind == "serve":
        points.serve_waiting_list(edition, at=NOW)


def acts(edition, companies, newcomers, seed, thread):
    chance = random.Random(f"{seed}/{thread}")
    done = 0
    for step in range(ACTS):
        try:
            act(edition, companies, newcomers, chance, thread, step)
            done += 1
        except Refusal as refusal:
            if refusal.code not in ("points.insufficient", "points.granted_already"):
                raise
    return done


@pytest.mark.parametrize("seed", range(3))
def test_acts_on_shared_companies_never_deadlock(race, seed):
    edition = factories.programme(appropriation=8 * 30_000)
    companies = [factories.granted(edition) for _ in range(COMPANIES)]
    newcomers = [factories.participant(edition) for _ in range(12)]
    done = race(*[partial(acts, edition, companies, newcomers, seed, thread) for thread in range(THREADS)])
    assert sum(done) > THREADS * ACTS // 2
