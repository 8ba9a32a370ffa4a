"""Thirty-two actors on the same points: scanners, companies, officers and suppliers (R-11 to R-18). The books balance after each race."""

import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reservation, Reversal
from tests import factories
from tests.factories import NOW
from tests.repository.sources import ROOT

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
ACTORS, ACTS = 32, 25


def caused(kind, company):
    return events.record(f"test.{kind}", company, case="test", by=THE_SYSTEM, at=NOW, announce=False)


def one_act(edition, companies, newcomers, officers, chance, name):
    """One act of a day on which grants come to their end while everybody works on them."""
    kind = chance.choice(
        ("reserve", "reserve", "release", "redeem", "take_back", "notices", "grant", "serve", "appropriate", "reduce",
         "reverse", "decide", "again")
    )  # fmt: skip
    company = chance.choice(companies)
    end = Grant.objects.filter(programme=edition).order_by("?").values_list("usable_until", flat=True).first()
    at = chance.choice((NOW, end - timedelta(seconds=1), end, end + timedelta(days=1)))
    held = (
        Reservation.objects.filter(state="held").order_by("?").values_list("order_number", flat=True).first()
    )
    match kind:
        case "reserve":
            with transaction.atomic():
                points.reserve(edition, company, 7, order_number=name, event=caused(kind, company), at=at)
        case "release" if held:
            with transaction.atomic():
                points.release(order_number=held, event=caused(kind, company), at=at)
        case "redeem" if held:
            with transaction.atomic():
                supplier = chance.choice(("50000001", "50000002"))
                points.redeem(order_number=held, supplier_ubn=supplier, event=caused(kind, company), at=at)
        case "take_back":
            points.take_back_due(at=at, limit=3)
        case "notices":
            points.send_notices(at=at, limit=3)
        case "grant":
            newcomer = chance.choice(newcomers)
            points.grant(edition, newcomer, by=factories.actor(newcomer), at=NOW)
        case "again":
            points.admit(edition, company, at=at)
            points.grant(edition, company, by=factories.actor(company), at=at)
        case "serve":
            points.serve_waiting_list(edition, at=at)
        case "appropriate":
            points.appropriate(edition, 10_000, reference=name, by=THE_SYSTEM, at=NOW)
        case "reduce":
            points.reduce(edition, 5_000, reference=name, by=THE_SYSTEM, at=NOW)
        case "reverse":
            points.request_reversal(
                Grant.objects.filter(company=company).latest("id"), reason="x", by=officers[0], at=NOW
            )
        case "decide":
            if case := Reversal.objects.filter(state="REQUESTED").first():
                points.approve_reversal(case, by=officers[1], at=NOW)


def many_acts(edition, companies, newcomers, officers, seed, actor):
    chance = random.Random(f"{seed}/{actor}")
    done = 0
    for step in range(ACTS):
        try:
            one_act(edition, companies, newcomers, officers, chance, f"T{actor}-{step}")
            done += 1
        except Refusal:
            pass
    return done


@pytest.mark.rule("R-18")
@pytest.mark.parametrize("seed", range(2))
def test_thirty_two_actors_never_deadlock_and_every_point_is_accounted_for(race, seed):
    edition = factories.programme(appropriation=10 * 30_000)
    companies = [factories.granted(edition) for _ in range(6)]
    newcomers = [factories.participant(edition) for _ in range(12)]
    officers = [factories.officer(factories.user(staff_role="officer")) for _ in range(2)]
    done = race(
        *[partial(many_acts, edition, companies, newcomers, officers, seed, actor) for actor in range(ACTORS)]
    )
    assert sum(done) > ACTORS * ACTS // 3
    for grant in Grant.objects.all():
        (line,) = [
            line
            for line in queries.statement(edition, grant.company, at=NOW).lines
            if line.grant.pk == grant.pk
        ]
        held = sum(Reservation.objects.filter(grant=grant, state="held").values_list("points", flat=True))
        assert line.reserved_points == held
        assert line.taken_back_points >= 0
        assert not grant.closed_as or line.available_points == 0


@pytest.mark.rule("R-14")
def test_eight_scanners_at_once_take_back_each_grant_once(race):
    edition = factories.programme(appropriation=60 * 30_000)
    for _ in range(60):
        factories.granted(edition)
    at = Grant.objects.first().activate_before

    def scanner():
        total = 0
        while done := points.take_back_due(at=at, limit=7):
            total += done
        return total

    assert sum(race(*[scanner] * 8)) == 60
    assert Event.objects.filter(type="points.returned").count() == 60
    assert queries.budget(edition)["left"] == 60 * 30_000


