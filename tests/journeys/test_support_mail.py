"""Mail over the wire: SMTP to the product's listener, letters out to the sandbox's mailbox, and the answer written there comes back."""

import smtplib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.db import connections

from sandbox.world import World
from tcloud.adapters.mail.listener import Listener
from tcloud.adapters.mail.parse import MOST_BYTES
from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.outbox import addresses
from tcloud.outbox import operations as outbox
from tcloud.outbox.management.commands import receive_mail
from tcloud.outbox.table import TABLE
from tcloud.support.models import InboundMail, Ticket
from tcloud.support.operations import desk
from tests import factories
from tests.adapters.mail.cases import mail
from tests.support import scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener() -> Iterator[Listener]:
    factories.programme(at=clock.now())
    made = Listener(receive_mail.accepts, receive_mail.take, host="127.0.0.1", port=0)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def world(listener: Listener, tmp_path: Any, settings: Any) -> Iterator[World]:
    with World(tmp_path, agent_port=None, issue_cards=False, platform_mail_port=listener.port) as made:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", made.smtp_port, False
        yield made


@pytest.fixture
def send(listener: Listener) -> Callable[..., None]:
    def send(message: Any, to: str = "service@qbicloud.com", sender: str = "ask@example.tw") -> None:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=10) as smtp:
            smtp.sendmail(sender, [to], message if isinstance(message, bytes) else message.as_bytes())

    return send


def deliver() -> None:
    """What the worker does."""
    for event in Event.objects.filter(type__in=TABLE, case__startswith="ticket/").order_by("id"):
        outbox.deliver(event.pk, at=clock.now())


@pytest.mark.rule("R-34")
def test_mail_becomes_a_ticket_and_the_answer_from_the_mailbox_joins_it(
    world: World, send: Callable[..., None]
) -> None:
    send(mail())
    ticket = Ticket.objects.get()
    deliver()
    _user, agent = scene.agent()
    desk.answer(ticket, "請重新登入。", version=ticket.version, by=agent, at=clock.now())
    deliver()
    with httpx.Client(base_url=world.base_url, timeout=10) as http:
        received, answered = http.get("/mail/messages.json", params={"to": "ask@example.tw"}).json()
        assert answered["headers"]["In-Reply-To"] == received["headers"]["Message-ID"]
        assert answered["headers"]["Reply-To"] == scene.reply_to(ticket)
        assert addresses.message_of_bounce(
            answered["from"]
        )  # the envelope's: bounces say of which letter they are
        page = http.get(f"/mail/{answered['id']}/reply")
        assert scene.reply_to(ticket) in page.text
        sent = http.post(
            f"/mail/{answered['id']}/reply", data={"sender": "ask@example.tw", "text": "還是沒有，請再看看。"}
        )
        assert sent.status_code == 303
    ticket.refresh_from_db()
    said = ticket.messages.latest("id")
    assert (ticket.state, said.body, said.kind) == ("OPEN", "還是沒有，請再看看。", "customer")
    assert "請重新登入。" in said.quoted
    connections.close_all()


def test_sandbox_says_what_the_platform_refused(world: World) -> None:
    with httpx.Client(base_url=world.base_url, timeout=10) as http:
        draft = {"sender": "a@example.tw", "to": "nobody@qbicloud.com", "subject": "x", "text": "y"}
        answer = http.post("/mail/new", data=draft)
        assert answer.status_code == 422
        assert "550" in answer.text
        assert http.post("/mail/new", data=draft | {"to": "service@qbicloud.com"}).status_code == 303
        assert http.post("/mail/new", data=draft | {"subject": "x\r\nBcc: b@b.tw"}).status_code in (303, 422)
    assert set(InboundMail.objects.values_list("recipient", flat=True)) == {"service@qbicloud.com"}


def test_unknown_recipients_and_huge_mails_are_refused(send: Callable[..., None]) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as unknown:
        send(mail(), to="nobody@qbicloud.com")
    assert unknown.value.recipients["nobody@qbicloud.com"][0] == 550
    with pytest.raises(smtplib.SMTPResponseException) as huge:
        send(b"Subject: x\r\n\r\n" + b"x" * 900 + b"\r\n" * (MOST_BYTES // 2))
    assert huge.value.smtp_code == 552
    assert not InboundMail.objects.exists()


def test_mail_that_comes_twice_over_the_wire_is_one_ticket(send: Callable[..., None]) -> None:
    for _ in range(2):
        send(mail())
    assert (InboundMail.objects.count(), Ticket.objects.count()) == (1, 1)


def test_mail_is_refused_for_now_while_it_cannot_be_stored(
    send: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_mail.mail, "receive", lambda *_a, **_k: 1 / 0)
    with pytest.raises(smtplib.SMTPResponseException) as later:
        send(mail())
    assert later.value.smtp_code == 451
