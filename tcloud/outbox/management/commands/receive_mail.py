"""`manage.py receive_mail`: the SMTP listener for the support mailbox and for letters that come back. Runs until it is told to stop."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from tcloud.adapters.mail.listener import Listener
from tcloud.core import clock
from tcloud.outbox.operations import bounces
from tcloud.support.operations import mail

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Take mail for the support mailbox and bounces by SMTP (docs/operations.md) until SIGTERM or Ctrl-C."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        listener = Listener(accepts, take, host=settings.MAIL_IN_HOST, port=settings.MAIL_IN_PORT)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        listener.start()
        self.stdout.write(f"SMTP on {settings.MAIL_IN_HOST}:{listener.port}")
        self.stdout.flush()
        stop.wait()
        listener.stop()


def accepts(recipient: str) -> bool:
    """Whether there is such a mailbox. Runs in a thread of the listener."""
    try:
        return bounces.is_known(recipient) or mail.is_known(recipient)
    finally:
        connections.close_all()


def take(sender: str, recipients: list[str], content: bytes) -> None:
    """Store a mail, then act on it; what fails after it is stored is taken up by the worker. What comes back to a letter is noted on it."""
    try:
        returned = [recipient for recipient in recipients if bounces.is_known(recipient)]
        for recipient in returned:
            bounces.receive(content, recipient=recipient, at=clock.now())
        recipients = [recipient for recipient in recipients if recipient not in returned]
        if not recipients:
            return
        kept = mail.receive(content, sender=sender, recipients=recipients, at=clock.now())
        if kept is None:
            return
        try:
            mail.act(kept.pk, at=clock.now())
        except Exception:
            logger.exception("mail %s is stored and waits", kept.pk)
    finally:
        connections.close_all()
