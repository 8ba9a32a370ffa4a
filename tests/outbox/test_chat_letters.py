"""Letters of text support: the conversation once an address, and word to a member whom nobody answered (R-34)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import resolve
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core.events import DELIVER_TASK
from tcloud.core.models import Event
from tcloud.outbox import operations
from tcloud.outbox.letters.letter import CHAT
from tcloud.support.operations import chat, chat_desk
from tests import factories
from tests.factories import NOW
from tests.support import chats

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-34")]


def letters(kind: str) -> dict[str, str]:
    """Deliver every event of that kind whose delivery is queued, twice over: {address: text}."""
    mail.outbox.clear()
    queued = [job.args["event_id"] for job in ProcrastinateJob.objects.filter(task_name=DELIVER_TASK)]
    for event in [*Event.objects.filter(type=kind, pk__in=queued)] * 2:
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
    assert held.number in told["owner@example.tw"]
    assert resolve(CHAT)


def test_member_whose_last_question_an_agent_left_open_is_written_to_once_with_a_ticket_filled_in() -> None:
    edition, agent = factories.programme(code="tcloud"), chats.agent()
    by = chats.acting(agent)
    company = factories.granted(edition)
    people = {
        name: factories.user(company, email=f"{name}@example.tw") for name in ("asks", "answered", "left")
    }
    held = {name: chats.of_member(edition, company, user) for name, user in people.items()}
    visitors = chats.opened(edition)
    for each in (*held.values(), visitors):
        chat_desk.take(each, by=by, at=NOW)
        chats.said(each, "您好", by=by)
    for name in ("asks", "left"):
        chats.said(held[name], "那發票呢？", by=factories.actor(company, by=people[name]))
    chats.said(visitors, "那發票呢？")
    chat.leave(held["left"], by=factories.actor(company, by=people["left"]), at=NOW)
    night = NOW.replace(hour=18, minute=30)
    assert [chat_desk.close_left_over(at=night) for _scan in range(2)] == [3, 0]
    told = letters("chat.ran_out")
    assert set(told) == {"asks@example.tw"}
    (link,) = re.findall(r"/member/tickets/new/\S+", told["asks@example.tw"])
    form = factories.signed_in(people["asks"]).get(link).context["form"]
    assert form["body"].value() == "請問點數怎麼領？\n\n那發票呢？"
    assert form["subject"].value() == f"接續文字客服對話{held['asks'].number}"
