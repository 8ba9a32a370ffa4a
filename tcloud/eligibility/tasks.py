"""Every minute: sources that were silent. A lost minute is harmless: the time of the next asking is a column."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.eligibility import operations
from tcloud.eligibility.registers import registers


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.eligibility.recheck_silent", queueing_lock="tcloud.eligibility.recheck_silent")
def recheck_silent(timestamp: int) -> None:
    """R-07."""
    operations.recheck_silent(clients=registers(), at=clock.now())
