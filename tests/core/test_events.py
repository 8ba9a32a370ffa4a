import pytest
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def record(**values):
    return events.record("test.happened", factories.company(), case="test/1", by=THE_SYSTEM, at=NOW, **values)


@pytest.mark.parametrize("sql", ["UPDATE core_event SET type = 'other'", "DELETE FROM core_event"])
def test_an_event_stays_even_against_raw_sql(sql):
    event = record()
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute(sql)
    assert Event.objects.get().type == event.type == "test.happened"


def test_record_queues_the_delivery_of_its_event():
    event = record(points=5)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == (events.DELIVER_TASK, {"event_id": event.pk})
    assert event.data == {"points": 5}


def test_record_rolled_back_leaves_neither_event_nor_delivery():
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_record_can_stay_unannounced():
    record(announce=False)
    assert not ProcrastinateJob.objects.exists()


def test_of_case_reads_from_the_oldest_and_search_from_the_newest():
    first, second = record(), record()
    assert list(events.of_case("test/1")) == [first, second]
    assert list(events.search(cases=["test/1"], type="test.happened")) == [second, first]
    assert not events.of_case("test/2").exists()