@pytest.mark.rule("R-13")
def test_the_last_second_belongs_to_the_order_or_to_the_scan_never_to_both(race):
    """A company submits in the last second of the activation period while the scan's clock is past it."""
    for _round in range(20):
        edition = factories.programme()
        company = factories.granted(edition)
        end = Grant.objects.get(company=company).activate_before

        def order(edition=edition, company=company, end=end):
            with transaction.atomic():
                event = caused("order", company)
                points.reserve(
                    edition,
                    company,
                    100,
                    order_number=f"L{company.pk}",
                    event=event,
                    at=end - timedelta(seconds=1),
                )

        outcome, taken = race(order, partial(points.take_back_due, at=end))
        grant = Grant.objects.get(company=company)
        if isinstance(outcome, Refusal):
            assert (grant.closed_as, taken) == ("unactivated", 1)
        else:
            points.take_back_due(at=end)  # the scan may have passed by while the order held the row
            grant.refresh_from_db()
            assert (grant.closed_as, queries.spendable(edition, company, at=end)) == ("", 29_900)


@pytest.mark.rule("R-18")
def test_two_officers_approve_and_reject_at_once_and_one_decides(race):
    for _round in range(10):
        edition = factories.programme()
        company = factories.granted(edition)
        officers = [factories.officer(factories.user(staff_role="officer")) for _ in range(3)]
        case = points.request_reversal(Grant.objects.get(company=company), reason="x", by=officers[0], at=NOW)
        outcomes = race(
            partial(points.approve_reversal, case, by=officers[1], at=NOW),
            partial(points.reject_reversal, case, remark="y", by=officers[2], at=NOW),
        )
        assert sum(isinstance(outcome, Refusal) for outcome in outcomes) == 1
        left = queries.spendable(edition, company, at=NOW)
        assert left == (30_000 if Reversal.objects.get(pk=case.pk).state == "REJECTED" else 0)


SCANNER = """
import os, sys
from datetime import datetime
import django
django.setup()
from django.db import connection
from tcloud.points import operations as points
at = datetime.fromisoformat(sys.argv[1])
print("begun", flush=True)
while points.take_back_due(at=at, limit=20):
    print("batch", flush=True)
print("done", flush=True)
"""


@pytest.mark.rule("R-14")
def test_a_worker_killed_in_mid_scan_has_lost_nothing_and_the_next_goes_on():
    edition = factories.programme(appropriation=200 * 30_000)
    for _ in range(200):
        factories.granted(edition)
    at = Grant.objects.first().activate_before
    values = connection.settings_dict
    host = f"host={values['HOST']}" if str(values["HOST"]).startswith("/") else ""
    url = f"postgresql://{values['USER']}@{'' if host else values['HOST']}:{values['PORT']}/{values['NAME']}?{host}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TCLOUD_DEBUG": "1",
    }
    command = [sys.executable, "-c", SCANNER, at.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert [worker.stdout.readline() for _ in range(3)] == ["begun\n", "batch\n", "batch\n"]
        worker.send_signal(signal.SIGKILL)
    closed = Grant.objects.exclude(closed_as="").count()
    assert closed >= 40
    assert Event.objects.filter(type="points.returned").count() == closed  # whole batches or nothing
    while points.take_back_due(at=at, limit=50):
        pass
    assert Event.objects.filter(type="points.returned").count() == 200
    assert queries.budget(edition)["left"] == 200 * 30_000


@pytest.mark.rule("R-12")
def test_a_rush_for_two_thirds_of_what_is_wanted_grants_exactly_that_and_loses_nobody(race):
    edition = factories.programme(appropriation=60 * 30_000)
    companies = [factories.participant(edition) for _ in range(96)]

    def clerk(part):
        return [
            points.grant(edition, company, by=factories.actor(company), at=NOW + timedelta(seconds=place))
            for place, company in part
        ]

    numbered = list(enumerate(companies))
    race(*[partial(clerk, numbered[start::ACTORS]) for start in range(ACTORS)])
    granted = set(Grant.objects.filter(programme=edition).values_list("company_id", flat=True))
    line = list(queries.waiting(edition).values_list("company_id", flat=True))
    assert (len(granted), len(line)) == (60, 36)
    assert granted | set(line) == {company.pk for company in companies}
    order = {company.pk: place for place, company in numbered}
    assert line == sorted(line, key=order.__getitem__)
    assert queries.budget(edition)["left"] == 0
