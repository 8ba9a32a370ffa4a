"""Mail in and out: what opens a ticket, what joins one, what waits for a person, and that machines are never answered."""

from datetime import timedelta

import pytest
from django.core import mail as sent_mail

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.outbox import addresses
from tcloud.support.models import InboundMail, Ticket, TicketMessage
from tcloud.support.operations import desk
from tcloud.support.operations import mail as mails
from tests import factories
from tests.adapters.mail.cases import mail, nested
from tests.support import scene
from tests.support.scene import FRIDAY, MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY)


@pytest.mark.rule("R-34")
def test_mail_of_an_unknown_person_opens_a_ticket_that_says_when_it_is_answered(edition):
    kept = scene.came(mail())
    ticket = Ticket.objects.get()
    assert (kept.verdict, kept.ticket, ticket.channel, ticket.state) == ("opened", ticket, "mail", "OPEN")
    assert (ticket.email, ticket.name, ticket.subject, ticket.answer_due_at) == (
        "ask@example.tw",
        "王小明",
        "點數",
        MONDAY,
    )
    (letter,) = scene.letters()
    assert "2026年11月30日（一） 18:00前回覆" in letter.body
    assert "點數" not in letter.subject  # an address that has proved nothing is sent nothing of the mail
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert letter.reply_to == [scene.reply_to(ticket)]
    assert addresses.message_of_bounce(letter.from_email)
    assert letter.extra_headers["References"] == "<1@example.tw>"


def test_mail_that_comes_twice_acts_once(edition):
    assert scene.came(mail()) is not None
    assert scene.came(mail()) is None
    assert scene.came(mail(message_id="", text="無編號")) is not None
    assert scene.came(mail(message_id="", text="無編號")) is None
    assert Ticket.objects.count() == 2


def test_answer_with_token_and_sender_joins_its_ticket(edition):
    ticket = scene.visitors(edition)
    _user, agent = scene.agent()
    ticket = desk.answer(ticket, "請重新登入再看。", version=ticket.version, by=agent, at=FRIDAY)
    kept = scene.came(
        mail("還是沒有。\n\n> 請重新登入再看。", message_id="<2@example.tw>"),
        to=scene.reply_to(ticket),
        at=MONDAY,
    )
    ticket.refresh_from_db()
    assert (kept.verdict, ticket.state) == ("added", "OPEN")
    said = TicketMessage.objects.latest("id")
    assert (said.body, said.quoted, said.mail) == ("還是沒有。", "> 請重新登入再看。", kept)
    assert ticket.answer_due_at == MONDAY + timedelta(days=1)


def test_answer_is_known_by_the_letter_it_refers_to(edition):
    ticket = scene.visitors(edition)
    reference = scene.letters()[-1].extra_headers["Message-ID"]
    kept = scene.came(mail("補充", message_id="<3@example.tw>", In_Reply_To=reference))
    assert (kept.verdict, kept.ticket) == ("added", ticket)


@pytest.mark.rule("R-37")
def test_answer_of_another_sender_is_held_for_a_person(edition):
    ticket = scene.visitors(edition)
    kept = scene.came(mail(sender="other@example.tw"), to=scene.reply_to(ticket), sender="other@example.tw")
    assert (kept.verdict, kept.why, kept.ticket) == ("held", "other_sender", ticket)
    assert ticket.messages.count() == 1
    assert Ticket.objects.count() == 1


def test_answer_of_a_colleague_joins_the_companys_ticket(edition):
    company = factories.company()
    ticket = scene.members(edition, company)
    factories.user(company, email="colleague@example.tw")
    assert scene.came(mail(sender="colleague@example.tw"), to=scene.reply_to(ticket)).verdict == "added"


def test_answer_from_the_address_confirms_it(edition):
    ticket = scene.visitors(edition, confirmed=False)
    assert scene.came(mail("是我"), to=scene.reply_to(ticket)).verdict == "added"
    ticket.refresh_from_db()
    assert (ticket.state, ticket.messages.count()) == ("OPEN", 2)
    late = scene.visitors(edition, confirmed=False)
    kept = scene.came(
        mail("太晚", message_id="<9@x.tw>"), to=scene.reply_to(late), at=FRIDAY + timedelta(hours=25)
    )
    assert (kept.verdict, kept.why) == ("held", "lapsed")


