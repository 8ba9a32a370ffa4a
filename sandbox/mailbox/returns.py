"""Delivery reports (RFC 3464) as the mail server of a mailbox that does not exist sends them back, over SMTP to the envelope's sender.

`bounce…@`: no such mailbox, 5.1.1. `bounce-later…@`: not delivered so far, 4.4.1.
"""

import asyncio
import logging
import smtplib
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import formatdate, make_msgid

from sandbox.mailbox.outgoing import HOST, SECONDS

logger = logging.getLogger(__name__)
DOMAIN = "mx.sandbox.example"
WAITS = (0.2, 2.0, 10.0, 60.0)  # seconds before each try: the platform's listener may not be there yet
FAILED = ("failed", "5.1.1", "smtp; 550 5.1.1 No such user here")
DELAYED = ("delayed", "4.4.1", "smtp; 451 4.4.1 No answer from host")


def outcome(recipient: str) -> tuple[str, str, str] | None:
    """(action, status, diagnostic) of a letter to this address; None when it arrives."""
    local = recipient.rpartition("@")[0].lower()
    if local.startswith("bounce-later"):
        return DELAYED
    return FAILED if local.startswith("bounce") else None


def report(letter: bytes, *, sender: str, recipient: str, action: str, status: str, diagnostic: str) -> bytes:
    """The report on `letter`, with its headers at the end as RFC 3464 §2 wants it."""
    whole = EmailMessage()
    whole["From"], whole["To"] = f"Mail Delivery System <MAILER-DAEMON@{DOMAIN}>", sender
    whole["Subject"] = (
        "Undelivered Mail Returned to Sender" if action == "failed" else "Delayed Mail (still being retried)"
    )
    whole["Date"], whole["Message-ID"] = formatdate(), make_msgid(domain=DOMAIN)
    whole["Auto-Submitted"] = "auto-replied"
    whole["MIME-Version"] = "1.0"
    whole["Content-Type"] = "multipart/report; report-type=delivery-status"
    words = EmailMessage()
    words.set_content(f"This is the mail system at host {DOMAIN}.\n\n<{recipient}>: {diagnostic}\n")
    fields = Message()
    fields["Content-Type"] = "message/delivery-status"
    of_mail, of_recipient = Message(), Message()
    of_mail["Reporting-MTA"] = f"dns; {DOMAIN}"
    of_recipient["Final-Recipient"] = f"rfc822; {recipient}"
    of_recipient["Action"], of_recipient["Status"] = action, status
    of_recipient["Diagnostic-Code"] = diagnostic
    fields.set_payload([of_mail, of_recipient])
    original = Message()
    original["Content-Type"] = "text/rfc822-headers"
    headers = BytesParser().parsebytes(letter, headersonly=True)
    original.set_payload(
        "".join(f"{name}: {value}\n" for name, value in headers.items() if str(value).isascii())
    )
    whole.set_payload([words, fields, original])
    return whole.as_bytes(policy=policy.SMTP)


class Returns:
    """Sends reports to the platform's own listener, after the letter was taken; without a sender there is nobody to tell."""

    def __init__(self, platform_port: int) -> None:
        self._port = platform_port
        self._under_way: set[asyncio.Task[None]] = set()

    def later(self, sender: str, recipients: list[str], letter: bytes) -> None:
        """Begin to send a report for each recipient that does not exist. Needs a running loop."""
        for recipient in recipients if sender else []:
            if said := outcome(recipient):
                action, status, diagnostic = said
                raw = report(
                    letter,
                    sender=sender,
                    recipient=recipient,
                    action=action,
                    status=status,
                    diagnostic=diagnostic,
                )
                task = asyncio.get_running_loop().create_task(self._try(sender, raw))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _try(self, sender: str, raw: bytes) -> None:
        for wait in WAITS:
            await asyncio.sleep(wait)
            try:
                await asyncio.to_thread(self._send, sender, raw)
                return
            except smtplib.SMTPRecipientsRefused:
                logger.warning("the platform knows no such address for bounces")
                return
            except OSError as error:
                logger.info("a report waits: %s", error)

    def _send(self, sender: str, raw: bytes) -> None:
        with smtplib.SMTP(HOST, self._port, timeout=SECONDS) as smtp:
            smtp.sendmail("", [sender], raw)
