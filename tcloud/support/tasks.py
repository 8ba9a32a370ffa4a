"""Every minute: deadlines of the expert service that passed, reminders of visits. A lost minute is harmless: the next finds the same rows."""

from functools import partial

from procrastinate.contrib.django import app

from tcloud.core import clock, scans
from tcloud.support.operations import expert_deadlines


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.support.expert_service", queueing_lock="tcloud.support.expert_service")
def expert_service(timestamp: int) -> None:
    """R-35; first what a change of the calendar has moved (R-28)."""
    at = clock.now()
    expert_deadlines.move_deadlines(at=at)
    expert_deadlines.note_missed(at=at)
    scans.run(
        "support.visit_reminders", partial(expert_deadlines.send_reminders, at=at), due=lambda: 0, at=at
    )


@app.task(name="tcloud.support.move_deadlines")
def move_deadlines() -> None:
    """R-28: right after a change of the calendar (core/operations.py)."""
    expert_deadlines.move_deadlines(at=clock.now())
