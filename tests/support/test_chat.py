"""Conversations of text support: each move from each state, who may make it, what stays (R-34, R-36, R-37)."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from tcloud.core.actors import COMPANY, OFFICER, SUPPORT, VISITOR, Actor
from tcloud.core.clock import end_of
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.support.models import ChatMessage, ChatTerms, ChatTranscript, Conversation
from tcloud.support.operations import chat, chat_desk
from tcloud.support.queries import chat as queries
from tests import factories
from tests.factories import NOW
from tests.support import chats
from tests.support.chats import ASKER, KEY, acting, log, opened, said, taken

pytestmark = pytest.mark.django_db
CLOSING = NOW.replace(hour=18)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def agent():
    return chats.agent()


def refused(code, call, *args, **values):
    with pytest.raises(Refusal) as caught:
        call(*args, **values)
    assert caught.value.code == code


def kinds(conversation):
    return list(Event.objects.filter(case=conversation.case).order_by("id").values_list("type", flat=True))


@pytest.mark.rule("R-34")
def test_open_conversation_joins_the_queue_behind_who_came_before(edition):
    first, second = opened(edition), opened(edition, key="other", at=NOW + MINUTE)
    assert [row.pk for row in queries.queue()] == [first.pk, second.pk]
    assert [queries.place_in_queue(row) for row in (first, second)] == [1, 2]
    assert log(first) == [("asker", "請問點數怎麼領？")]
    assert kinds(first) == ["chat.opened"]
    assert KEY not in first.visitor_key_sha256


@pytest.mark.rule("R-34")
@pytest.mark.parametrize("at", [NOW.replace(hour=8, minute=59), CLOSING])
def test_open_conversation_refuses_when_nobody_is_there_and_says_when(edition, at):
    with pytest.raises(Refusal) as caught:
        opened(edition, at=at)
    assert caught.value.code == "chat.not_staffed"
    assert "09:00" in caught.value.text()
    assert not Conversation.objects.exists()


@pytest.mark.rule("R-38")
def test_open_conversation_sent_twice_is_opened_once(edition):
    once = uuid.uuid4()
    assert opened(edition, client_id=once) == opened(edition, client_id=once)
    assert ChatMessage.objects.count() == 1
    refused("chat.one_open", opened, edition)
    chat.leave(Conversation.objects.get(), by=ASKER, at=NOW)
    assert opened(edition).state == "WAITING"


def test_open_conversation_of_a_member_is_hers_with_her_companys_order_only(edition):
    company, other = factories.granted(edition), factories.granted(edition)
    user, order = factories.user(company), factories.submitted(edition, company)
    theirs = factories.submitted(edition, other)
    refused("chat.not_their_order", chats.of_member, edition, company, user, order=theirs)
    made = chats.of_member(edition, company, user, order=order)
    assert (made.user, made.company, made.order, made.visitor_key_sha256) == (user, company, order, "")
    assert list(queries.of_asker(visitor_key="", user=user)) == [made]
    colleague = factories.user(company)
    assert not queries.of_asker(visitor_key="", user=colleague)
    assert not queries.of_asker(visitor_key="", user=None)


@pytest.mark.parametrize("by", [Actor(OFFICER, 1), Actor(SUPPORT, 1), Actor(COMPANY)])
def test_open_conversation_is_for_visitors_and_members(edition, by):
    refused("transition.not_yours", opened, edition, by=by)
    assert not Conversation.objects.exists()


@pytest.mark.rule("R-38")
def test_write_counts_up_and_takes_the_same_message_once(edition, agent):
    held, once = taken(edition, agent), uuid.uuid4()
    for _try in range(2):
        chat.write(held, body=" 您好 \r\n請說 ", client_id=once, by=acting(agent), at=NOW)
    said(held, "謝謝")
    assert log(held)[1:] == [("system", "taken"), ("agent", "您好 \n請說"), ("asker", "謝謝")]
    assert list(held.messages.values_list("sequence", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("body", "code"), [(" \n", "chat.empty"), ("長" * 2001, "chat.too_long")], ids=["empty", "long"]
)
def test_write_refuses_nothing_and_too_much(edition, body, code):
    held = opened(edition)
    refused(code, said, held, body)
    assert held.messages.count() == 1


def test_write_is_for_who_asked_and_the_agent_in_hand(edition, agent):
    held = opened(edition)
    refused("chat.not_in_hand", said, held, "x", by=acting(agent))
    chat_desk.take(held, by=acting(agent), at=NOW)
    refused("chat.not_in_hand", said, held, "x", by=acting(chats.agent()))
    refused("transition.not_yours", said, held, "x", by=Actor(OFFICER, 1))
    chat.leave(held, by=ASKER, at=NOW)
    refused("chat.closed", said, held, "x")
    assert [author for author, _ in log(held)] == ["asker", "system", "system"]


def _in(state, edition, agent):
    held = opened(edition) if state == "WAITING" else taken(edition, agent)
    return chat_desk.close(held, reason="answered", by=acting(agent), at=NOW) if state == "CLOSED" else held


MOVES = {
    "take": (lambda held, by: chat_desk.take(held, by=by, at=NOW), {"WAITING": "ASSIGNED", "ASSIGNED": "ASSIGNED"}),
    "hand_over": (
        lambda held, by: chat_desk.hand_over(held, to=chats.agent("李客服"), note="問發票", by=by, at=NOW),
        {"ASSIGNED": "WAITING"},
    ),
    "return": (lambda held, by: chat_desk.return_to_queue(held, note="問發票", by=by, at=NOW), {"ASSIGNED": "WAITING"}),
    "close": (lambda held, by: chat_desk.close(held, reason="answered", by=by, at=NOW), {"ASSIGNED": "CLOSED"}),
    "leave": (lambda held, by: chat.leave(held, by=ASKER, at=NOW), {"WAITING": "CLOSED", "ASSIGNED": "CLOSED"}),
    "details": (lambda held, by: chat_desk.show_details(held, reason="查訂單", by=by, at=NOW), {"ASSIGNED": "ASSIGNED"}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "state"), list(itertools.product(MOVES, ("WAITING", "ASSIGNED", "CLOSED"))))
def test_each_act_from_each_state(edition, agent, name, state):
    act, table = MOVES[name]
    held = _in(state, edition, agent)
    before, written = kinds(held), held.messages.count()
    if state in table:
        act(held, acting(agent))
    else:
        with pytest.raises(Refusal):
            act(held, acting(agent))
        assert kinds(held) == before
        assert held.messages.count() == written
    held.refresh_from_db()
    assert held.state == table.get(state, state)


@pytest.mark.parametrize("name", ["hand_over", "return", "close", "details"])
def test_only_the_agent_in_hand_acts(edition, agent, name):
    held = taken(edition, agent)
    refused("chat.not_in_hand", MOVES[name][0], held, acting(chats.agent()))
    held.refresh_from_db()
    assert (held.state, held.agent) == ("ASSIGNED", agent)


def test_take_refuses_what_a_colleague_has_and_names_her(edition, agent):
    held = taken(edition, agent)
    with pytest.raises(Refusal, match="張客服已經接手"):
        chat_desk.take(held, by=acting(chats.agent()), at=NOW)


@pytest.mark.rule("R-34")
def test_take_from_an_agent_who_has_gone_and_not_from_one_who_is_there(edition, agent):
    held, colleague = taken(edition, agent), chats.agent("李客服")
    chat_desk.be_seen(by=acting(agent), at=NOW + 2 * MINUTE, away=True)  # takes no new ones, keeps hers
    assert not queries.left_alone(at=NOW + 4 * MINUTE)
    refused("chat.taken", chat_desk.take, held, by=acting(colleague), at=NOW + 4 * MINUTE)
    held.refresh_from_db()
    assert (held.agent, len(log(held))) == (agent, 2)
    gone = NOW + 5 * MINUTE
    assert list(queries.left_alone(at=gone)) == [held]
    refused("transition.not_yours", chat_desk.take, held, by=Actor(OFFICER, 1), at=gone)
    held = chat_desk.take(held, by=acting(colleague), at=gone)
    assert (held.state, held.agent_id, held.first_taken_at) == ("ASSIGNED", colleague.pk, NOW)
    assert log(held)[-1] == ("system", "taken_over")
    assert kinds(held)[-2:] == ["chat.taken", "chat.taken"]
    assert Event.objects.filter(case=held.case).latest("id").data["from_name"] == agent.name
    refused("chat.not_in_hand", said, held, "我回來了", by=acting(agent), at=gone)
    refused("chat.taken", chat_desk.take, held, by=acting(agent), at=gone)
    assert not queries.left_alone(at=gone)


def test_hand_over_keeps_the_place_and_tells_the_colleague(edition, agent):
    held, colleague = taken(edition, agent), chats.agent("李客服")
    opened(edition, key="later", at=NOW + MINUTE)
    at = NOW + 5 * MINUTE
    refused("chat.note_missing", chat_desk.hand_over, held, to=colleague, note=" ", by=acting(agent), at=at)
    refused("chat.not_an_agent", chat_desk.hand_over, held, to=agent, note="x", by=acting(agent), at=at)
    officer = factories.user(staff_role="officer")
    refused("chat.not_an_agent", chat_desk.hand_over, held, to=officer, note="x", by=acting(agent), at=at)
    chat_desk.hand_over(held, to=colleague, note="要查發票", by=acting(agent), at=at)
    first = queries.queue()[0]
    assert (first, first.wanted_agent, first.handover_note, first.waiting_since) == (
        held,
        colleague,
        "要查發票",
        at,
    )
    taken_over = chat_desk.take(held, by=acting(colleague), at=at)
    assert (taken_over.agent_id, taken_over.wanted_agent_id) == (colleague.pk, None)
    assert kinds(held) == ["chat.opened", "chat.taken", "chat.handed_over", "chat.taken"]
    assert "要查發票" not in str(Event.objects.filter(case=held.case).values_list("data"))


@pytest.mark.rule("R-37")
def test_show_details_is_recorded_in_the_conversation_and_the_order(edition, agent):
    company = factories.granted(edition)
    order = factories.submitted(edition, company)
    held = chats.of_member(edition, company, factories.user(company), order=order)
    chat_desk.take(held, by=acting(agent), at=NOW)
    held.refresh_from_db()
    assert not queries.may_see_details(held, agent.pk)
    refused("chat.reason_missing", chat_desk.show_details, held, reason=" ", by=acting(agent), at=NOW)
    chat_desk.show_details(held, reason="核對訂單付款", by=acting(agent), at=NOW)
    assert queries.may_see_details(held, agent.pk)
    for case, kind in ((held.case, "chat.details_shown"), (order.case, "chat.order_shown")):
        event = Event.objects.get(case=case, type=kind)
        assert (event.data["reason"], event.actor_name) == ("核對訂單付款", agent.name)
    colleague = chats.agent()
    chat_desk.hand_over(held, to=colleague, note="x", by=acting(agent), at=NOW)
    chat_desk.take(held, by=acting(colleague), at=NOW)
    held.refresh_from_db()
    assert not queries.may_see_details(held, agent.pk)
    assert not queries.may_see_details(held, colleague.pk)


@pytest.mark.rule("R-34")
def test_close_left_over_tells_who_still_waits_at_closing_time(edition, agent):
    waiting, talking = opened(edition), taken(edition, agent, key="other")
    said(talking, "還在嗎", at=CLOSING - MINUTE)
    assert chat_desk.close_left_over(at=CLOSING - MINUTE) == 0
    assert chat_desk.close_left_over(at=CLOSING) == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.closed_as) == ("CLOSED", "unanswered")
    assert log(waiting)[-1] == ("system", "unanswered")
    assert chat_desk.close_left_over(at=CLOSING + 28 * MINUTE) == 0
    assert chat_desk.close_left_over(at=CLOSING + 29 * MINUTE) == 1
    assert log(talking)[-1] == ("system", "ran_out")


def test_ask_transcript_sends_once_an_address_when_the_conversation_is_over(edition, agent):
    held = taken(edition, agent)
    for _press in range(2):
        chat.ask_transcript(held, email=" Lin@Example.tw", by=ASKER, at=NOW)
    assert "chat.transcript_sent" not in kinds(held)
    chat_desk.close(held, reason="answered", by=acting(agent), at=NOW)
    chat.ask_transcript(held, email="lin@example.tw", by=ASKER, at=NOW)
    assert kinds(held).count("chat.transcript_sent") == 1
    for number in range(2):
        chat.ask_transcript(held, email=f"other{number}@example.tw", by=ASKER, at=NOW)
    refused("chat.transcripts_enough", chat.ask_transcript, held, email="more@example.tw", by=ASKER, at=NOW)
    assert kinds(held).count("chat.transcript_sent") == 3


@pytest.mark.rule("R-36")
def test_erase_due_takes_what_was_said_and_by_whom_when_its_time_has_come(edition, agent):
    ChatTerms.objects.create(programme=edition, visitor_days=30)
    held = taken(edition, agent)
    chat.ask_transcript(held, email="lin@example.tw", by=ASKER, at=NOW)
    chat_desk.close(held, reason="answered", by=acting(agent), at=NOW)
    due = end_of((NOW + timedelta(days=30)).date())
    assert chat_desk.erase_due(at=due - MINUTE) == 0
    assert chat_desk.erase_due(at=due) == 1
    assert chat_desk.erase_due(at=due) == 0
    held.refresh_from_db()
    assert (held.visitor_name, held.visitor_key_sha256, held.messages.count()) == ("", "", 0)
    assert ChatTranscript.objects.get().email == ""
    assert not queries.of_asker(visitor_key=KEY, user=None)
    told = str(list(Event.objects.filter(case=held.case).values("data", "actor_name")))
    assert not any(word in told for word in ("林大明", "lin@example.tw", "點數"))


def test_conversations_in_hand_come_unanswered_first(edition, agent):
    answered, waiting = taken(edition, agent), taken(edition, agent, key="other", at=NOW + MINUTE)
    said(answered, "好的", by=acting(agent), at=NOW + MINUTE)
    assert list(queries.of_agent(agent.pk)) == [waiting, answered]
    said(answered, "還有", at=NOW + 2 * MINUTE)
    said(waiting, "您好", by=acting(agent), at=NOW + 3 * MINUTE)
    assert list(queries.of_agent(agent.pk)) == [answered, waiting]


def test_present_agents_were_seen_lately_and_are_not_away(edition, agent):
    chat_desk.be_seen(by=acting(agent), at=NOW)
    assert list(queries.present(at=NOW)) == [agent]
    assert list(queries.present(at=NOW + 3 * MINUTE)) == []
    chat_desk.be_seen(by=acting(agent), at=NOW + 3 * MINUTE)
    chat_desk.be_seen(by=acting(agent), at=NOW + 3 * MINUTE, away=True)
    assert list(queries.present(at=NOW + 3 * MINUTE)) == []
    refused("transition.not_yours", chat_desk.be_seen, by=Actor(VISITOR), at=NOW)


def test_queries_take_one_question_however_long_the_queue(edition, django_assert_num_queries):
    for number in range(5):
        opened(edition, key=f"key {number}")
    with django_assert_num_queries(1):
        assert len([row.agent for row in queries.queue()]) == 5
    assert connection.vendor == "postgresql"
