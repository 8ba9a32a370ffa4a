"""The life of a ticket: opened, confirmed, answered, asked, replied to, closed, reopened; deadlines; who may do what."""

from datetime import timedelta

import pytest

from tcloud.core.actors import COMPANY, OFFICER, Actor
from tcloud.core.models import Event, ScanRun
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.uploads import accept
from tcloud.support.models import Attachment, Ticket, TicketMessage
from tcloud.support.operations import desk, ticket_deadlines, tickets
from tcloud.support.operations.contact import change_contact
from tcloud.support.queries import tickets as questions
from tests import factories
from tests.support import scene
from tests.support.scene import FRIDAY, MONDAY

pytestmark = pytest.mark.django_db
PDF = accept("契約.pdf", b"%PDF-1.7")


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY)


@pytest.fixture
def agent():
    return scene.agent()[1]


def count(ticket):
    return ticket.messages.count(), Event.objects.filter(case=ticket.case).count()


@pytest.mark.rule("R-34")
@pytest.mark.parametrize(
    ("at", "answered_by"),
    [
        (FRIDAY, MONDAY),  # 18:01, after hours
        (FRIDAY - timedelta(hours=8), MONDAY),  # in hours: the day of the question does not count
        (FRIDAY + timedelta(days=1), MONDAY),  # on Saturday
        (MONDAY, MONDAY + timedelta(days=1)),
    ],
)
def test_ticket_says_when_it_is_answered(edition, at, answered_by):
    assert scene.members(edition, factories.company(), at=at).answer_due_at == answered_by


@pytest.mark.rule("R-34")
def test_visitors_ticket_waits_until_its_address_is_confirmed(edition, agent):
    ticket = scene.visitors(edition, confirmed=False)
    assert (ticket.state, ticket.answer_due_at) == ("UNCONFIRMED", None)
    assert not questions.desk().exists()
    (letter,) = scene.letters()
    assert f"/tickets/{ticket.page_token}/" in letter.body
    assert "點數沒有到" not in scene.words_of(letter)  # the address may be somebody else's
    with pytest.raises(Refusal) as refused:
        tickets.reply(ticket, "x", by=tickets.visitor(ticket), at=FRIDAY)
    assert refused.value.code == "transition.not_now"
    ticket = tickets.confirm(ticket, by=tickets.visitor(ticket), at=FRIDAY + timedelta(hours=1))
    assert tickets.confirm(ticket, by=tickets.visitor(ticket), at=MONDAY).version == ticket.version
    assert (ticket.state, ticket.answer_due_at) == ("OPEN", MONDAY)
    assert Event.objects.filter(case=ticket.case, type="ticket.opened").count() == 1


def test_confirming_too_late_is_refused_and_the_scan_lets_go(edition):
    ticket = scene.visitors(edition, confirmed=False)
    late = FRIDAY + timedelta(hours=24)
    with pytest.raises(Refusal) as refused:
        tickets.confirm(ticket, by=tickets.visitor(ticket), at=late)
    assert refused.value.code == "ticket.confirm_too_late"
    assert ticket_deadlines.lapse_unconfirmed(at=late - timedelta(seconds=1)) == 0
    assert ticket_deadlines.lapse_unconfirmed(at=late) == 1
    assert Ticket.objects.get().state == "LAPSED"


def test_the_same_request_acts_once(edition, agent):
    key = scene.key()
    made = [scene.visitors(edition, request_key=key) for _ in range(2)]
    assert made[0].pk == made[1].pk
    ticket, again = made[1], scene.key()
    for _ in range(2):
        tickets.reply(ticket, "補充", request_key=again, by=tickets.visitor(ticket), at=FRIDAY)
    answered = scene.key()
    version = Ticket.objects.get().version
    for _ in range(2):
        desk.answer(ticket, "回覆", version=version, request_key=answered, by=agent, at=FRIDAY)
    assert ticket.messages.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_two_requests_at_once_open_one_ticket(edition, at_once):
    key = scene.key()
    made = at_once(*[lambda: scene.visitors(edition, request_key=key, confirmed=False) for _ in range(4)])
    assert {ticket.pk for ticket in made} == {Ticket.objects.get().pk}
    assert TicketMessage.objects.count() == 1


def test_answer_goes_out_and_leaves_nothing_owed(edition, agent):
    ticket = scene.visitors(edition)
    ticket = desk.answer(ticket, "請重新登入。", [PDF], version=ticket.version, by=agent, at=FRIDAY)
    assert (ticket.state, ticket.answer_due_at, ticket.assigned_to_id) == ("ANSWERED", None, agent.user_id)
    letter = scene.letters()[-1]
    assert "請重新登入。" in letter.body
    assert "契約.pdf" in letter.body
    ticket = desk.answer(ticket, "再補一句。", version=ticket.version, by=agent, at=MONDAY)
    assert (ticket.state, ticket.first_answered_at) == ("ANSWERED", FRIDAY)
    assert Attachment.objects.get().name == "契約.pdf"


