"""Mail that comes in (docs/decisions/0019): stored first as it came over the wire, then acted on; a repeat is harmless.

`receive` is what the listener calls before it says 250. `act` is one transaction under the mail's lock: what a crash leaves
unhandled is taken up by `act_on_waiting` a minute later.
"""

import hashlib
import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.mail import Incoming, Unreadable, parse
from tcloud.core import events, uploads
from tcloud.core.actors import SUPPORT, THE_SYSTEM, VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import only
from tcloud.core.uploads import File
from tcloud.members import queries as members
from tcloud.support.models import InboundMail, Ticket
from tcloud.support.operations import tickets as acts
from tcloud.support.operations.tickets import Asker
from tcloud.support.queries import contact, tickets
from tcloud.support.rules import tickets as rules

logger = logging.getLogger(__name__)
Verdict = InboundMail.Verdict
_TAG: Final = re.compile(r"\+([0-9a-f]{32})@", re.I)
_OURS: Final = re.compile(r"\.([0-9a-f]{32})@")  # in the Message-ID of a letter about a ticket
BATCH: Final = 20


def is_known(recipient: str) -> bool:
    """Whether there is such a mailbox: an edition's, or a ticket's own address."""
    tag = _TAG.search(recipient)
    if tag:
        return tickets.by_mail_token(tag[1]) is not None
    return contact.edition_of_mailbox(recipient) is not None


@transaction.atomic(durable=True)
def receive(raw: bytes, *, sender: str, recipients: Sequence[str], at: datetime) -> InboundMail | None:
    """Keep a mail as it came, before anything is made of it; None when it has been kept before.

    `sender` and `recipients` are the envelope's. One that is sent to a ticket's own address counts as sent there.
    """
    try:
        said: Incoming | None = parse.read(raw, sender=sender)
    except Unreadable:
        said = None
    name = f"{said.message_id}\n{said.from_email}".encode() if said and said.message_id else raw
    to = next((address for address in recipients if _TAG.search(address)), recipients[0])
    row, made = InboundMail.objects.get_or_create(
        key=hashlib.sha256(name).hexdigest(),
        defaults={
            "message_id": said.message_id[:250] if said else "",
            "sender": sender[:254],
            "recipient": to[:254],
            "raw": raw,
            "received_at": at,
            "from_email": said.from_email[:254] if said else "",
            "subject": said.subject if said else "",
        },
    )
    return row if made else None


def act_on_waiting(*, at: datetime) -> int:
    """Act on mails that were stored and not handled, oldest first. One that can't be handled holds up no other. Returns how many were."""
    waiting = InboundMail.objects.filter(handled_at=None).order_by("id").values_list("pk", flat=True)
    done = 0
    for pk in list(waiting[:BATCH]):
        try:
            done += act(pk, at=at)
        except Exception:
            logger.exception("mail %s waits", pk)
    return done


@transaction.atomic(durable=True)
def act(pk: int, *, at: datetime) -> bool:
    """Do what `rules.verdict` says with a stored mail; False when somebody else did or is doing it. Raises Refusal `calendar.missing`."""
    row = InboundMail.objects.select_for_update(skip_locked=True).filter(pk=pk, handled_at=None).first()
    if row is None:
        return False
    try:
        said = parse.read(bytes(row.raw), sender=row.sender)
    except Unreadable:
        _handled(row, Verdict.HELD, why="unreadable", at=at)
        return True
    ticket = _ticket(row, said)
    verdict, why = rules.verdict(
        rules.Letter(
            is_automatic=said.is_automatic,
            is_bounce=said.is_bounce,
            has_sender=bool(said.from_email),
            tagged=ticket is not None,
            is_from_the_asker=ticket is not None and said.from_email in _askers(ticket),
            ticket_is_over=ticket is not None and _never_confirmed(ticket, at),
            recent=_recent(said.from_email, row, at=at),
        )
    )
    if verdict == Verdict.OPENED:
        ticket = _new(row, said, at=at)
    elif ticket is not None and verdict == Verdict.ADDED:
        _add(ticket, row, said, at=at)
    elif ticket is not None and verdict == Verdict.BOUNCED:
        _bounced(ticket, at=at)
    _handled(row, verdict, why=why, ticket=ticket, at=at)
    return True


def _ticket(row: InboundMail, said: Incoming) -> Ticket | None:
    """The ticket a mail belongs to: by the address it came to, else by the letter it answers. Of an erased one nothing is known."""
    tag = _TAG.search(row.recipient)
    tokens = [tag[1].lower()] if tag else []
    tokens += [ours[1] for reference in reversed(said.references) if (ours := _OURS.search(reference))]
    found = [ticket for token in tokens[:5] if (ticket := tickets.by_mail_token(token))]
    return next((ticket for ticket in found if ticket.erased_at is None), None)


def _askers(ticket: Ticket) -> set[str]:
    """Whose mails are the asker's: the ticket's address, and for a company all people who act for it."""
    return {ticket.email, *(members.company_emails(ticket.company_id) if ticket.company_id else ())}


def _never_confirmed(ticket: Ticket, at: datetime) -> bool:
    late = at >= ticket.confirm_before
    return ticket.state == Ticket.State.LAPSED or (ticket.state == Ticket.State.UNCONFIRMED and late)


def _recent(sender: str, row: InboundMail, *, at: datetime) -> int:
    """How many mails of this sender were let through in the last 24 hours."""
    let = InboundMail.objects.filter(from_email=sender, verdict__in=[Verdict.OPENED, Verdict.ADDED])
    return let.filter(received_at__gt=at - timedelta(days=1)).exclude(pk=row.pk).count()


