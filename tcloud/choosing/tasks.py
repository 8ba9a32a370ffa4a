"""Every five minutes: the daily mails of saved searches that are due; every minute: answers that are overdue. A lost run is harmless: the next one finds the same rows."""

from functools import partial

from procrastinate.contrib.django import app

from tcloud.choosing import operations
from tcloud.choosing.queries import searches, voices
from tcloud.core import clock, scans


@app.periodic(cron="*/5 * * * *")
@app.task(name="tcloud.choosing.send_matches", queueing_lock="tcloud.choosing.send_matches")
def send_matches(timestamp: int) -> None:
    """Plans listed since a search was saved."""
    at = clock.now()
    due = searches.due(at=at).count
    scans.run("choosing.send_matches", partial(operations.send_matches, at=at), due=due, at=at)


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.choosing.note_late", queueing_lock="tcloud.choosing.note_late")
def note_late(timestamp: int) -> None:
    """R-28: questions that a supplier has not answered in time."""
    at = clock.now()
    due = lambda: len(voices.late_ids(at=at, unnoted=True))  # noqa: E731
    scans.run("choosing.note_late", partial(operations.note_late, at=at), due=due, at=at)
