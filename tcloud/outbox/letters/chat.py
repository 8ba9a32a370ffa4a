"""Letters of text support (R-34): the conversation as it was, and that nobody answered in time."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import clock
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import CHAT, Composer, Letter, Link, Occasion, ticket_after_chat
from tcloud.support.models import ChatMessage, ChatTranscript, Conversation
from tcloud.support.queries import chat


def transcript(occasion: Occasion) -> Letter | None:
    """What was said, line by line; nothing when it was erased meanwhile."""
    asked = occasion.subject
    if not isinstance(asked, ChatTranscript):
        raise TypeError(occasion.event.subject)
    held = asked.conversation
    lines = [_line(row) for row in chat.messages(held) if row.author != ChatMessage.Author.SYSTEM]
    if not lines:
        return None
    return Letter(
        subject=_("文字客服對話紀錄%(number)s") % {"number": held.number},
        happened=[_("這是您%(when)s與文字客服的對話。") % {"when": words.moment(held.opened_at)}],
        facts=lines,
        next_steps=[_("還有問題時，可以再開始一個新的對話，或直接回覆這封信。")],
        link=Link(_("文字客服"), CHAT),
        programme=held.programme,
    )


def _line(row: ChatMessage) -> tuple[str, str]:
    by_asker = row.author == ChatMessage.Author.ASKER
    who = _("您") if by_asker else _("客服%(name)s") % {"name": row.agent.name if row.agent else ""}
    return f"{clock.taipei(row.at):%H:%M} {who}", row.body


def unanswered(occasion: Occasion) -> Letter | None:
    """R-34: the hours ended before anybody answered a member's question; the ticket it can become."""
    held = occasion.subject
    if not isinstance(held, Conversation):
        raise TypeError(occasion.event.subject)
    if held.erased_at is not None:
        return None
    return Letter(
        subject=_("您的文字客服對話還沒有得到回覆"),
        happened=[
            _("您在%(when)s開始的文字客服對話%(number)s，到服務時間結束時還沒有得到回覆，很抱歉。")
            % {"when": words.moment(held.opened_at), "number": held.number}
        ],
        next_steps=[_("請改留服務單：您寫的內容會先帶入，送出後我們會回覆您。")],
        link=Link(_("留服務單"), ticket_after_chat(held.number)),
        programme=held.programme,
    )


COMPOSERS: Final[dict[str, Composer]] = {"chat_transcript": transcript, "chat_unanswered": unanswered}