@pytest.mark.parametrize(
    ("content", "sender", "verdict", "why"),
    [
        (mail(Auto_Submitted="auto-replied"), "ask@example.tw", "automatic", ""),
        (mail(Precedence="list"), "ask@example.tw", "automatic", ""),
        (mail(sender="no-reply@example.tw"), "no-reply@example.tw", "automatic", ""),
        (mail(sender="a@b.tw, c@d.tw"), "a@b.tw", "held", "no_sender"),
        (nested(40), "a@example.tw", "held", "unreadable"),
        (mail(), "", "bounced", ""),
    ],
)
def test_no_machine_is_answered_and_nothing_unreadable_opens_a_ticket(edition, content, sender, verdict, why):
    kept = scene.came(content, sender=sender)
    assert (kept.verdict, kept.why) == (verdict, why)
    assert not Ticket.objects.exists()
    assert scene.letters() == []


def test_bounce_is_noted_on_the_ticket_and_changes_nothing_else(edition):
    ticket = scene.visitors(edition)
    assert (
        scene.came(mail(sender="MAILER-DAEMON@example.tw"), to=scene.reply_to(ticket), sender="").verdict
        == "bounced"
    )
    before, after = ticket.messages.count(), Ticket.objects.get()
    assert (after.bounced_at, after.state, before) == (FRIDAY, "OPEN", 1)
    assert Event.objects.filter(type="ticket.mail_bounced", case=ticket.case).count() == 1


def test_sender_of_too_many_mails_is_held(edition):
    for number in range(12):
        scene.came(mail(message_id=f"<{number}@example.tw>"))
    assert Ticket.objects.count() == 10
    assert set(InboundMail.objects.filter(verdict="held").values_list("why", flat=True)) == {"too_many"}


def test_attachments_are_checked_and_the_mail_is_kept_whole(edition):
    made = mail()
    made.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="契約.pdf")
    made.add_attachment(b"MZ\x90", maintype="application", subtype="pdf", filename="病毒.pdf")
    made.add_attachment(b"<svg/>", maintype="image", subtype="svg+xml", filename="a.svg")
    kept = scene.came(made)
    message = TicketMessage.objects.get()
    assert [file.name for file in message.attachments.all()] == ["契約.pdf"]
    assert message.left_out == ["病毒.pdf", "a.svg"]
    assert bytes(kept.raw) == made.as_bytes()


def test_mailboxes_are_known_by_the_edition_and_by_the_ticket(edition):
    ticket = scene.visitors(edition)
    assert mails.is_known("Service@QBIcloud.com")
    assert mails.is_known(scene.reply_to(ticket).upper())
    assert not mails.is_known("other@qbicloud.com")
    assert not mails.is_known(f"service+{'0' * 32}@qbicloud.com")


def test_mail_that_could_not_be_handled_is_taken_up_later(edition, monkeypatch):
    kept = mails.receive(
        mail().as_bytes(), sender="ask@example.tw", recipients=["service@qbicloud.com"], at=FRIDAY
    )
    assert not Ticket.objects.exists()
    assert mails.act_on_waiting(at=FRIDAY) == 1
    assert mails.act_on_waiting(at=FRIDAY) == 0
    assert not mails.act(kept.pk, at=FRIDAY)
    assert Ticket.objects.count() == 1


def test_agent_decides_about_a_held_mail_once(edition):
    ticket = scene.visitors(edition)
    _user, agent = scene.agent()
    held = [
        scene.came(
            mail(sender=f"o{n}@example.tw", message_id=f"<{n}@o>"), to=scene.reply_to(ticket), sender="o@o.tw"
        )
        for n in range(3)
    ]
    mails.add_held(held[0], ticket.reference.lower(), by=agent, at=MONDAY)
    mails.open_held(held[1], by=agent, at=MONDAY)
    mails.dismiss_held(held[2], by=agent, at=MONDAY)
    assert [InboundMail.objects.get(pk=row.pk).verdict for row in held] == ["added", "opened", "dismissed"]
    assert ticket.messages.count() == 2
    for again in (mails.open_held, mails.dismiss_held):
        with pytest.raises(Refusal) as refused:
            again(held[0], by=agent, at=MONDAY)
        assert refused.value.code == "mail.decided"
    assert Ticket.objects.count() == 2


def test_all_letters_of_a_ticket_are_one_thread(edition):
    ticket = scene.visitors(edition)
    _user, agent = scene.agent()
    scene.letters()
    ticket = desk.answer(ticket, "第一次\n第二行", version=ticket.version, by=agent, at=FRIDAY)
    ticket = desk.close(ticket, "已說明。", version=ticket.version, by=agent, at=FRIDAY)
    answered, closed = scene.letters()
    assert "第一次\n第二行" in answered.body
    assert answered.subject == closed.subject
    assert answered.extra_headers["Message-ID"] in closed.extra_headers["References"]
    assert closed.extra_headers["In-Reply-To"] == answered.extra_headers["Message-ID"]
    assert ticket.mail_token in answered.extra_headers["Message-ID"]
    assert ticket.page_token not in str(answered.message()["Message-ID"]) + scene.reply_to(ticket)
    assert sent_mail.outbox
