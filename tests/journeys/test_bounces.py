"""A letter to a mailbox that does not exist comes back over the wire and is noted on it (sandbox, decision 0030)."""

import smtplib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.mailbox import returns
from sandbox.world import World
from tcloud.adapters.mail.listener import Listener
from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.outbox import addresses, operations
from tcloud.outbox.management.commands import receive_mail
from tcloud.outbox.models import Bounce, FailingAddress, Message
from tcloud.points import operations as points
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener() -> Iterator[Listener]:
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


def granted(*emails: str) -> None:
    """Deliver the letter of points to people of one company."""
    now = clock.now()
    edition = factories.programme(at=now)
    company = factories.participant(edition, at=now)
    for email in emails:
        factories.user(company, email=email)
    points.grant(edition, company, by=factories.actor(company), at=now)
    operations.deliver(Event.objects.get(type="points.granted").pk, at=now)


def bounced(count: int) -> list[Bounce]:
    """The bounces, once there are so many; a report travels on its own."""
    ends = time.monotonic() + 15
    while Bounce.objects.count() < count and time.monotonic() < ends:
        time.sleep(0.05)
    return list(Bounce.objects.order_by("message__to"))


def test_a_report_over_the_wire_is_noted_on_the_letter_and_on_its_address(world: World) -> None:
    granted("bounce@example.tw", "bounce-later@example.tw", "owner@example.tw")
    later, hard = bounced(2)
    assert (hard.action, hard.status, hard.is_hard) == ("failed", "5.1.1", True)
    assert (later.action, later.status, later.is_hard) == ("delayed", "4.4.1", False)
    assert Message.objects.filter(sent_at__isnull=False).count() == 3
    assert list(Message.objects.filter(bounced_at__isnull=False).values_list("to", flat=True)) == [
        "bounce@example.tw"
    ]
    assert [row.email for row in FailingAddress.objects.all()] == ["bounce@example.tw"]


def test_a_forged_address_for_bounces_is_refused_at_the_door(listener: Listener, db: None) -> None:
    factories.programme(at=clock.now())
    forged = addresses.bounce(17, "service@qbicloud.com").replace("-17-", "-18-")
    raw = returns.report(
        b"", sender=forged, recipient="owner@example.tw", action="failed", status="5.1.1", diagnostic="x"
    )
    with (
        smtplib.SMTP("127.0.0.1", listener.port, timeout=10) as smtp,
        pytest.raises(smtplib.SMTPRecipientsRefused),
    ):
        smtp.sendmail("", [forged], raw)
    assert not Bounce.objects.exists()
