"""Telling people what happened: every event at most one letter and one notice a person, each letter sent once.

A `Message` row and the notices are made, and committed, before a letter is sent: mail that is down keeps nobody uninformed. Sending
holds the row's lock and notes the success in the same transaction. So a repeated job, two workers at once, or a job stopped half-way
send nothing twice. One window is left, as with every mail: when the process or the database dies after the server took the letter
and before that was noted, it is sent again (at least once). The second carries the same Message-ID, by which mail programs know it
for the same letter. What becomes of refusals and bounces: docs/decisions/0030.
"""

import logging
from datetime import UTC, datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Model
from django.utils.crypto import salted_hmac
from django.utils.translation import override

from tcloud.catalogue.models import Plan, PlanChange
from tcloud.choosing.models import ComparisonShare, Question, Review, SavedSearch
from tcloud.core import events
from tcloud.core.models import Event
from tcloud.eligibility.models import Application
from tcloud.invoices.models import Allowance
from tcloud.members.models import AddressChange, Invitation
from tcloud.orders.models import DraftRequest, Order, OrderChange, RefundProposal
from tcloud.outbox import addresses, queries, recipients, rules
from tcloud.outbox.categories import DUTY
from tcloud.outbox.letters import COMPOSERS, Letter, Occasion, Thread
from tcloud.outbox.models import Message
from tcloud.outbox.operations import bounces, notices
from tcloud.outbox.recipients import Recipient
from tcloud.outbox.rendering import Footer, Mail, render
from tcloud.outbox.table import TABLE, Post
from tcloud.payments.models import Charge, Invoice, PaymentAccount, Refund, Statement
from tcloud.points.models import Grant, Reversal, WaitingEntry
from tcloud.programme.models import Programme
from tcloud.support.models import ChatTranscript, Conversation, ExpertRequest, Ticket
from tcloud.support.queries import contact

logger = logging.getLogger(__name__)
MOST_REFERENCES: Final = 20
_SUBJECTS: Final[dict[str, type[Model]]] = {
    model._meta.label_lower: model
    for model in (
        AddressChange,
        Application,
        Grant,
        WaitingEntry,
        Reversal,
        Order,
        OrderChange,
        Charge,
        Invoice,
        Allowance,
        Refund,
        RefundProposal,
        PaymentAccount,
        Statement,
        Programme,
        Plan,
        PlanChange,
        SavedSearch,
        ComparisonShare,
        Question,
        Review,
        Conversation,
        ChatTranscript,
        Ticket,
        ExpertRequest,
        Invitation,
        DraftRequest,
    )
}
_DELETABLE: Final[dict[str, type[Model]]] = {
    model._meta.label_lower: model for model in (SavedSearch, ComparisonShare)
}


class DeliveryFailed(RuntimeError):
    """Some letters of an event were not taken by the mail server; the job is to be run again."""


def deliver(event_id: int, *, at: datetime) -> int:
    """Send the letters that an event calls for (`table.TABLE`) and that were not sent before. Returns how many were sent now.

    Raises DeliveryFailed when the server did not take some of them; the others are sent all the same.
    """
    event = Event.objects.get(pk=event_id)
    posts = TABLE.get(event.type, ())
    if not posts or _is_gone(event):
        return 0
    occasion = Occasion(event, _subject(event), at)
    sent = failed = 0
    for post in posts:
        people = recipients.of(post.audience, occasion.subject, event)
        for prepared in _prepare(occasion, post, people):
            outcome = _send(prepared.message, _mail(prepared), at=at)
            sent += outcome is True
            failed += outcome is False
    if failed:
        raise DeliveryFailed(f"event {event_id}: {failed} not sent")
    return sent


def deliver_many(event_ids: list[int], *, at: datetime) -> int:
    """Send the letters of many events. What fails is queued by itself and holds up none of the others. Returns how many were sent."""
    sent = 0
    for event_id in event_ids:
        try:
            sent += deliver(event_id, at=at)
        except Exception:
            logger.exception("event %s: to be delivered by itself", event_id)
            events.deliver_again(event_id)
    return sent


def _is_gone(event: Event) -> bool:
    """What its people may delete was deleted meanwhile: nothing is left to say."""
    label, _slash, key = event.subject.partition("/")
    model = _DELETABLE.get(label)
    return model is not None and not model._default_manager.filter(pk=key).exists()


def _subject(event: Event) -> Model:
    """What the event happened to; for a charge, a refund, a proposal or a change its order, for a reversal its grant. Raises LookupError."""
    label, _slash, key = event.subject.partition("/")
    model = _SUBJECTS.get(label)
    if model is None:
        raise LookupError(event.subject)
    subject: Model = model._default_manager.get(pk=key)
    if isinstance(subject, Allowance):
        subject = subject.invoice
    if isinstance(subject, RefundProposal):
        return subject.order
    if isinstance(subject, Refund):
        subject = subject.charge
    if isinstance(subject, Charge | Invoice):
        return Order.objects.get(number=subject.order_number)
    if isinstance(subject, OrderChange):
        return subject.order
    return subject.grant if isinstance(subject, Reversal) else subject


class Prepared(NamedTuple):
    """A letter that is noted and still to be sent."""

    message: Message
    letter: Letter
    mail: Mail
    recipient: Recipient


