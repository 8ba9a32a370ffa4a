"""The job that every announced event queues (core/events.py); every day: notices that were kept long enough go."""

from functools import partial
from typing import Final

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from tcloud.core import clock, scans
from tcloud.core.events import DELIVER_MANY_TASK, DELIVER_TASK
from tcloud.outbox import operations, queries
from tcloud.outbox.operations import notices

MINUTES: Final = (0.5, 1, 2, 5, 10, 30, 60, 120, 240, 480, 720, 720)


class Patiently(BaseRetryStrategy):
    """Again after half a minute, then ever later, for a day and a half; then the job stays failed, for people to look at."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again after `job.attempts` earlier tries; None to give up."""
        if job.attempts >= len(MINUTES):
            return None
        return RetryDecision(retry_in={"seconds": round(MINUTES[job.attempts] * 60)})


@app.task(name=DELIVER_TASK, queue="outbox", retry=Patiently())
def deliver(event_id: int) -> None:
    """Send the letters of an event."""
    operations.deliver(event_id, at=clock.now())


@app.task(name=DELIVER_MANY_TASK, queue="outbox")
def deliver_many(event_ids: list[int]) -> None:
    """Send the letters of many events of one scan."""
    operations.deliver_many(event_ids, at=clock.now())


@app.periodic(cron="50 3 * * *")
@app.task(name="tcloud.outbox.forget_notices", queueing_lock="tcloud.outbox.forget_notices")
def forget_notices(timestamp: int) -> None:
    """Notices older than they are kept."""
    at = clock.now()
    due = queries.outlived(at).count
    scans.run("outbox.forget_notices", partial(notices.forget_old, at=at), due=due, at=at)
