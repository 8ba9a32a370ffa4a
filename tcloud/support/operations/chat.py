"""Text support as who asks sees it (R-34): open a conversation, write, leave, have it by mail.

Every change wakes the streams: NOTIFY in the same transaction, so it is heard when, and only when, the change is there to be read.
"""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock, events
from tcloud.core.actors import COMPANY, SUPPORT, VISITOR, Actor
from tcloud.core.deadlines import day_words
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, not_yours, only
from tcloud.orders.models import Order
from tcloud.programme.models import Programme
from tcloud.support.models import ChatMessage, ChatTranscript, Conversation
from tcloud.support.models.chat import LONGEST
from tcloud.support.queries import chat as queries
from tcloud.support.queries import hours
from tcloud.support.states import CONVERSATION

CHANNEL: Final = "tcloud_chat"
Author, Notice = ChatMessage.Author, ChatMessage.Notice
MOST_A_MINUTE: Final = 30  # messages of who asks
MOST_TRANSCRIPTS: Final = 3  # addresses a conversation is sent to


def wake(conversation: Conversation) -> None:
    """Tell every stream process that the conversation has something new; heard at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, conversation.number])


def locked(conversation: Conversation) -> Conversation:
    """The conversation, locked and as it is now. Messages and moves of one conversation take turns by this lock."""
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


def append(held: Conversation, author: str, *, at: datetime, **content: Any) -> ChatMessage:
    """The next message of a locked conversation."""
    held.last_sequence += 1
    fields: dict[str, Any] = {"last_sequence": held.last_sequence}
    if author != Author.SYSTEM:
        fields["last_message_at"] = held.last_message_at = at
    if author == Author.ASKER:
        fields["last_asker_sequence"] = held.last_asker_sequence = held.last_sequence
    if author == Author.AGENT:
        fields["last_agent_sequence"] = held.last_agent_sequence = held.last_sequence
    Conversation.objects.filter(pk=held.pk).update(**fields)
    message = ChatMessage.objects.create(
        conversation=held, sequence=held.last_sequence, author=author, at=at, **content
    )
    wake(held)
    return message


def _checked(body: str) -> str:
    text = body.replace("\r\n", "\n").strip()
    if not text:
        raise Refusal("chat.empty", _("請輸入訊息。"))
    if len(text) > LONGEST:
        raise Refusal("chat.too_long", _("訊息最多%(most)s字，請分成幾則傳送。"), most=f"{LONGEST:,}")
    return text


def open_conversation(
    programme: Programme,
    *,
    body: str,
    client_id: uuid.UUID,
    visitor_key: str = "",
    visitor_name: str = "",
    order: Order | None = None,
    language: str,
    by: Actor,
    at: datetime,
) -> Conversation:
    """R-34: a visitor (by her browser's key) or a member writes the first message and joins the queue.

    Sent twice, it is opened once and the second gets the first. Raises Refusal `chat.not_staffed`, `chat.one_open`, `chat.empty`,
    `chat.too_long`, `chat.not_their_order`, `transition.not_yours`.
    """
    text = _checked(body)
    whose = _whose(visitor_key, visitor_name, order, by=by)
    try:
        return _open(programme, text, client_id, whose=whose, language=language, by=by, at=at)
    except IntegrityError as error:
        earlier = _open_already(whose)
        if earlier is None:
            raise
        if ChatMessage.objects.filter(conversation=earlier, client_id=client_id).exists():
            return earlier
        raise Refusal("chat.one_open", _("您已有一個進行中的對話，請在那裡繼續。")) from error


def _whose(visitor_key: str, visitor_name: str, order: Order | None, *, by: Actor) -> dict[str, Any]:
    """The columns that say whose conversation it is: a key's or a person's."""
    if by.kind == VISITOR and visitor_key and by.user_id is None:
        return {"visitor_key_sha256": queries.digest(visitor_key), "visitor_name": visitor_name.strip()[:40]}
    if by.kind != COMPANY or by.user_id is None or by.company_id is None:
        raise not_yours()
    if order is not None and order.company_id != by.company_id:
        raise Refusal("chat.not_their_order", _("找不到這張訂單，請重新選擇。"))
    return {"user_id": by.user_id, "company_id": by.company_id, "order": order}


def _open_already(whose: dict[str, Any]) -> Conversation | None:
    mine = {name: whose[name] for name in ("visitor_key_sha256", "user_id") if name in whose}
    return Conversation.objects.filter(**mine).exclude(state="CLOSED").first()


@transaction.atomic(durable=True)
def _open(
    programme: Programme,
    text: str,
    client_id: uuid.UUID,
    *,
    whose: dict[str, Any],
    language: str,
    by: Actor,
    at: datetime,
) -> Conversation:
    desk = hours.desk(programme, at=at)
    if not desk.open:
        raise not_staffed(desk)
    made = Conversation.objects.create(
        number=f"CH{secrets.randbelow(10**10):010d}", programme=programme, language=language, opened_at=at,
        waiting_since=at, last_message_at=at, **whose,
    )  # fmt: skip
    append(made, Author.ASKER, body=text, client_id=client_id, at=at)
    events.record("chat.opened", made, case=made.case, by=nameless(by), at=at, announce=False)
    return made


def not_staffed(desk: hours.Desk) -> Refusal:
    """R-34: the refusal outside the hours, with the moment at which somebody is there again."""
    if desk.opens_at is None:
        return Refusal("chat.not_staffed", _("文字客服目前暫停服務，請改用服務單、專線或信箱。"))
    opens = clock.taipei(desk.opens_at)
    return Refusal(
        "chat.not_staffed",
        _("現在不是文字客服的服務時間，%(opens)s開始服務。您可以先留服務單。"),
        opens=f"{day_words(opens.date())} {opens:%H:%M}",
    )


def nameless(by: Actor) -> Actor:
    """Who asks, without the name: events are kept for good, and who talked with support is told by its conversation (R-36)."""
    return Actor(by.kind, by.user_id, by.company_id)


@transaction.atomic(durable=True)
def write(
    conversation: Conversation, *, body: str, client_id: uuid.UUID, by: Actor, at: datetime
) -> ChatMessage:
    """One message by who asks or by the agent who has the conversation in hand; the same `client_id` again is the same message.

    Raises Refusal `chat.closed`, `chat.not_in_hand`, `chat.too_fast`, `chat.empty`, `chat.too_long`, `transition.not_yours`.
    """
    text = _checked(body)
    held = locked(conversation)
    if earlier := ChatMessage.objects.filter(conversation=held, client_id=client_id).first():
        return earlier
    author = _author(held, by)
    if author == Author.ASKER and _lately(held, at) >= MOST_A_MINUTE:
        raise Refusal("chat.too_fast", _("訊息太多，請稍候一分鐘再傳送。"))
    agent_id = by.user_id if author == Author.AGENT else None
    return append(held, author, agent_id=agent_id, body=text, client_id=client_id, at=at)


def _lately(held: Conversation, at: datetime) -> int:
    """How many messages who asks has written within the last minute."""
    recent = ChatMessage.objects.filter(
        conversation=held, author=Author.ASKER, at__gt=at - timedelta(minutes=1)
    )
    return recent.count()


def _author(held: Conversation, by: Actor) -> str:
    only(by, VISITOR, COMPANY, SUPPORT)
    if not held.is_open:
        raise Refusal("chat.closed", _("這個對話已經結束，您的訊息沒有送出。請開始新的對話。"))
    if by.kind != SUPPORT:
        return Author.ASKER
    if held.state != "ASSIGNED" or held.agent_id != by.user_id:
        raise Refusal("chat.not_in_hand", _("這個對話目前不在您手上，請先接手再回覆。"))
    return Author.AGENT


@transaction.atomic(durable=True)
def leave(conversation: Conversation, *, by: Actor, at: datetime) -> Conversation:
    """Who asked ends the conversation. Raises Refusal `transition.not_now`; Stale."""
    held = locked(conversation)
    end(held, "leave", Notice.LEFT, closed_as="left", by=nameless(by), at=at)
    return held


def end(
    held: Conversation,
    move: str,
    notice: str,
    *,
    closed_as: str,
    by: Actor,
    at: datetime,
    announce: bool = False,
    **data: Any,
) -> None:
    """Close a locked conversation: the last message says how, its retention begins, transcripts asked for go out."""
    changes = {
        "closed_at": at,
        "closed_as": closed_as,
        "wanted_agent": None,
        "handover_note": "",
        "erase_due_at": queries.kept_until(held.programme, is_company=held.user_id is not None, at=at),
    }
    advance(
        held, CONVERSATION, move, by=by, at=at, case=held.case, changes=changes, announce=announce,
        closed_as=closed_as, **data,
    )  # fmt: skip
    append(held, Author.SYSTEM, notice=notice, agent_id=held.agent_id, at=at)
    for asked in ChatTranscript.objects.filter(conversation=held, due_at=None):
        _send(held, asked, by=by, at=at)


@transaction.atomic(durable=True)
def ask_transcript(conversation: Conversation, *, email: str, by: Actor, at: datetime) -> ChatTranscript:
    """Send the conversation to this address once it is closed; at once when it is. Asked twice, it is sent once.

    A member's goes to her own address, whatever is given. Raises Refusal `chat.transcripts_enough`.
    """
    held = locked(conversation)
    address = (held.user.email if held.user else email).strip().lower()
    found = ChatTranscript.objects.filter(conversation=held, email=address).first()
    if found:
        return found
    if ChatTranscript.objects.filter(conversation=held).count() >= MOST_TRANSCRIPTS:
        raise Refusal("chat.transcripts_enough", _("這個對話已寄到三個信箱，請改用列印保存。"))
    asked = ChatTranscript.objects.create(conversation=held, email=address, asked_at=at)
    if not held.is_open:
        _send(held, asked, by=nameless(by), at=at)
    return asked


def _send(held: Conversation, asked: ChatTranscript, *, by: Actor, at: datetime) -> None:
    """Queue the letter: the event's delivery (outbox) sends it once. The address stands in its own row, not in the event."""
    ChatTranscript.objects.filter(pk=asked.pk).update(due_at=at)
    events.record("chat.transcript_sent", asked, case=held.case, by=by, at=at)