@transaction.atomic(durable=True)
def _prepare(occasion: Occasion, post: Post, people: list[Recipient]) -> list[Prepared]:
    """Note the letters of `people`, before any is sent, and tell the same on the site. Returns the letters that are still to be sent.

    None for who has switched the category off; a letter to an address that takes none is noted as held.
    """
    letters = _written(occasion, post.template, people)
    if not letters:  # a try that failed may have noted them when they were still true
        Message.objects.filter(
            event=occasion.event, template=post.template, sent_at=None, given_up_at=None
        ).update(given_up_at=occasion.at, error=queries.OVERTAKEN)
        return []
    notices.tell(occasion.event, post.template, letters, people)
    emails = [person.email for person in people]
    unwanted, failing = queries.unwanted(emails, post.category), queries.failing(emails)
    found = []
    for person in people:
        if person.email in unwanted:
            continue
        letter = letters[person.language]
        mail = _rendered(letter, post, person)
        message = _note(occasion, post.template, person, mail.subject)
        if message.sent_at or message.given_up_at:
            continue
        if rules.is_held(failing.get(person.email, 0), is_duty=post.category == DUTY):
            Message.objects.filter(pk=message.pk, sent_at=None).update(
                given_up_at=occasion.at, error=queries.HELD
            )
            continue
        found.append(Prepared(message, letter, mail, person))
    return found


def _written(occasion: Occasion, template: str, people: list[Recipient]) -> dict[str, Letter]:
    """The letter in every language, written once each however many read it; nothing when there is nothing to say."""
    found: dict[str, Letter] = {}
    for language, _name in settings.LANGUAGES if people else ():
        with override(language):
            letter = COMPOSERS[template](occasion)
        if letter is None:
            return {}
        found[language] = letter
    return found


def _rendered(letter: Letter, post: Post, person: Recipient) -> Mail:
    stop = addresses.unsubscription(person.email, post.category) if post.category != DUTY else ""
    with override(person.language):
        return render(letter, Footer(post.audience, post.category, person.user_id is not None, stop))


def _note(occasion: Occasion, template: str, recipient: Recipient, subject: str) -> Message:
    """The row of this letter, made before it is sent; the unique key gives a repeat the same row."""
    return Message.objects.get_or_create(
        event=occasion.event,
        template=template,
        to=recipient.email,
        defaults={"subject": subject[:200], "created_at": occasion.at},
    )[0]


def _mail(prepared: Prepared) -> EmailMultiAlternatives:
    """The letter as it goes out. Its envelope sender is the address to which this one letter comes back (VERP)."""
    message, letter, mail, recipient = prepared
    thread = letter.thread
    mailbox = contact.settings_of(letter.programme).mailbox
    headers = {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": message_id(message, thread.token if thread else ""),
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
        "Content-Language": recipient.language,
        **_unsubscribing(mail.unsubscribe_url),
    }
    if thread:
        headers |= _threaded(message, thread)
    made = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        from_email=addresses.bounce(message.pk, mailbox),
        to=[recipient.email],
        reply_to=[thread.reply_to if thread else mailbox],
        headers=headers,
    )
    made.attach_alternative(mail.html, "text/html")
    return made


def _unsubscribing(url: str) -> dict[str, str]:
    """By which mail programs offer to stop such letters with one press (RFC 2369, RFC 8058)."""
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@transaction.atomic(durable=True)
def _send(message: Message, letter: EmailMultiAlternatives, *, at: datetime) -> bool | None:
    """Send under the row's lock and note what came of it: True sent, False to be tried again.

    None when there is nothing more to do: somebody else sent it or is just sending it, or the server will never take it.
    """
    row = Message.objects.select_for_update(skip_locked=True).filter(
        pk=message.pk, sent_at=None, given_up_at=None
    )
    if not row.first():
        return None
    noted = Message.objects.filter(pk=message.pk)
    try:
        letter.send()
    except OSError as error:  # smtplib's errors are OSErrors too
        meaning = _meaning(error)
        noted.update(tries=F("tries") + 1, error=_without_names(error))
        if meaning is rules.Refusal.FOR_NOW:
            return False
        noted.update(given_up_at=at)
        if meaning is rules.Refusal.OF_ADDRESS:
            bounces.mark_failing(message, str(_codes(error)[0]), at=at)
        return None
    noted.update(tries=F("tries") + 1, error="", sent_at=at)
    return True


def _codes(error: OSError) -> list[int]:
    return (
        [code for code, _words in error.recipients.values()]
        if isinstance(error, SMTPRecipientsRefused)
        else []
    )


def _meaning(error: OSError) -> rules.Refusal:
    content = error.smtp_code if isinstance(error, SMTPDataError) else None
    return rules.refusal(_codes(error), content)


def _without_names(error: OSError) -> str:
    """What went wrong, without the address or the server's words, which may repeat it."""
    codes = [error.smtp_code] if isinstance(error, SMTPResponseException) else _codes(error)
    code = "".join(f" {each}" for each in codes)
    return f"{type(error).__name__}{code}"


def _threaded(message: Message, thread: Thread) -> dict[str, str]:
    """The headers by which mail programs put a letter under what went before (RFC 5322 §3.6.4)."""
    case = message.event.case
    earlier = queries.of_case(case).filter(to=message.to, sent_at__isnull=False, pk__lt=message.pk)
    ids = [*thread.answers, *(message_id(each, thread.token) for each in earlier)][-MOST_REFERENCES:]
    return {"In-Reply-To": ids[-1], "References": " ".join(ids)} if ids else {}


def message_id(message: Message, token: str = "") -> str:
    """The Message-ID of a letter (RFC 5322 §3.6.4): always the same for the same row, telling nothing about its reader.

    `token`: the secret of the conversation it belongs to, so that an answer is known by what it refers to.
    """
    made = message.created_at.astimezone(UTC).isoformat()  # the same before and after the database
    name = f"{message.event_id}/{message.template}/{message.to}/{made}"
    digest = salted_hmac("tcloud.outbox", name, algorithm="sha256").hexdigest()[:32]
    return f"<{digest}{'.' if token else ''}{token}@{urlsplit(settings.SITE_URL).hostname}>"
