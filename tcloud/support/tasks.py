"""Every minute: mails not handled yet, answers overdue, addresses not confirmed. A lost minute is harmless: the next finds the same rows."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.support.operations import mail, ticket_deadlines


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