def _new(row: InboundMail, said: Incoming, *, at: datetime) -> Ticket:
    edition = contact.edition_of_mailbox(row.recipient)
    if edition is None:  # the mailbox was changed since
        edition = contact.any_edition()
    asker = Asker(said.from_name or said.from_email, said.from_email)
    files, left_out = _files(said)
    return acts.open_ticket(
        edition, asker, channel=Ticket.Channel.MAIL, category=Ticket.Category.OTHER, subject=said.subject, body=_body(said),
        files=files, mail=row, left_out=left_out, by=Actor(VISITOR, name=asker.name), at=at,
    )  # fmt: skip


def _add(ticket: Ticket, row: InboundMail, said: Incoming, *, at: datetime) -> None:
    by = acts.visitor(ticket)
    if ticket.state == Ticket.State.UNCONFIRMED:  # the tag was sent to that address alone
        acts.confirm(ticket, by=by, at=at)
    files, left_out = _files(said)
    acts.reply(ticket, _body(said), files, mail=row, quoted=said.quoted, left_out=left_out, by=by, at=at)


def _body(said: Incoming) -> str:
    return said.text or str(_("（信中沒有文字）"))


def _files(said: Incoming) -> tuple[list[File], list[str]]:
    """Attachments that may be kept, and the names of those that may not."""
    taken: list[File] = []
    left_out: list[str] = []
    for name, content in said.files:
        try:
            file = uploads.accept(name, content)
        except Refusal:
            left_out.append(uploads.safe_name(name))
            continue
        fits = (
            len(taken) < uploads.MOST_FILES
            and sum(len(each.content) for each in [*taken, file]) <= uploads.MOST_BYTES
        )
        if fits:
            taken.append(file)
        else:
            left_out.append(file.name)
    return taken, left_out[:20]


@transaction.atomic
def note_bounce(case: str, email: str, *, at: datetime) -> None:
    """A letter of this case to `email` came back: noted on the ticket when it is a ticket's, and its asker's address."""
    kind, _slash, reference = case.partition("/")
    ticket = Ticket.objects.filter(reference=reference, email=email).first() if kind == "ticket" else None
    if ticket is not None:
        _bounced(ticket, at=at)


def _bounced(ticket: Ticket, *, at: datetime) -> None:
    row = acts.locked(ticket)
    Ticket.objects.filter(pk=row.pk).update(bounced_at=at)
    events.record("ticket.mail_bounced", row, case=row.case, by=THE_SYSTEM, at=at, announce=False)


def _handled(
    row: InboundMail, verdict: str, *, why: str = "", ticket: Ticket | None = None, at: datetime
) -> None:
    row.verdict, row.why, row.ticket, row.handled_at = verdict, why, ticket, at
    days = rules.mail_kept_days(verdict)
    row.erase_due_at = None if days is None else rules.kept_until(at, days)
    row.save(update_fields=["verdict", "why", "ticket", "handled_at", "erase_due_at"])


# What an agent decides about a mail that was held


@transaction.atomic(durable=True)
def add_held(mail: InboundMail, reference: str, *, by: Actor, at: datetime) -> Ticket:
    """Put a held mail into the ticket it belongs to. Raises Refusal `mail.decided`, `ticket.unknown`, `ticket.erased`, `transition.not_yours`."""
    row, said = _held(mail, by=by)
    found = tickets.on_desk().filter(reference=reference.strip().upper()).first()
    if found is None:
        raise Refusal("ticket.unknown", _("找不到這個編號的服務單，請確認後再試。"))
    files, left_out = _files(said)
    ticket = acts.reply(
        found,
        _body(said),
        files,
        mail=row,
        quoted=said.quoted,
        left_out=left_out,
        by=acts.visitor(found),
        at=at,
    )
    events.record("ticket.mail_added", found, case=found.case, by=by, at=at, announce=False, mail=row.pk)
    _handled(row, Verdict.ADDED, ticket=found, at=at)
    return ticket


@transaction.atomic(durable=True)
def open_held(mail: InboundMail, *, by: Actor, at: datetime) -> Ticket:
    """Make a ticket of a held mail. Raises Refusal `mail.decided`, `mail.no_sender`, `transition.not_yours`."""
    row, said = _held(mail, by=by)
    if not said.from_email:
        raise Refusal("mail.no_sender", _("這封信沒有可以回覆的寄件人，不能開立服務單。"))
    ticket = _new(row, said, at=at)
    events.record("ticket.mail_added", ticket, case=ticket.case, by=by, at=at, announce=False, mail=row.pk)
    _handled(row, Verdict.OPENED, ticket=ticket, at=at)
    return ticket


@transaction.atomic(durable=True)
def dismiss_held(mail: InboundMail, *, by: Actor, at: datetime) -> None:
    """Do nothing with a held mail; it stays kept for some days. Raises Refusal `mail.decided`, `transition.not_yours`."""
    row = _held_row(mail, by=by)
    events.record("mail.dismissed", row, case=f"mail/{row.pk}", by=by, at=at, announce=False)
    _handled(row, Verdict.DISMISSED, why=row.why, ticket=row.ticket, at=at)


def _held_row(mail: InboundMail, *, by: Actor) -> InboundMail:
    only(by, SUPPORT)
    row = InboundMail.objects.select_for_update().get(pk=mail.pk)
    if row.verdict != Verdict.HELD or row.erased_at is not None:
        raise Refusal("mail.decided", _("這封信剛才已經處理過了。"))
    return row


def _held(mail: InboundMail, *, by: Actor) -> tuple[InboundMail, Incoming]:
    row = _held_row(mail, by=by)
    try:
        return row, parse.read(bytes(row.raw), sender=row.sender)
    except Unreadable as error:
        raise Refusal("mail.unreadable", _("這封信的結構無法讀取，只能標記為不處理。")) from error
