"""Once a day: whether the office calendar lasts. A lost day is harmless: the next one sees the same."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.programme import operations


@app.periodic(cron="5 1 * * *")
@app.task(
    name="tcloud.programme.note_calendar_running_out",
    queueing_lock="tcloud.programme.note_calendar_running_out",
)
def note_calendar_running_out(timestamp: int) -> None:
    """R-28."""
    operations.note_calendar_running_out(at=clock.now())
