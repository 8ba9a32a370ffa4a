"""Every night: whether a new month has come to learn from. A lost night is harmless: the next one sees the same orders."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.programme import queries as programmes
from tcloud.recommendations import operations


@app.periodic(cron="25 2 * * *")
@app.task(name="tcloud.recommendations.learn", queueing_lock="tcloud.recommendations.learn")
def learn(timestamp: int) -> None:
    """R-37."""
    for programme in programmes.open_editions():
        operations.learn(programme, at=clock.now())
