"""Conversations as the tests need them, made by the operations; NOW is a Friday, 10:00, while text support is staffed."""

import uuid
from datetime import datetime
from typing import Any

from tcloud.core.actors import SUPPORT, VISITOR, Actor
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.support.models import Conversation
from tcloud.support.operations import chat, chat_desk
from tests import factories
from tests.factories import NOW

ASKER = Actor(VISITOR)
KEY = "visitor-key"


def agent(name: str = "張客服") -> User:
    return factories.user(staff_role="support", name=name)


def acting(user: User) -> Actor:
    return Actor(SUPPORT, user.pk, None, user.name)


def opened(programme: Programme, *, key: str = KEY, at: datetime = NOW, **changes: Any) -> Conversation:
    """A visitor's conversation in the queue."""
    values: dict[str, Any] = {
        "body": "請問點數怎麼領？", "client_id": uuid.uuid4(), "visitor_key": key, "visitor_name": "林大明",
        "language": "zh-hant", "by": ASKER,
    }  # fmt: skip
    return chat.open_conversation(programme, at=at, **values | changes)


def of_member(
    programme: Programme, company: Company, user: User, *, at: datetime = NOW, **changes: Any
) -> Conversation:
    by = factories.actor(company, by=user)
    return opened(programme, key="", visitor_name="", by=by, at=at, **changes)


def taken(programme: Programme, by: User, *, at: datetime = NOW, **changes: Any) -> Conversation:
    return chat_desk.take(opened(programme, at=at, **changes), by=acting(by), at=at)


def said(conversation: Conversation, body: str, *, by: Actor = ASKER, at: datetime = NOW) -> Any:
    return chat.write(conversation, body=body, client_id=uuid.uuid4(), by=by, at=at)


def log(conversation: Conversation) -> list[tuple[str, str]]:
    """(author, what it says) of every message, in order; a notice by its code."""
    return [(row.author, row.body or row.notice) for row in conversation.messages.order_by("sequence")]
