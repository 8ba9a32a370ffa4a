"""Every minute: points that came back go to who waits. A lost minute is harmless: the line stays in its order."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.points import operations
from tcloud.programme import queries as programmes


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.points.serve_waiting_list", queueing_lock="tcloud.points.serve_waiting_list")
def serve_waiting_list(timestamp: int) -> None:
    """R-12."""
    for programme in programmes.open_editions():
        operations.serve_waiting_list(programme, at=clock.now())
