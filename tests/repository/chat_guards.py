"""What the database must refuse about text support (R-34), for test_database_guards.py."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from tcloud.support.models import CannedAnswer, ChatMessage, ChatTranscript, SupportClosure
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop
from tests.support import chats


def chat_rows(edition: Any) -> dict[str, Model]:
    """One row of everything that is guarded."""
    conversation = chats.opened(edition)
    lasts = {"begins_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=2)}
    return {
        "conversation": conversation,
        "chat_message": ChatMessage.objects.get(conversation=conversation),
        "chat_transcript": ChatTranscript.objects.create(
            conversation=conversation, email="a@b.tw", asked_at=NOW
        ),
        "support_closure": SupportClosure.objects.create(
            reason="維護", announced_by=factories.user(staff_role="officer"), announced_at=NOW, **lasts
        ),
        "canned_answer": CannedAnswer.objects.create(title="期限", body="x", body_en="x", changed_at=NOW),
    }


def _closed_chat(world: SimpleNamespace, **changes: Any) -> None:
    ended = {
        "closed_at": NOW,
        "closed_as": "left",
        "erase_due_at": NOW + timedelta(days=1),
        "visitor_name": "",
    }
    change(world.conversation, state="CLOSED", **ended | changes)


def _next_message(world: SimpleNamespace, **changes: Any) -> None:
    """Insert what would be a good next message, but for the changes."""
    change(world.conversation, last_sequence=2)
    again(world.chat_message, **{"sequence": 2} | changes)


CHAT_TRIES: dict[str, Any] = {
    "conversation_stays_whose_it_is": [
        lambda w: change(w.conversation, number="CH1"),
        lambda w: change(w.conversation, opened_at=NOW + timedelta(days=1)),
    ],
    "conversation_kept": [lambda w: drop(w.conversation)],
    "conversation_is_a_visitors_or_a_members": [
        lambda w: change(w.conversation, visitor_key_sha256=""),
        lambda w: again(w.conversation, number="CH1", user_id=w.user.pk),
    ],
    "conversation_has_its_agent": [lambda w: change(w.conversation, agent_id=w.user.pk)],
    "conversation_closed_for_a_reason": [
        lambda w: change(w.conversation, closed_at=NOW),
        lambda w: change(w.conversation, state="CLOSED"),
    ],
    "conversation_erased_in_its_time": [
        lambda w: change(w.conversation, erased_at=NOW),
        lambda w: _closed_chat(w, erased_at=NOW),
    ],
    "conversation_one_open_of_a_visitor": [lambda w: again(w.conversation, number="CH1")],
    "conversation_one_open_of_a_member": [
        lambda w: [
            again(
                w.conversation,
                number=number,
                visitor_key_sha256="",
                visitor_name="",
                user_id=w.user.pk,
                company_id=w.company.pk,
            )
            for number in ("CH1", "CH2")
        ]
    ],
    "chat_message_append_only": [lambda w: change(w.chat_message, body="改寫")],
    "chat_message_goes_with_its_conversation": [lambda w: drop(w.chat_message)],
    "chat_message_follows": [
        lambda w: again(w.chat_message, sequence=3, client_id=uuid.uuid4()),
        lambda w: again(w.chat_message, sequence=9, client_id=uuid.uuid4()),
    ],
    "chat_message_in_turn": [lambda w: again(w.chat_message, client_id=uuid.uuid4())],
    "chat_message_once": [lambda w: _next_message(w)],
    "chat_message_says_something": [
        lambda w: _next_message(w, client_id=uuid.uuid4(), body=""),
        lambda w: _next_message(w, client_id=None),
        lambda w: _next_message(w, client_id=None, author="system"),
    ],
    "chat_message_by_an_agent_with_a_name": [
        lambda w: _next_message(w, client_id=uuid.uuid4(), author="agent")
    ],
    "chat_transcript_once": [lambda w: again(w.chat_transcript)],
    "support_closure_says_what_it_said": [lambda w: change(w.support_closure, reason="別的")],
    "support_closure_kept": [lambda w: drop(w.support_closure)],
    "support_closure_lasts_and_says_why": [
        lambda w: again(w.support_closure, ends_at=NOW),
        lambda w: again(w.support_closure, ends_at=NOW + timedelta(days=2), reason=""),
    ],
    "support_closure_once": [lambda w: again(w.support_closure)],
    "canned_answer_one_of_a_title": [lambda w: again(w.canned_answer)],
    "canned_answer_in_both_languages": [lambda w: again(w.canned_answer, title="別的", body_en="")],
}
