"""What tests of tickets begin with: an edition, an agent, tickets made by the operations, and mails."""

import itertools
from datetime import datetime
from typing import Any

from django.core import mail as sent_mail

from tcloud.core.actors import SUPPORT, VISITOR, Actor
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.members.models import Company, User
from tcloud.outbox import operations as outbox
from tcloud.outbox.table import TABLE
from tcloud.programme.models import Programme
from tcloud.support.models import Ticket
from tcloud.support.operations import mail as mails
from tcloud.support.operations import tickets
from tcloud.support.operations.tickets import Asker
from tcloud.support.queries import contact
from tcloud.support.queries import tickets as questions
from tests import factories

FRIDAY = datetime(2026, 11, 27, 18, 1, tzinfo=TAIPEI)  # a minute after text support has closed
MONDAY = datetime(2026, 11, 30, 18, 0, tzinfo=TAIPEI)  # by when it is answered
_serial = itertools.count(1)


def agent(name: str = "張客服") -> tuple[User, Actor]:
    """A support agent, and the actor she is."""
    user = factories.user(staff_role="support", name=name)
    return user, Actor(SUPPORT, user.pk, None, name)


def visitors(edition: Programme, *, at: datetime = FRIDAY, confirmed: bool = True, **changes: Any) -> Ticket:
    """A visitor's ticket, its address confirmed."""
    values: dict[str, Any] = {
        "channel": "form", "category": "points", "subject": "點數沒有到", "body": "我的點數沒有到，請問怎麼辦？",
        "by": Actor(VISITOR, name="林訪客"), "at": at,
    }  # fmt: skip
    made = tickets.open_ticket(edition, Asker("林訪客", "ask@example.tw"), **values | changes)
    return tickets.confirm(made, by=tickets.visitor(made), at=at) if confirmed else made


def members(
    edition: Programme, company: Company, *, at: datetime = FRIDAY, order: Any = None, **changes: Any
) -> Ticket:
    """A ticket of a company."""
    user = company.memberships.get().user if company.memberships.exists() else factories.user(company)
    asker = Asker(user.name, user.email, user=user, company=company, order=order)
    values: dict[str, Any] = {
        "channel": "member", "category": "orders", "subject": "訂單進度", "body": "請問什麼時候開通？",
        "by": factories.actor(company, by=user), "at": at,
    }  # fmt: skip
    return tickets.open_ticket(edition, asker, **values | changes)


def came(
    content: Any, *, to: str = "service@qbicloud.com", sender: str = "ask@example.tw", at: datetime = FRIDAY
) -> Any:
    """A mail that came in and was acted on; None when it had come before."""
    raw = content if isinstance(content, bytes) else content.as_bytes()
    kept = mails.receive(raw, sender=sender, recipients=[to], at=at)
    if kept is not None:
        mails.act(kept.pk, at=at)
        kept.refresh_from_db()
    return kept


def reply_to(ticket: Ticket) -> str:
    return questions.reply_address(ticket, contact.settings_of(ticket.programme))


def letters(*, at: datetime = FRIDAY) -> list[Any]:
    """What the worker sends of the events about tickets that were recorded so far."""
    sent_mail.outbox.clear()
    for pk in (
        Event.objects.filter(type__in=TABLE, case__startswith="ticket/")
        .order_by("id")
        .values_list("pk", flat=True)
    ):
        outbox.deliver(pk, at=at)
    return list(sent_mail.outbox)


def words_of(letter: Any) -> str:
    return f"{letter.subject}\n{letter.body}"


def key() -> str:
    return f"key-{next(_serial)}"
