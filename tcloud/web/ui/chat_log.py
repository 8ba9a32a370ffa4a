"""What stands in a conversation: its lines, its state and the desk's queue, the same on the page and in the stream (R-34)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.members.models import User
from tcloud.support.models import ChatMessage, Conversation
from tcloud.support.queries import chat, hours
from tcloud.support.rules.masking import masked_name
from tcloud.web.ui.acting import places_of
from tcloud.web.ui.navigation import url_or_none

Author, Notice = ChatMessage.Author, ChatMessage.Notice

# What a notice says to who asked; where it says something else to the agent, that comes second.
NOTICES: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    Notice.TAKEN: (gettext_lazy("客服%(name)s已接手，請繼續說明。"), gettext_lazy("%(name)s接手。")),
    Notice.TAKEN_OVER: (
        gettext_lazy("改由客服%(name)s為您服務，請繼續說明。"),
        gettext_lazy("原來的客服不在線上，由%(name)s接手。"),
    ),
    Notice.HANDED_OVER: (
        gettext_lazy("已轉請客服%(name)s為您服務，請稍候。"),
        gettext_lazy("轉給%(name)s。"),
    ),
    Notice.RETURNED: (
        gettext_lazy("已轉請下一位客服為您服務，您的順序不變，請稍候。"),
        gettext_lazy("退回等候名單。"),
    ),
    Notice.CLOSED: (gettext_lazy("客服已結束這個對話。"), gettext_lazy("客服結束對話。")),
    Notice.LEFT: (gettext_lazy("您已結束這個對話。"), gettext_lazy("對方結束對話。")),
    Notice.UNANSWERED: (
        gettext_lazy("服務時間已結束，很抱歉沒有輪到您。"),
        gettext_lazy("服務時間結束，沒有人接手。"),
    ),
    Notice.RAN_OUT: (
        gettext_lazy("服務時間已結束，這個對話隨之結束。"),
        gettext_lazy("服務時間結束後沒有新訊息，自動結束。"),
    ),
}


@dataclass(frozen=True)
class Line:
    """One line of a conversation as its reader sees it; `notice` for what the system says."""

    sequence: int
    who: str
    mine: bool
    notice: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class News:
    """What is new for a reader: messages as (sequence, HTML), and the state as HTML."""

    messages: list[tuple[int, str]]
    state: str

    def as_json(self) -> dict[str, Any]:
        """For who asks by script."""
        return {
            "messages": [{"id": number, "html": html} for number, html in self.messages],
            "state": self.state,
        }


def asker_name(conversation: Conversation, *, revealed: bool = False) -> str:
    """What the agent calls who asks: a visitor by the name she gave, a member masked until the reason is recorded (R-37)."""
    if conversation.user is None:
        name = conversation.visitor_name
        return _("訪客%(name)s") % {"name": name} if name else _("訪客")
    name = conversation.user.name
    return _("會員%(name)s") % {"name": name if revealed else masked_name(name)}


def lines(
    conversation: Conversation, messages: Iterable[ChatMessage], *, agent: bool, revealed: bool = False
) -> list[Line]:
    """The messages as lines for the agent, or for who asks."""
    asker = asker_name(conversation, revealed=revealed) if agent else _("您")
    return [_line(message, asker, agent=agent) for message in messages]


def _line(message: ChatMessage, asker: str, *, agent: bool) -> Line:
    name = message.agent.name if message.agent else ""
    if message.author == Author.SYSTEM:
        words = NOTICES[message.notice][1 if agent else 0]
        return Line(message.sequence, "", False, True, str(words) % {"name": name}, message.at)
    by_asker = message.author == Author.ASKER
    who = asker if by_asker else _("客服%(name)s") % {"name": name}
    return Line(message.sequence, who, by_asker is not agent, False, message.body, message.at)


def _rendered(rows: list[Line]) -> list[tuple[int, str]]:
    return [(row.sequence, render_to_string("components/chat_line.html", {"line": row})) for row in rows]


def asker_news(conversation: Conversation, *, after: int, at: datetime) -> News:
    """What is new to who asked since the message `after`."""
    found = lines(conversation, chat.messages(conversation, after=after), agent=False)
    return News(
        _rendered(found), render_to_string("components/chat_state.html", asker_state(conversation, at=at))
    )


def asker_state(conversation: Conversation, *, at: datetime) -> dict[str, Any]:
    """How far the conversation is: the place in the queue and who is there, or who answers, or how it ended and what to do now."""
    state: dict[str, Any] = {"conversation": conversation, "token": conversation.state == "CLOSED"}
    if conversation.state == "WAITING":
        state["place"] = chat.place_in_queue(conversation)
        state["present"] = chat.present(at=at).count()
        state["desk"] = hours.desk(conversation.programme, at=at)
    if conversation.state == "CLOSED":
        state["ticket_url"] = ticket_url(conversation.user, conversation)
    return state


def ticket_url(user: User | None, conversation: Conversation | None = None) -> str:
    """Where this person, a visitor when None, opens a ticket that goes on from the conversation; empty where no such page is installed (R-34)."""
    page = url_or_none("member_ticket_new" if user and places_of(user) else "ticket_new") or ""
    return f"{page}?conversation={conversation.number}" if page and conversation else page


def agent_news(conversation: Conversation, user: User, *, after: int, at: datetime) -> News:
    """What is new to the agent since the message `after`."""
    revealed = conversation.user is not None and chat.may_see_details(conversation, user.pk)
    found = lines(conversation, chat.messages(conversation, after=after), agent=True, revealed=revealed)
    return News(
        _rendered(found),
        render_to_string("components/chat_desk_state.html", agent_state(conversation, at=at)),
    )


def agent_state(conversation: Conversation, *, at: datetime) -> dict[str, Any]:
    """The state beside the conversation's heading at the desk; its forms are drawn anew when the token changes."""
    token = f"{conversation.state}/{conversation.agent_id or ''}"
    return {"conversation": conversation, "token": token, "waited": waited(conversation, at=at)}


