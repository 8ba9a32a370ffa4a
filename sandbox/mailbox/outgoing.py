"""What people of the sandbox write to the platform: answers to its letters and new mails, sent by SMTP to the platform's own listener."""

import smtplib
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid

from sandbox.mailbox.letters import Letter

HOST = "127.0.0.1"
SECONDS = 10


class NotSent(Exception):
    """The platform did not take the mail; the text says why, in words for the page."""


@dataclass(frozen=True)
class Draft:
    """A mail as a person fills it in."""

    sender: str
    to: str
    subject: str
    text: str
    answers: Letter | None = None


def reply_address(letter: Letter) -> str:
    """Where an answer goes: Reply-To, else From."""
    header = letter.message["Reply-To"] or letter.message["From"]
    addresses: tuple[Address, ...] = header.addresses if header else ()
    return addresses[0].addr_spec if addresses else ""


def answer_to(letter: Letter, text: str, sender: str = "") -> Draft:
    """An answer by the letter's reader (or by `sender`), the letter quoted below."""
    subject = letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}"
    quoted = "\n".join(f"> {line}" for line in letter.part("plain").splitlines())
    whole = f"{text.strip()}\n\n客服 於 {letter.received_at[:16].replace('T', ' ')} 寫道：\n{quoted}\n"
    return Draft(sender or letter.recipients[0], reply_address(letter), subject, whole, letter)


def send(draft: Draft, *, port: int) -> None:
    """Send it to the platform. Raises NotSent."""
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = draft.sender, draft.to, draft.subject
        message["Message-ID"] = make_msgid(domain="sandbox.example")
        if draft.answers is not None:
            message_id = str(draft.answers.message["Message-ID"] or "")
            earlier = str(draft.answers.message["References"] or "")
            message["In-Reply-To"], message["References"] = message_id, f"{earlier} {message_id}".strip()
        message.set_content(draft.text)
        with smtplib.SMTP(HOST, port, timeout=SECONDS) as smtp:
            smtp.send_message(message, from_addr=draft.sender, to_addrs=[draft.to])
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        raise NotSent(f"平臺不收這個收件人：{code} {words.decode('utf-8', 'replace')}") from refused
    except smtplib.SMTPResponseException as refused:
        raise NotSent(f"平臺拒收：{refused.smtp_code} {refused.smtp_error!r}") from refused
    except ValueError as error:
        raise NotSent("寄件人、收件人或主旨的格式不正確。") from error
    except OSError as error:
        raise NotSent(f"連不上平臺的收信程式（連接埠 {port}）：{error}") from error
