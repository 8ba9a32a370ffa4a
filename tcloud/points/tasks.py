"""Every minute: what ended goes back, who is to be told is told, and points that came back go to who waits.

A lost minute is harmless: the next one finds the same rows.
"""

from functools import partial

from procrastinate.contrib.django import app

from tcloud.core import clock, scans
from tcloud.points import operations, queries
from tcloud.programme import queries as programmes


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.points.take_back", queueing_lock="tcloud.points.take_back")
def take_back(timestamp: int) -> None:
    """R-13, R-14."""
    at = clock.now()
    scans.run(
        "points.take_back", partial(operations.take_back_due, at=at), due=queries.ended(at=at).count, at=at
    )


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.points.send_notices", queueing_lock="tcloud.points.send_notices")
def send_notices(timestamp: int) -> None:
    """R-13, R-14."""
    at = clock.now()
    due = queries.to_notify(at=at).count
    scans.run("points.send_notices", partial(operations.send_notices, at=at), due=due, at=at)


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.points.serve_waiting_list", queueing_lock="tcloud.points.serve_waiting_list")
def serve_waiting_list(timestamp: int) -> None:
    """R-12."""
    at = clock.now()
    scans.run("points.end_waiting", partial(operations.end_waiting, at=at), due=lambda: 0, at=at)
    for programme in programmes.open_editions():
        operations.serve_waiting_list(programme, at=at)
