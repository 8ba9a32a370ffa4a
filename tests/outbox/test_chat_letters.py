"""Letters of text support: the conversation once an address, and word to a member whom nobody answered (R-34)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import resolve

from tcloud.core.models import Event
from tcloud.outbox import operations
from tcloud.outbox.letters.letter import CHAT
from tcloud.support.operations import chat, chat_desk
from tests import factories
from tests.factories import NOW
from tests.support import chats

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-34")]


def letters(kind: str) -> dict[str, str]:
    """Deliver every event of that kind, twice over: {address: text}."""
    mail.outbox.clear()
    for event in [*Event.objects.filter(type=kind)] * 2:
        operations.deliver(event.pk, at=NOW)
    assert len({sent.to[0] for sent in mail.outbox}) == len(mail.outbox)
    return {sent.to[0]: f"{sent.subject}\n{sent.body}" for sent in mail.outbox}


def test_transcript_holds_what_was_said_in_the_askers_language() -> None:
    agent = chats.agent()
    held = chats.taken(factories.programme(), agent, language="en", body="How do I get points?")
    chats.said(held, "Apply first.", by=chats.acting(agent))
    chat.ask_transcript(held, email="lin@example.tw", by=chats.ASKER, at=NOW)
    assert letters("chat.transcript_sent") == {}
    chat_desk.close(held, reason="answered", by=chats.acting(agent), at=NOW)
    (text,) = letters("chat.transcript_sent").values()
    for said in (held.number, "How do I get points?", "Agent 張客服", "Apply first.", "/en/chat/"):
        assert said in text


def test_transcript_of_an_erased_conversation_is_not_sent() -> None:
    agent = chats.agent()
    held = chats.taken(factories.programme(), agent)
    chat.ask_transcript(held, email="lin@example.tw", by=chats.ASKER, at=NOW)
    chat_desk.close(held, reason="answered", by=chats.acting(agent), at=NOW)
    chat_desk.erase_due(at=NOW + timedelta(days=100))
    assert letters("chat.transcript_sent") == {}


def test_member_left_in_the_queue_is_written_to_and_a_visitor_is_not() -> None:
    edition = factories.programme()
    company = factories.granted(edition)
    held = chats.of_member(edition, company, factories.user(company, email="owner@example.tw"))
    chats.opened(edition)
    assert chat_desk.close_left_over(at=NOW.replace(hour=18)) == 2
    told = letters("chat.unanswered")
    assert set(told) == {"owner@example.tw"}
    assert f"{CHAT}{held.number}/" in told["owner@example.tw"]
    assert resolve(CHAT)
