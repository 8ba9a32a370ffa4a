"""Questions about tickets. What a company or a visitor may see is in the query (R-37)."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Q, QuerySet

from tcloud.core import events
from tcloud.core.models import Event
from tcloud.members.models import Company, User
from tcloud.support.models import Attachment, InboundMail, SupportSettings, Ticket, TicketMessage

LOOK_HOURS: Final = 8
UNSEEN: Final = ("UNCONFIRMED", "LAPSED")  # by agents: nobody has proved to have sent it


def of_company(company: Company) -> QuerySet[Ticket]:
    """The company's tickets, newest first."""
    return Ticket.objects.filter(company=company).select_related("order").order_by("-created_at", "-id")


def by_page_token(token: str) -> Ticket | None:
    """The ticket whose page has this secret address."""
    return Ticket.objects.select_related("programme").filter(page_token=token).first()


def by_mail_token(token: str) -> Ticket | None:
    """The ticket whose letters are answered to this secret tag, whatever its case."""
    return Ticket.objects.filter(mail_token=token.lower()).first()


def reply_address(ticket: Ticket, settings: SupportSettings) -> str:
    """Where a letter about the ticket is answered to: the mailbox with the ticket's tag."""
    local, _at, domain = settings.mailbox.rpartition("@")
    return f"{local}+{ticket.mail_token}@{domain}"


def thread(ticket: Ticket, *, notes: bool = False) -> QuerySet[TicketMessage]:
    """What was said, oldest first; with internal `notes` for agents alone. Attachments come along without their bytes."""
    said = ticket.messages.exclude(kind="" if notes else TicketMessage.Kind.NOTE)
    return said.select_related("mail").defer("mail__raw").order_by("id")


def files(ticket: Ticket) -> dict[int, list[Attachment]]:
    """The attachments of a ticket by message, without their bytes."""
    found: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(message__ticket=ticket).defer("content").order_by("id"):
        found.setdefault(file.message_id, []).append(file)
    return found


def file_of(ticket: Ticket, pk: int, *, notes: bool = False) -> Attachment | None:
    """An attachment of this ticket; of internal notes for agents alone."""
    mine = Attachment.objects.filter(message__ticket=ticket, pk=pk)
    return (mine if notes else mine.exclude(message__kind=TicketMessage.Kind.NOTE)).first()


# The desk


def on_desk() -> QuerySet[Ticket]:
    """What agents may see at all: tickets that somebody has proved to have sent, until they are erased."""
    return Ticket.objects.filter(erased_at=None).exclude(state__in=UNSEEN)


def desk(
    *,
    mine: User | None = None,
    unassigned: bool = False,
    late: bool = False,
    state: str = "",
    words: str = "",
) -> QuerySet[Ticket]:
    """Tickets as agents see them, those whose answer is due first; `words`: a part of the reference, or of the subject."""
    found = on_desk().select_related("assigned_to")
    if mine is not None:
        found = found.filter(assigned_to=mine)
    if unassigned:
        found = found.filter(assigned_to=None).exclude(state=Ticket.State.CLOSED)
    if late:
        found = found.filter(late_at__isnull=False)
    if state:
        found = found.filter(state=state)
    if words:
        found = found.filter(Q(reference__icontains=words) | Q(subject__icontains=words))
    return found.order_by(F("answer_due_at").asc(nulls_last=True), "-last_message_at", "-id")


def counts(agent: User) -> dict[str, int]:
    """How many wait: mine, without an agent, late, and mails held."""
    open_now = Q(state=Ticket.State.OPEN)
    found = Ticket.objects.filter(open_now).aggregate(
        mine=Count("id", filter=Q(assigned_to=agent)),
        unassigned=Count("id", filter=Q(assigned_to=None)),
        late=Count("id", filter=Q(late_at__isnull=False)),
    )
    return {**found, "held": held_mails().count()}


def agents() -> QuerySet[User]:
    """Who may be given a ticket."""
    return User.objects.filter(staff_role=User.StaffRole.SUPPORT, is_active=True).order_by("name", "id")


def may_look(ticket: Ticket, agent: User, *, at: datetime) -> bool:
    """R-37: whether this agent has said within the last LOOK_HOURS hours why she looks at the company and order behind the ticket."""
    since = at - timedelta(hours=LOOK_HOURS)
    looks = events.of_case(ticket.case).filter(type="ticket.details_seen", actor_user_id=agent.pk)
    return looks.filter(at__gt=since, at__lte=at).exists()


def history(ticket: Ticket) -> QuerySet[Event]:
    """The ticket's record, oldest first."""
    return events.of_case(ticket.case)


def is_a_members(email: str) -> bool:
    """Whether somebody who acts for a company signs in with this address; the mail itself proves nothing."""
    return User.objects.filter(email=email, memberships__isnull=False, is_active=True).exists()


def held_mails() -> QuerySet[InboundMail]:
    """Mails an agent has to look at, oldest first, without their bytes."""
    held = InboundMail.objects.filter(verdict=InboundMail.Verdict.HELD, erased_at=None)
    return held.select_related("ticket").defer("raw").order_by("id")


def late_without_notice(at: datetime) -> QuerySet[Ticket]:
    """Tickets whose answer is overdue at `at` and that the scan has not found yet."""
    return Ticket.objects.filter(answer_due_at__lte=at, late_at=None)


def never_confirmed(at: datetime) -> QuerySet[Ticket]:
    """Tickets of visitors who did not confirm their address in time."""
    return Ticket.objects.filter(state=Ticket.State.UNCONFIRMED, confirm_before__lte=at)


def to_erase(*, at: datetime) -> QuerySet[Ticket]:
    """R-36: tickets whose retention has ended."""
    return Ticket.objects.filter(erased_at=None, erase_due_at__lte=at).order_by("erase_due_at", "id")


def mails_to_erase(*, at: datetime) -> QuerySet[InboundMail]:
    """R-36: mails in no ticket whose retention has ended."""
    return InboundMail.objects.filter(erased_at=None, erase_due_at__lte=at).order_by("erase_due_at", "id")