def test_question_back_waits_for_the_asker(edition, agent):
    ticket = scene.visitors(edition)
    ticket = desk.answer(ticket, "請提供統一編號。", ask=True, version=ticket.version, by=agent, at=FRIDAY)
    assert ticket.state == "WAITING"
    assert "補充" in scene.letters()[-1].body
    ticket = tickets.reply(ticket, "12345675", by=tickets.visitor(ticket), at=MONDAY)
    assert (ticket.state, ticket.answer_due_at) == ("OPEN", MONDAY + timedelta(days=1))


def test_closed_ticket_is_opened_again_by_an_answer(edition, agent):
    ticket = scene.visitors(edition)
    ticket = desk.close(ticket, "已說明。", version=ticket.version, by=agent, at=FRIDAY)
    assert ticket.state == "CLOSED"
    assert "已說明。" in scene.letters()[-1].body
    ticket = tickets.reply(ticket, "還是不行", by=tickets.visitor(ticket), at=MONDAY)
    assert (ticket.state, ticket.answer_due_at) == ("OPEN", MONDAY + timedelta(days=1))
    assert Event.objects.filter(type="ticket.reopened").count() == 1


def test_asker_closes_without_a_letter(edition):
    ticket = scene.visitors(edition)
    before = len(scene.letters())
    for _ in range(2):
        ticket = tickets.close_as_solved(ticket, by=tickets.visitor(ticket), at=FRIDAY)
    assert ticket.state == "CLOSED"
    assert Event.objects.filter(type="ticket.closed").count() == 1
    assert before
    assert scene.letters() == []


ACTS = {
    "answer": lambda t, by, v: desk.answer(t, "x", version=v, by=by, at=FRIDAY),
    "assign": lambda t, by, v: desk.assign(t, None, version=v, by=by, at=FRIDAY),
    "close": lambda t, by, v: desk.close(t, "x", version=v, by=by, at=FRIDAY),
    "note": lambda t, by, v: desk.note(t, "x", by=by, at=FRIDAY),
    "look": lambda t, by, v: desk.look(t, "x", by=by, at=FRIDAY),
}


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("kind", [COMPANY, OFFICER, "expert", "visitor"])
@pytest.mark.parametrize("act", ACTS)
def test_desk_is_for_agents_alone(edition, act, kind):
    ticket = scene.members(edition, factories.company())
    before = count(ticket)
    with pytest.raises(Refusal) as refused:
        ACTS[act](ticket, Actor(kind, 1), ticket.version)
    assert refused.value.code == "transition.not_yours"
    assert count(ticket) == before


@pytest.mark.parametrize("act", ["answer", "assign", "close"])
def test_agent_who_read_an_older_ticket_is_told(edition, agent, act):
    ticket = scene.visitors(edition)
    tickets.reply(ticket, "補充", by=tickets.visitor(ticket), at=FRIDAY)
    before = count(ticket)
    with pytest.raises(Stale):
        ACTS[act](ticket, agent, ticket.version)
    assert count(ticket) == before


@pytest.mark.parametrize("act", ["answer", "assign", "close"])
def test_closed_ticket_takes_no_acts_of_the_desk(edition, agent, act):
    ticket = scene.visitors(edition)
    ticket = desk.close(ticket, "x", version=ticket.version, by=agent, at=FRIDAY)
    before = count(ticket)
    with pytest.raises(Refusal) as refused:
        ACTS[act](ticket, agent, ticket.version)
    assert refused.value.code == "transition.not_now"
    assert count(ticket) == before


def test_ticket_is_handed_to_agents_alone(edition, agent):
    ticket = scene.visitors(edition)
    colleague, _ = scene.agent("李客服")
    ticket = desk.assign(ticket, colleague, version=ticket.version, by=agent, at=FRIDAY)
    assert ticket.assigned_to_id == colleague.pk
    with pytest.raises(Refusal) as refused:
        desk.assign(ticket, factories.user(staff_role="expert"), version=ticket.version, by=agent, at=FRIDAY)
    assert refused.value.code == "ticket.no_agent"
    assert Ticket.objects.get().assigned_to_id == colleague.pk


def test_note_is_for_colleagues_alone(edition, agent):
    ticket = scene.visitors(edition)
    desk.note(ticket, "此人來過三次", by=agent, at=FRIDAY)
    assert "此人來過三次" not in [row.body for row in questions.thread(ticket)]
    assert "此人來過三次" in [row.body for row in questions.thread(ticket, notes=True)]
    assert all("此人來過三次" not in scene.words_of(letter) for letter in scene.letters())


