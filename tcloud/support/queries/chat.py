"""Questions about conversations, scoped: somebody else's conversation is not found (R-37)."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, F, Q, QuerySet, When

from tcloud.core import events
from tcloud.members.models import User
from tcloud.programme.models import Programme
from tcloud.support.models import CannedAnswer, ChatMessage, ChatPresence, ChatTerms, Conversation
from tcloud.support.rules import tickets as rules

PRESENT: Final = timedelta(minutes=3)  # a desk page or its stream says so each minute


def digest(key: str) -> str:
    """How a visitor's key is kept: who reads the database can't take a conversation over with it."""
    return hashlib.sha256(key.encode()).hexdigest() if key else ""


def terms(programme: Programme) -> ChatTerms:
    """The numbers of text support of an edition."""
    found = ChatTerms.objects.filter(programme=programme).first() if programme.pk else None
    return found or ChatTerms(programme=programme)


def kept_until(programme: Programme, *, is_company: bool, at: datetime) -> datetime:
    """R-36: until when a conversation that ends at `at`, or a ticket to which nothing is owed from then on, is kept."""
    numbers = terms(programme)
    days = numbers.company_days if is_company else numbers.visitor_days
    return rules.kept_until(at, days)


def _whole() -> QuerySet[Conversation]:
    return Conversation.objects.select_related(
        "programme", "agent", "wanted_agent", "user", "company", "order"
    )


def _light() -> QuerySet[Conversation]:
    """With what its lines name alone: a stream asks for it at every message."""
    return Conversation.objects.select_related("agent", "user")


def of_asker(*, visitor_key: str, user: User | None) -> QuerySet[Conversation]:
    """The conversations of this browser's key and of this person, the newest first; of nobody else."""
    mine = Q(pk=None)
    if visitor_key:
        mine |= Q(visitor_key_sha256=digest(visitor_key))
    if user is not None:
        mine |= Q(user=user)
    return _light().filter(mine, erased_at=None).order_by("-id")


def queue() -> QuerySet[Conversation]:
    """Who waits, first come first served."""
    return _whole().filter(state="WAITING").order_by("opened_at", "id")


def of_agent(user_id: int) -> QuerySet[Conversation]:
    """The conversations this agent has in hand: those with something unanswered first, the longest silent before the rest."""
    mine = _whole().filter(state="ASSIGNED", agent_id=user_id)
    answered = Q(last_asker_sequence__lt=F("last_agent_sequence"))
    return mine.order_by(Case(When(answered, then=1), default=0), "last_message_at", "id")


def all_conversations() -> QuerySet[Conversation]:
    """For agents: every conversation that is not erased."""
    return _whole().filter(erased_at=None)


def any_conversation() -> QuerySet[Conversation]:
    """The same, with what its lines name alone."""
    return _light().filter(erased_at=None)


def closed(number: str = "") -> QuerySet[Conversation]:
    """For agents: conversations that ended, the latest first; those whose number contains `number`."""
    return (
        all_conversations()
        .filter(state="CLOSED", number__contains=number.upper())
        .order_by("-closed_at", "-id")
    )


def place_in_queue(conversation: Conversation) -> int:
    """How manieth in the queue, from 1; 0 when not waiting."""
    if conversation.state != "WAITING":
        return 0
    ahead = Q(opened_at__lt=conversation.opened_at) | Q(
        opened_at=conversation.opened_at, pk__lt=conversation.pk
    )
    return 1 + Conversation.objects.filter(ahead, state="WAITING").count()


def messages(conversation: Conversation, *, after: int = 0) -> QuerySet[ChatMessage]:
    """The messages whose sequence is above `after`, in order."""
    return (
        ChatMessage.objects.filter(conversation=conversation, sequence__gt=after)
        .select_related("agent")
        .order_by("sequence")
    )


def asked(conversation: Conversation) -> QuerySet[ChatMessage, str]:
    """What the asker wrote, in order."""
    hers = ChatMessage.objects.filter(conversation=conversation, author=ChatMessage.Author.ASKER)
    return hers.order_by("sequence").values_list("body", flat=True)


def may_see_details(conversation: Conversation, user_id: int) -> bool:
    """R-37: whether this agent has the conversation in hand and has recorded why she looks at who it is."""
    if conversation.state != "ASSIGNED" or conversation.agent_id != user_id:
        return False
    seen = events.of_case(conversation.case).filter(type="chat.details_shown", actor_user_id=user_id)
    return seen.exists()


def left_alone(*, at: datetime) -> QuerySet[Conversation]:
    """Conversations in the hands of an agent who has gone, first come first served: any other may take them."""
    return _whole().filter(state="ASSIGNED").exclude(agent__in=_agents(_seen(at))).order_by("opened_at", "id")


def is_left_alone(conversation: Conversation, *, at: datetime) -> bool:
    """Whether its agent was not seen lately; who only takes no new conversations has not gone."""
    if conversation.state != "ASSIGNED" or conversation.agent_id is None:
        return False
    return not _agents(_seen(at)).filter(pk=conversation.agent_id).exists()


def present(*, at: datetime) -> QuerySet[User]:
    """Agents at the desk who take conversations."""
    return _agents(_seen(at).filter(is_away=False)).order_by("name", "pk")


def _seen(at: datetime) -> QuerySet[ChatPresence]:
    return ChatPresence.objects.filter(seen_at__gt=at - PRESENT, seen_at__lt=at + PRESENT)


def _agents(seen: QuerySet[ChatPresence]) -> QuerySet[User]:
    return User.objects.filter(
        pk__in=seen.values("user_id"), is_active=True, staff_role=User.StaffRole.SUPPORT
    )


def presence(user_id: int) -> ChatPresence | None:
    """What is known of an agent's presence."""
    return ChatPresence.objects.filter(user_id=user_id).first()


def colleagues(user_id: int) -> QuerySet[User]:
    """The other agents, whom a conversation may be handed over to."""
    agents = User.objects.filter(is_active=True, staff_role=User.StaffRole.SUPPORT)
    return agents.exclude(pk=user_id).order_by("name", "pk")


def answers() -> QuerySet[CannedAnswer]:
    """Canned answers in use, by title."""
    return CannedAnswer.objects.filter(retired_at=None).order_by("title", "pk")


def left_in_queue() -> QuerySet[Conversation]:
    """Who still waits; to be closed when nobody is there."""
    return Conversation.objects.filter(state="WAITING").order_by("opened_at", "id")


def silent(since: datetime) -> QuerySet[Conversation]:
    """Conversations in hand in which nobody wrote since then."""
    return Conversation.objects.filter(state="ASSIGNED", last_message_at__lte=since).order_by("id")


def to_erase(*, at: datetime) -> QuerySet[Conversation]:
    """Conversations whose retention has ended."""
    return Conversation.objects.filter(erased_at=None, erase_due_at__lte=at).order_by("erase_due_at", "id")
