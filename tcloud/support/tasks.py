"""Every minute: mails not handled yet, answers overdue, addresses not confirmed, conversations that nobody answers any more,
deadlines of the expert service, reminders of visits; every hour: what was kept long enough goes. A lost run is harmless: the next one finds the same rows.
"""

from functools import partial

from procrastinate.contrib.django import app

from tcloud.core import clock, scans
from tcloud.support.operations import chat_desk, expert_deadlines, mail, retention, ticket_deadlines
from tcloud.support.queries import chat, tickets


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.support.tend_tickets", queueing_lock="tcloud.support.tend_tickets")
def tend_tickets(timestamp: int) -> None:
    """R-34; first what a change of the calendar has moved (R-28)."""
    ticket_deadlines.move_deadlines(at=clock.now())
    mail.act_on_waiting(at=clock.now())
    ticket_deadlines.lapse_unconfirmed(at=clock.now())
    ticket_deadlines.flag_late(at=clock.now())


@app.task(name="tcloud.support.move_deadlines")
def move_deadlines() -> None:
    """R-28: right after a change of the calendar (core/operations.py)."""
    ticket_deadlines.move_deadlines(at=clock.now())
    expert_deadlines.move_deadlines(at=clock.now())


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


@app.periodic(cron="25 * * * *")
@app.task(name="tcloud.support.erase_tickets", queueing_lock="tcloud.support.erase_tickets")
def erase_tickets(timestamp: int) -> None:
    """R-36."""
    at = clock.now()
    due, mails_due = tickets.to_erase(at=at).count, tickets.mails_to_erase(at=at).count
    scans.run("support.erase_tickets", partial(retention.erase_tickets, at=at), due=due, at=at)
    scans.run("support.erase_mails", partial(retention.erase_mails, at=at), due=mails_due, at=at)


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.support.expert_service", queueing_lock="tcloud.support.expert_service")
def expert_service(timestamp: int) -> None:
    """R-35; first what a change of the calendar has moved (R-28)."""
    at = clock.now()
    expert_deadlines.move_deadlines(at=at)
    expert_deadlines.note_missed(at=at)
    scans.run(
        "support.visit_reminders", partial(expert_deadlines.send_reminders, at=at), due=lambda: 0, at=at
    )
