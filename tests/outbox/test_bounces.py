"""Letters that come back: noted on the letter, the address and the ticket; what follows for the next letters."""

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from tcloud.core.models import Event
from tcloud.outbox import addresses, operations, queries
from tcloud.outbox.models import Bounce, FailingAddress, Message, Notice
from tcloud.outbox.operations import bounces, preferences
from tcloud.points import operations as points
from tests import factories
from tests.adapters.mail.test_reports import dsn, group
from tests.factories import NOW
from tests.support import scene

pytestmark = pytest.mark.django_db
OWNER = "owner@example.tw"
MAILBOX = "service@qbicloud.com"


@pytest.fixture
def event() -> Event:
    edition = factories.programme()
    company = factories.participant(edition)
    factories.user(company, email=OWNER)
    points.grant(edition, company, by=factories.actor(company), at=NOW)
    return Event.objects.get(type="points.granted")


def deliver(event: Event) -> Message:
    operations.deliver(event.pk, at=NOW)
    return Message.objects.get(event=event)


def comes_back(message: Message, action: str = "failed", status: str = "5.1.1") -> Bounce | None:
    return bounces.receive(
        dsn(group(action, status)), recipient=addresses.bounce(message.pk, MAILBOX), at=NOW
    )


def test_a_letter_leaves_from_the_address_that_it_comes_back_to(event: Event) -> None:
    message = deliver(event)
    (sent,) = mail.outbox
    assert addresses.message_of_bounce(sent.from_email) == message.pk
    assert sent.message()["From"].endswith("<service@tcloud.example>")
    assert len(sent.from_email.partition("@")[0]) <= 64
    assert bounces.is_known(sent.from_email.upper())


@pytest.mark.parametrize(
    "change",
    [lambda a: a.replace("+b-", "+b-1"), lambda a: a.replace("@", "0@"), lambda a: a.replace("+b-", "+")],
)
def test_a_forged_address_is_none_of_ours(event: Event, change: Any) -> None:
    address = change(addresses.bounce(deliver(event).pk, MAILBOX))
    assert not bounces.is_known(address)
    assert bounces.receive(dsn(group("failed", "5.1.1")), recipient=address, at=NOW) is None
    assert not FailingAddress.objects.exists()


def test_a_hard_bounce_is_noted_once_on_letter_and_address(event: Event) -> None:
    message = deliver(event)
    assert comes_back(message) is not None
    assert comes_back(message) is None
    assert comes_back(message, status="5.2.1") is None  # the same letter can't fail twice
    message.refresh_from_db()
    assert message.bounced_at == NOW
    failing = FailingAddress.objects.get()
    assert (failing.email, failing.hard_bounces, failing.status) == (OWNER, 1, "5.1.1")
    assert list(queries.undelivered(event.case)) == [message]


def test_a_soft_bounce_is_noted_and_changes_nothing(event: Event) -> None:
    message = deliver(event)
    noted = comes_back(message, "delayed", "4.4.1")
    assert noted is not None
    assert not noted.is_hard
    assert not FailingAddress.objects.exists()
    assert not queries.undelivered(event.case).exists()
    assert comes_back(message) is not None  # in the end it failed


def test_what_is_no_report_is_ignored(event: Event) -> None:
    address = addresses.bounce(deliver(event).pk, MAILBOX)
    assert bounces.receive(b"From: a@b.tw\r\n\r\nI am on holiday", recipient=address, at=NOW) is None
    assert not Bounce.objects.exists()


def test_the_same_letter_is_held_after_three_hard_bounces_and_told_on_the_site(event: Event) -> None:
    FailingAddress.objects.create(email=OWNER, hard_bounces=3, status="5.1.1", since=NOW, last_at=NOW)
    message = deliver(event)
    assert (message.sent_at, message.given_up_at, message.error) == (None, NOW, queries.HELD)
    assert mail.outbox == []
    assert Notice.objects.get().user.email == OWNER
    preferences.works_again(OWNER)
    assert operations.deliver(event.pk, at=NOW) == 0  # what was held stays held: its days may be over
    assert mail.outbox == []


def test_two_hard_bounces_hold_no_duty(event: Event) -> None:
    FailingAddress.objects.create(email=OWNER, hard_bounces=2, status="5.1.1", since=NOW, last_at=NOW)
    assert deliver(event).sent_at == NOW


@pytest.mark.parametrize(
    ("error", "given_up", "failing"),
    [
        (smtplib.SMTPRecipientsRefused({OWNER: (550, b"no such user")}), True, True),
        (smtplib.SMTPDataError(554, b"looks like spam"), True, False),
    ],
)
def test_what_the_server_refuses_for_good_is_not_tried_again(
    event: Event, monkeypatch: pytest.MonkeyPatch, error: Exception, given_up: bool, failing: bool
) -> None:
    def refuse(_letter: EmailMultiAlternatives) -> int:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", refuse)
        message = deliver(event)  # nothing to try again: no DeliveryFailed
    assert (bool(message.given_up_at), FailingAddress.objects.exists()) == (given_up, failing)
    assert "no such user" not in message.error
    assert operations.deliver(event.pk, at=NOW) == 0
    assert mail.outbox == []


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPAuthenticationError(535, b"x"),
        smtplib.SMTPSenderRefused(550, b"x", MAILBOX),
        smtplib.SMTPRecipientsRefused({OWNER: (451, b"x")}),
        ConnectionRefusedError(),
    ],
)
def test_our_own_mistakes_and_4xx_are_tried_again(
    event: Event, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(_letter: EmailMultiAlternatives) -> int:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", refuse)
        with pytest.raises(operations.DeliveryFailed):
            operations.deliver(event.pk, at=NOW)
    assert Notice.objects.count() == 1  # told on the site all the same
    assert operations.deliver(event.pk, at=NOW) == 1


def test_a_letter_of_a_ticket_that_comes_back_is_shown_to_its_agent() -> None:
    ticket = scene.visitors(factories.programme(at=scene.FRIDAY))
    scene.letters()
    message = Message.objects.filter(to=ticket.email).latest("id")
    comes_back(message)
    ticket.refresh_from_db()
    assert ticket.bounced_at == NOW
