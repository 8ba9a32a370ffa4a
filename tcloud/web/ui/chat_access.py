"""Whose conversation it is (R-37): a visitor's by the key in her browser, a member's by her account, any agent's at the desk.

The pages and the stream ask here, so a stream shows nothing that the page would not.
"""

import re
import secrets
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase

from tcloud.core.actors import COMPANY, VISITOR, Actor
from tcloud.members.models import User
from tcloud.support.models import Conversation
from tcloud.support.queries import chat
from tcloud.web.ui import second_factor

# Not the session: whoever has one gets no ready-made pages (docs/decisions/0012), and a visitor's chat needs nothing of it.
COOKIE: Final = "tc_chat"
COOKIE_SECONDS: Final = 90 * 24 * 60 * 60
_KEY = re.compile(r"[\w-]{43}")


def key_of(request: HttpRequest) -> str:
    """The visitor's key that this browser holds; empty when it holds none that we could have given."""
    found = request.COOKIES.get(COOKIE, "")
    return found if _KEY.fullmatch(found) else ""


def new_key() -> str:
    """A key that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def give(response: HttpResponseBase, key: str) -> None:
    """Let the browser keep the key, out of reach of scripts and of other sites."""
    response.set_cookie(
        COOKIE,
        key,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def person(user: User | AnonymousUser) -> User | None:
    """The signed-in member; nobody for who works for the programme."""
    return user if isinstance(user, User) and not user.staff_role else None


def mine(request: HttpRequest) -> QuerySet[Conversation]:
    """The conversations of who asks, the newest first."""
    return chat.of_asker(visitor_key=key_of(request), user=person(request.user))


def my_conversation(request: HttpRequest, number: str) -> Conversation:
    """One of them. Raises Http404 for somebody else's."""
    found = mine(request).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def asker(conversation: Conversation) -> Actor:
    """Who asks, as the operations know her."""
    if conversation.user is None:
        return Actor(VISITOR)
    return Actor(COMPANY, conversation.user_id, conversation.company_id, conversation.user.name)


def agent(request: HttpRequest) -> User:
    """The agent at the desk. Raises PermissionDenied for anybody else."""
    if not is_agent(request.user) or not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def is_agent(user: User | AnonymousUser) -> bool:
    """Whether the desk is open to this person: a support agent who has set up what her sign-in needs."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.staff_role == User.StaffRole.SUPPORT
        and not second_factor.is_missing(user)
    )


def desk_conversation(number: str, *, whole: bool = True) -> Conversation:
    """A conversation for agents; not `whole`: without company and order. Raises Http404 when there is none, or it was erased."""
    found = (chat.all_conversations() if whole else chat.any_conversation()).filter(number=number).first()
    if found is None:
        raise Http404
    return found