@pytest.mark.rule("R-37")
def test_look_is_recorded_with_its_reason_and_holds_some_hours(edition):
    user, agent = scene.agent()
    other, _ = scene.agent("李客服")
    ticket = scene.members(edition, factories.company())
    with pytest.raises(Refusal) as refused:
        desk.look(ticket, " ", by=agent, at=FRIDAY)
    assert refused.value.code == "ticket.reason_missing"
    assert not questions.may_look(ticket, user, at=FRIDAY)
    desk.look(ticket, "查訂單進度", by=agent, at=FRIDAY)
    assert questions.may_look(ticket, user, at=FRIDAY + timedelta(hours=7))
    assert not questions.may_look(ticket, user, at=FRIDAY + timedelta(hours=8))
    assert not questions.may_look(ticket, other, at=FRIDAY)
    event = Event.objects.get(type="ticket.details_seen")
    assert (event.data["reason"], event.actor_user_id) == ("查訂單進度", user.pk)
    assert not Event.objects.filter(type="ticket.order_shown").exists()


@pytest.mark.rule("R-37")
def test_look_is_recorded_in_the_order_once_a_look(edition, agent):
    company = factories.granted(edition, at=FRIDAY)
    order = factories.draft(edition, company, at=FRIDAY)
    ticket = scene.members(edition, company, order=order)
    for number, reason in enumerate(("查訂單進度", "再查一次"), start=1):
        desk.look(ticket, reason, by=agent, at=FRIDAY)
        shown = Event.objects.filter(case=order.case, type="ticket.order_shown").order_by("id")
        assert shown.count() == number
        told = shown.latest("id")
        assert (told.data["reason"], told.data["ticket"], told.actor_user_id) == (
            reason,
            ticket.reference,
            agent.user_id,
        )


@pytest.mark.rule("R-34")
def test_scan_flags_an_overdue_answer_once_and_tells_the_agents(edition, agent):
    ticket = scene.visitors(edition)
    assert ticket_deadlines.flag_late(at=MONDAY - timedelta(seconds=1)) == 0
    assert ticket_deadlines.flag_late(at=MONDAY) == 1
    assert ticket_deadlines.flag_late(at=MONDAY + timedelta(hours=1)) == 0
    ticket.refresh_from_db()
    assert ticket.late_at == MONDAY
    assert ScanRun.objects.get().name == "tickets.late"
    assert "逾期未回覆" in scene.letters(at=MONDAY)[-1].subject
    ticket = desk.answer(ticket, "抱歉", version=ticket.version, by=agent, at=MONDAY)
    assert ticket.late_at is None
    assert Event.objects.filter(type="ticket.late").count() == 1


@pytest.mark.rule("R-28")
def test_closure_moves_the_answer_and_keeps_its_hour(edition):
    ticket = scene.visitors(edition)
    factories.closure(MONDAY.date(), "臺北市", at=FRIDAY + timedelta(days=1))
    assert ticket_deadlines.flag_late(at=MONDAY) == 1  # looked at, and given its time
    ticket.refresh_from_db()
    assert (ticket.answer_due_at, ticket.late_at) == (MONDAY + timedelta(days=1), None)
    assert ticket_deadlines.move_deadlines(at=MONDAY) == 0
    assert Event.objects.filter(type="ticket.deadline_moved").count() == 1


@pytest.mark.rule("R-28")
def test_closure_after_the_hour_does_not_give_more_time(edition):
    ticket = scene.visitors(edition)
    factories.closure(MONDAY.date(), "臺北市", at=MONDAY + timedelta(hours=1))
    assert ticket_deadlines.move_deadlines(at=MONDAY + timedelta(hours=2)) == 0
    ticket.refresh_from_db()
    assert ticket.answer_due_at == MONDAY


def test_promise_follows_the_settings_and_old_ones_stay(edition):
    old = scene.visitors(edition)
    from datetime import time

    change_contact(
        edition,
        {"first_answer_working_days": 2, "staffed_until": time(17)},
        version=0,
        by=factories.officer(),
        at=FRIDAY,
    )
    new = scene.visitors(edition)
    old.refresh_from_db()
    assert (old.answer_due_at, new.answer_due_at) == (MONDAY, MONDAY + timedelta(days=1, hours=-1))


def test_change_contact_refuses_what_is_stale_impossible_or_nothing(edition):
    officer = factories.officer()
    from datetime import time

    for values, version, by, code in (
        ({"hotline": "0800"}, 7, officer, "stale"),
        ({"staffed_until": time(8)}, 0, officer, "contact.impossible"),
        ({"hotline": "0809-092-091"}, 0, officer, "contact.nothing_changed"),
        ({"hotline": "0800"}, 0, Actor("auditor", 1), "transition.not_yours"),
    ):
        with pytest.raises(Refusal) as refused:
            change_contact(edition, values, version=version, by=by, at=FRIDAY)
        assert refused.value.code == code
    assert not Event.objects.filter(type="contact.changed").exists()
