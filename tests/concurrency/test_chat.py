"""Text support under real threads: one agent wins, a message is written once, its number is nobody else's, and each is heard."""

import uuid
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.db import connection

from tcloud.core.refusals import Refusal
from tcloud.support.models import ChatMessage, Conversation
from tcloud.support.operations import chat, chat_desk
from tests import factories
from tests.factories import NOW
from tests.support import chats
from tests.support.chats import acting

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def edition():
    return factories.programme()


def test_take_by_many_agents_at_once_is_won_by_one(edition, race):
    held, agents = chats.opened(edition), [chats.agent(f"客服{n}") for n in range(8)]
    outcomes = race(*(partial(chat_desk.take, held, by=acting(each), at=NOW) for each in agents))
    winners = [
        each for each, outcome in zip(agents, outcomes, strict=True) if isinstance(outcome, Conversation)
    ]
    held.refresh_from_db()
    assert [held.agent] == winners
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {"chat.taken"}
    assert chats.log(held) == [("asker", "請問點數怎麼領？"), ("system", "taken")]


def test_take_from_an_agent_who_has_gone_is_won_by_one(edition, race):
    gone, agents = chats.agent("去了"), [chats.agent(f"客服{n}") for n in range(8)]
    held, later = chats.taken(edition, gone), NOW + timedelta(minutes=5)
    outcomes = race(*(partial(chat_desk.take, held, by=acting(each), at=later) for each in agents))
    winners = [
        each for each, outcome in zip(agents, outcomes, strict=True) if isinstance(outcome, Conversation)
    ]
    held.refresh_from_db()
    assert [held.agent] == winners
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {"chat.taken"}
    assert [word for _author, word in chats.log(held)[1:]] == ["taken", "taken_over"]


@pytest.mark.rule("R-38")
def test_write_sent_many_times_at_once_is_written_once_and_others_keep_their_turn(edition, race):
    held, once = chats.opened(edition), uuid.uuid4()
    double = partial(chat.write, held, body="雙擊", client_id=once, by=chats.ASKER, at=NOW)
    others = [partial(chats.said, held, f"第{n}則") for n in range(8)]
    race(*[double] * 8, *others)
    assert [row.sequence for row in held.messages.order_by("sequence")] == list(range(1, 11))
    assert ChatMessage.objects.filter(client_id=once).count() == 1


@pytest.mark.rule("R-38")
def test_open_conversation_double_clicked_is_opened_once(edition, race):
    once = uuid.uuid4()
    outcomes = race(*[partial(chats.opened, edition, client_id=once)] * 8)
    assert len(set(outcomes)) == Conversation.objects.count() == ChatMessage.objects.count() == 1


@pytest.mark.rule("R-34")
def test_every_process_that_listens_hears_of_a_message_when_it_can_be_read(edition):
    held = chats.opened(edition)
    parameters = {
        key: value for key, value in connection.get_connection_params().items() if key != "cursor_factory"
    }
    parameters = {
        key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if key in parameters
    }
    with (
        psycopg.connect(**parameters, autocommit=True) as one,
        psycopg.connect(**parameters, autocommit=True) as two,
    ):
        for each in (one, two):
            each.execute(f"LISTEN {chat.CHANNEL}")
        written = chats.said(held, "聽得到嗎")
        for each in (one, two):
            heard = next(each.notifies(timeout=5))
            assert heard.payload == held.number
            seen = each.execute("SELECT body FROM support_chatmessage WHERE id = %s", [written.pk]).fetchone()
            assert seen == ("聽得到嗎",)
