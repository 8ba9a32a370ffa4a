"""Every minute: conversations that nobody answers any more end; every hour: what was kept long enough goes.

A lost run is harmless: the next one finds the same rows.
"""

from functools import partial

from procrastinate.contrib.django import app

from tcloud.core import clock, scans
from tcloud.support.operations import chat_desk
from tcloud.support.queries import chat


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.support.close_chats", queueing_lock="tcloud.support.close_chats")
def close_chats(timestamp: int) -> None:
    """R-34."""
    at = clock.now()
    due = chat.left_in_queue().count
    scans.run("support.close_chats", partial(chat_desk.close_left_over, at=at), due=due, at=at)


@app.periodic(cron="20 * * * *")
@app.task(name="tcloud.support.erase_chats", queueing_lock="tcloud.support.erase_chats")
def erase_chats(timestamp: int) -> None:
    """R-36."""
    at = clock.now()
    scans.run(
        "support.erase_chats", partial(chat_desk.erase_due, at=at), due=chat.to_erase(at=at).count, at=at
    )