def waited(conversation: Conversation, *, at: datetime) -> str:
    """How long who asks has waited, in whole minutes: 「3分鐘」; once it was taken, since the last message."""
    since = conversation.waiting_since if conversation.state == "WAITING" else conversation.last_message_at
    minutes = max(int((at - since).total_seconds() // 60), 0)
    if minutes < 1:
        return _("不到1分鐘")
    return _("%(minutes)s分鐘") % {"minutes": minutes} if minutes < 60 else _hours(minutes)


def _hours(minutes: int) -> str:
    return _("%(hours)s小時%(minutes)s分鐘") % {"hours": minutes // 60, "minutes": minutes % 60}


def desk_state(user: User, *, at: datetime) -> dict[str, Any]:
    """The inbox: who waits, also for an agent who has gone, what this agent has in hand, who is at the desk."""
    waiting = list(chat.queue())
    alone = list(chat.left_alone(at=at).exclude(agent=user))
    handed = [row for row in waiting if row.wanted_agent_id == user.pk]
    rest = [row for row in waiting if row.wanted_agent_id != user.pk]
    return {
        "user": user,
        "waiting": [_row(row, at=at) for row in handed + alone + rest],
        "in_hand": [_row(row, at=at) for row in chat.of_agent(user.pk)],
        "present": list(chat.present(at=at)),
        "token": "desk",
    }


def _row(conversation: Conversation, *, at: datetime) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "url": reverse("support_conversation", args=[conversation.number]),
        "who": asker_name(conversation),
        "waited": waited(conversation, at=at),
        "unanswered": conversation.is_unanswered,
    }


def desk_news(user: User, *, at: datetime) -> News:
    """The inbox, drawn anew."""
    return News([], render_to_string("components/chat_queue.html", desk_state(user, at=at)))
