"""Every minute: sources that were silent. A lost minute is harmless: the time of the next asking is a column."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.eligibility import operations
from tcloud.eligibility.registers import registers


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.eligibility.recheck_silent", queueing_lock="tcloud.eligibility.recheck_silent")
def recheck_silent(timestamp: int) -> None:
    """R-07; first what a change of the calendar has moved (R-28)."""
    operations.move_deadlines(at=clock.now())
    operations.recheck_silent(clients=registers(), at=clock.now())


@app.task(name="tcloud.eligibility.move_deadlines")
def move_deadlines() -> None:
    """R-28: right after a change of the calendar (core/operations.py)."""
    operations.move_deadlines(at=clock.now())
