"""Letters that come back (RFC 3464): noted on the letter and on its address; never answered.

The address a bounce is sent to proves which letter it is of, whatever the report says: it is known to us and to who got the letter.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tcloud.adapters.mail import reports
from tcloud.outbox import addresses, rules
from tcloud.outbox.models import Bounce, FailingAddress, Message
from tcloud.support.operations import mail as support_mail

logger = logging.getLogger(__name__)


def is_known(recipient: str) -> bool:
    """Whether a letter of ours comes back to this address."""
    pk = addresses.message_of_bounce(recipient)
    return pk is not None and Message.objects.filter(pk=pk).exists()


@transaction.atomic(durable=True)
def receive(raw: bytes, *, recipient: str, at: datetime) -> Bounce | None:
    """Note what came back to the address of a letter. None when it says nothing new: no report, forged, or noted before."""
    pk = addresses.message_of_bounce(recipient)
    report = reports.read(raw)
    if pk is None or report is None:
        logger.info("what came to an address for bounces is no report of a letter")
        return None
    message = Message.objects.select_for_update().filter(pk=pk).first()  # waits for who is just sending it
    if message is None:
        return None
    is_hard = rules.is_hard(report.action, report.status)
    if is_hard and message.bounced_at:
        return None
    noted, made = Bounce.objects.get_or_create(
        message=message,
        action=report.action,
        status=report.status,
        defaults={"is_hard": is_hard, "received_at": at},
    )
    if not made:
        return None
    if is_hard:
        Message.objects.filter(pk=message.pk).update(bounced_at=at)
        mark_failing(message, report.status, at=at)
    return noted


@transaction.atomic
def mark_failing(message: Message, status: str, *, at: datetime) -> None:
    """A letter to this address was refused for good (`status`: RFC 3463, or the SMTP code); its ticket learns of it too."""
    row, made = FailingAddress.objects.get_or_create(
        email=message.to, defaults={"hard_bounces": 1, "status": status[:12], "since": at, "last_at": at}
    )
    if not made:
        FailingAddress.objects.filter(pk=row.pk).update(
            hard_bounces=F("hard_bounces") + 1, status=status[:12], last_at=at
        )
    support_mail.note_bounce(message.event.case, message.to, at=at)
