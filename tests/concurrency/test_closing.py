"""Closing the books while others write: ids are complete when a day is summed up, and each day is closed once (R-18)."""

import threading
from datetime import datetime
from functools import partial

import pytest
from django.db import connection, transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.ledger import closing, days, proof
from tcloud.ledger import operations as ledger
from tcloud.ledger.models import Digest, Transfer
from tcloud.ledger.operations import Entry
from tests import factories
from tests.factories import NOW

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
NIGHT = datetime.fromisoformat("2027-01-16T00:05:00+08:00")
NEXT_NIGHT = datetime.fromisoformat("2027-01-17T00:05:00+08:00")


@pytest.fixture(autouse=True)
def rehearsal(settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr(closing, "LOCK_TIMEOUT", "300ms")
    ledger.open_accounts([f"source/a{number}" for number in range(4)], guarded=False)
    ledger.open_accounts([f"a{number}" for number in range(4)])


def write(key, account="a0"):
    with transaction.atomic():
        company = factories.company()
        event = events.record("test.happened", company, case="t/1", by=THE_SYSTEM, at=NOW, announce=False)
        ledger.transfer([Entry(key, "grant", f"source/{account}", account, 1)], event=event, at=NOW)
        return Transfer.objects.get(key=key).pk


def close(night=NIGHT):
    return closing.close_days(by=THE_SYSTEM, at=night)


@pytest.mark.rule("R-18")
def test_close_days_by_eight_workers_at_once_closes_each_day_once(race):
    for number in range(20):
        write(f"k{number}")
    close()
    write("last")
    later = datetime.fromisoformat("2027-01-20T00:05:00+08:00")
    outcomes = race(*[partial(close, later)] * 8)
    assert sorted(digest.day.day for made in outcomes for digest in made) == [16, 17, 18, 19]
    assert proof.audit()["wrong"] == []
    assert list(Digest.objects.order_by("day").values_list("entries", flat=True)) == [20, 1, 0, 0, 0]


@pytest.mark.rule("R-18")
def test_close_days_waits_for_no_writer_that_does_not_end_and_loses_nothing_of_it(race):
    """Entry 1 is written and not committed when entry 2 is: nothing may be closed before both are decided."""
    written, finish, refused = threading.Event(), threading.Event(), []

    def slow_writer():
        with transaction.atomic():
            first = write("slow", "a1")
            written.set()
            assert finish.wait(20)
        return first

    def closer():
        assert written.wait(20)
        second = write("quick", "a2")
        try:
            close()
        except Refusal as refusal:
            refused.append(refusal.code)
        finish.set()
        return second

    first, second = race(slow_writer, closer)
    assert refused == ["ledger.busy"]
    assert not Digest.objects.exists()
    assert first < second
    (digest,) = close()
    assert (digest.entries, digest.last_id) == (2, second)


@pytest.mark.rule("R-18")
def test_writers_go_on_while_a_day_is_summed_up_and_belong_to_the_next(race, monkeypatch):
    write("before")
    sum_up, meanwhile = days.sum_up, []

    def slowly(*args, **options):
        thread = threading.Thread(target=lambda: (meanwhile.append(write("during")), connection.close()))
        thread.start()
        thread.join(10)
        return sum_up(*args, **options)

    monkeypatch.setattr(days, "sum_up", slowly)
    (digest,) = close()
    monkeypatch.undo()
    assert digest.entries == 1
    assert digest.last_id < meanwhile[0]
    (following,) = close(NEXT_NIGHT)
    assert (following.entries, following.last_id) == (1, meanwhile[0])
    assert proof.audit()["wrong"] == []


@pytest.mark.rule("R-18")
def test_close_days_under_load_leaves_no_entry_out(race):
    """Four writers and two closers of ten days: every entry is in exactly one day, and the chain holds."""

    def writer(thread):
        return [write(f"w{thread}/{number}", f"a{thread}") for number in range(40)]

    def closer():
        for day in range(16, 26):
            try:
                close(datetime.fromisoformat(f"2027-01-{day}T00:05:00+08:00"))
            except Refusal as refusal:
                if refusal.code not in ("ledger.busy", "ledger.clock_behind"):
                    raise

    outcomes = race(*[partial(writer, number) for number in range(4)], closer, closer)
    close(datetime.fromisoformat("2027-02-01T00:05:00+08:00"))
    assert proof.audit()["wrong"] == []
    covered = [row.pk for digest in Digest.objects.order_by("day") for row in proof.entries_of(digest)]
    assert covered == sorted(pk for made in outcomes[:4] for pk in made)
    assert proof.entries_of(None).count() == 0
    assert Transfer.objects.count() == 160
