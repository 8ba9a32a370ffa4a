"""The jobs: known to the worker by name, and what a killed worker left under way is taken up again."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core.events import DELIVER_MANY_TASK, DELIVER_TASK
from tcloud.core.operations import MOVE_TASKS
from tcloud.core.tasks import take_up_stalled

PERIODIC = {
    "tcloud.choosing.note_late",
    "tcloud.choosing.send_matches",
    "tcloud.core.forget_finished",
    "tcloud.core.take_up_stalled",
    "tcloud.eligibility.recheck_silent",
    "tcloud.ledger.close_days",
    "tcloud.members.forget_expired",
    "tcloud.orders.close_deadlines",
    "tcloud.outbox.forget_notices",
    "tcloud.orders.query_open_charges",
    "tcloud.orders.send_renewal_notices",
    "tcloud.orders.settle_provider_requests",
    "tcloud.payments.fetch_statement",
    "tcloud.payments.refund_owed",
    "tcloud.points.send_notices",
    "tcloud.points.serve_waiting_list",
    "tcloud.points.take_back",
    "tcloud.programme.note_calendar_running_out",
    "tcloud.support.tend_tickets",
    "tcloud.support.close_chats",
    "tcloud.support.erase_chats",
    "tcloud.support.erase_tickets",
    "tcloud.support.expert_service",
    "tcloud.recommendations.learn",
}


def test_the_worker_knows_the_delivery_and_every_periodic_job() -> None:
    app.perform_import_paths()
    known = {task.task.name: task.task for task in app.periodic_registry.periodic_tasks.values()}
    assert set(known) == PERIODIC
    # a job that waits is not queued a second time
    assert {task.queueing_lock for task in known.values()} == PERIODIC
    assert {DELIVER_TASK, DELIVER_MANY_TASK, *MOVE_TASKS} <= app.tasks.keys()


def left_by_a_killed_worker(task: str, *, queueing_lock: str | None, heartbeat: str) -> int:
    """A job under way at a worker whose last sign of life was `heartbeat` ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id",
            [heartbeat],
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, queueing_lock, args, status, worker_id)"
            " VALUES (%s, 'outbox', %s, '{}', 'doing', %s) RETURNING id",
            [task, queueing_lock, worker],
        )
        return int(cursor.fetchone()[0])


async def as_the_worker_does() -> None:
    """Run the job over the connector of a worker, not over Django's connections."""
    django: Any = app.connector
    with app.replace_connector(django.get_worker_connector()) as worker:
        async with worker.open_async():
            context: Any = SimpleNamespace(app=worker)
            await take_up_stalled.func(context, 0)


@pytest.mark.django_db(transaction=True)
def test_take_up_stalled_runs_again_what_a_dead_worker_had_and_leaves_a_living_ones() -> None:
    dead = left_by_a_killed_worker(DELIVER_TASK, queueing_lock=None, heartbeat="10 minutes")
    living = left_by_a_killed_worker(DELIVER_TASK, queueing_lock=None, heartbeat="1 second")
    minute = left_by_a_killed_worker("tcloud.orders.close_deadlines", queueing_lock="one", heartbeat="1 hour")
    asyncio.run(as_the_worker_does())
    states = dict(ProcrastinateJob.objects.values_list("id", "status"))
    assert (states[dead], states[living]) == ("todo", "doing")
    assert minute not in states
