"""Housekeeping of the job queue itself."""

from typing import Final

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

KEEP_HOURS: Final = 72


@app.periodic(cron="*/2 * * * *")
@app.task(name="tcloud.core.take_up_stalled", queueing_lock="tcloud.core.take_up_stalled", pass_context=True)
async def take_up_stalled(context: JobContext, timestamp: int) -> None:
    """Run again what a killed worker left under way. Periodic jobs are let go: the next minute queues them anew."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        if job.queueing_lock:
            await jobs.finish_job(job, status=Status.FAILED, delete_job=True)
        else:
            await jobs.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="tcloud.core.forget_finished", queueing_lock="tcloud.core.forget_finished", pass_context=True)
async def forget_finished(context: JobContext, timestamp: int) -> None:
    """Remove jobs that succeeded three days ago; failed ones stay for people to look at."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS)
