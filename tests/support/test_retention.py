"""Tickets and mail are kept as long as they must be and no longer (R-36)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from tcloud.core.clock import end_of
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import accept
from tcloud.support.models import Attachment, ChatTerms, InboundMail, Ticket, TicketMessage
from tcloud.support.operations import desk, retention, ticket_deadlines, tickets
from tcloud.support.operations import mail as mails
from tcloud.support.queries import tickets as questions
from tcloud.support.rules.tickets import HELD_DAYS, UNANSWERABLE_DAYS
from tests import factories
from tests.adapters.mail.cases import mail
from tests.support import scene
from tests.support.scene import FRIDAY, MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-36")]
FILE = accept("身分證.pdf", b"%PDF-1.7")
MINUTE = timedelta(minutes=1)
PERSONAL = ("王小明", "ask@example.tw", "點數", "身分證", "%PDF")


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY)


@pytest.fixture
def agent():
    return scene.agent()[1]


def until(days, at=FRIDAY):
    return end_of(at.date() + timedelta(days=days))


def kept():
    """Every value that support keeps of tickets and mails, and every event of tickets, as one text."""
    models = (Ticket, TicketMessage, Attachment, InboundMail)
    rows = [list(model.objects.values()) for model in models]
    return str([*rows, list(Event.objects.filter(case__startswith="ticket/").values())])


def by_mail(**changes):
    """A ticket that came by mail, with a file."""
    scene.came(mail("請問我的點數呢？", **changes))
    ticket = Ticket.objects.latest("id")
    return tickets.reply(ticket, "附上證件", [FILE], by=tickets.visitor(ticket), at=FRIDAY)


def closed(ticket, agent, at=FRIDAY):
    return desk.close(ticket, "已說明。", version=ticket.version, by=agent, at=at)


def refused(code, act, *args, **kwargs):
    with pytest.raises(Refusal) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == code


def test_erase_tickets_takes_what_was_asked_and_by_whom_when_its_time_has_come(edition, agent):
    ChatTerms.objects.create(programme=edition, visitor_days=30)
    ticket = closed(by_mail(), agent)
    assert all(word in kept() for word in PERSONAL)
    before, events = model_to_dict(ticket), Event.objects.filter(case=ticket.case).count()
    came = model_to_dict(InboundMail.objects.get())
    assert retention.erase_tickets(at=until(30) - MINUTE) == 0
    assert retention.erase_tickets(at=until(30)) == 1
    assert retention.erase_tickets(at=until(30)) == 0
    assert not any(word in kept() for word in PERSONAL)
    after = model_to_dict(Ticket.objects.get())
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"name", "email", "subject", "erased_at"}
    mail_after = model_to_dict(InboundMail.objects.get())
    changed = {name for name in came if came[name] != mail_after[name]}
    assert changed == {"message_id", "sender", "from_email", "subject", "erased_at"}
    assert bytes(InboundMail.objects.get().raw) == b""
    assert not TicketMessage.objects.exists()
    assert Event.objects.filter(case=ticket.case).count() == events + 1
    assert Event.objects.latest("id").type == "ticket.erased"


def test_companys_ticket_is_kept_longer_and_an_answered_one_need_not_be_closed(edition, agent):
    ticket = scene.members(edition, factories.company())
    assert ticket.erase_due_at is None
    ticket = desk.answer(ticket, "明天開通。", version=ticket.version, by=agent, at=FRIDAY)
    assert ticket.erase_due_at == until(730)
    assert closed(ticket, agent, at=MONDAY).erase_due_at == until(730, MONDAY)


def test_reopened_ticket_is_kept(edition, agent):
    ticket = closed(scene.visitors(edition), agent)
    late = until(90) - MINUTE
    ticket = tickets.reply(ticket, "還是不行", by=tickets.visitor(ticket), at=late)
    assert (ticket.state, ticket.erase_due_at) == ("OPEN", None)
    assert retention.erase_tickets(at=until(400)) == 0
    assert closed(ticket, agent, at=late).erase_due_at == until(90, late)
    assert Ticket.objects.get().name == "林訪客"


def test_question_that_nobody_confirmed_goes_soon(edition):
    ticket = scene.visitors(edition, confirmed=False, files=[FILE])
    at = FRIDAY + timedelta(days=1)
    assert ticket_deadlines.lapse_unconfirmed(at=at) == 1
    assert retention.erase_tickets(at=until(UNANSWERABLE_DAYS, at) - MINUTE) == 0
    assert retention.erase_tickets(at=until(UNANSWERABLE_DAYS, at)) == 1
    assert not any(word in kept() for word in ("林訪客", *PERSONAL))
    refused("ticket.confirm_too_late", tickets.confirm, ticket, by=tickets.visitor(ticket), at=at)


def test_erased_ticket_takes_nothing_more(edition, agent):
    ticket = closed(by_mail(), agent)
    address, due = scene.reply_to(ticket), ticket.erase_due_at
    retention.erase_tickets(at=due)
    refused("ticket.erased", tickets.reply, ticket, "還有", by=tickets.visitor(ticket), at=due)
    refused("ticket.erased", desk.note, ticket, "備註", by=agent, at=due)
    assert not questions.desk().exists()
    assert mails.is_known(address)
    again = scene.came(mail("還有一件事", message_id="<9@example.tw>"), to=address, at=due)
    assert (again.verdict, again.ticket != ticket) == ("opened", True)  # as if it named none


def test_erase_mails_empties_what_nobody_answers(edition, agent):
    auto = scene.came(mail(message_id="<a@o>", Auto_Submitted="auto-replied"))
    ticket = scene.visitors(edition)
    stranger = {"to": scene.reply_to(ticket), "sender": "o@o.tw"}
    dismissed, held, added = (
        scene.came(mail("給你", sender=f"o{n}@example.tw", message_id=f"<{n}@o>"), **stranger)
        for n in range(3)
    )
    mails.dismiss_held(dismissed, by=agent, at=FRIDAY)
    mails.add_held(added, ticket.reference, by=agent, at=FRIDAY)
    assert auto.verdict == "automatic"
    assert retention.erase_mails(at=until(UNANSWERABLE_DAYS) - MINUTE) == 0
    assert retention.erase_mails(at=until(UNANSWERABLE_DAYS)) == 2
    assert set(InboundMail.objects.exclude(erased_at=None)) == {auto, dismissed}
    assert retention.erase_mails(at=until(HELD_DAYS)) == 1
    assert not questions.held_mails().exists()
    refused("mail.decided", mails.open_held, held, by=agent, at=until(HELD_DAYS))
    added.refresh_from_db()
    assert added.raw
    assert bytes(InboundMail.objects.get(pk=held.pk).raw) == b""
    repeat = mail("給你", sender="o0@example.tw", message_id="<0@o>")
    assert scene.came(repeat, **stranger) is None  # still known as one that came before


def test_database_refuses_what_erasing_does_before_its_time(edition, agent):
    ticket = closed(by_mail(), agent)
    for act in (
        lambda: TicketMessage.objects.all().delete(),
        lambda: Attachment.objects.all().delete(),
        lambda: InboundMail.objects.update(raw=b""),
        lambda: Ticket.objects.filter(pk=ticket.pk).update(email=""),
    ):
        with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), transaction.atomic():
            act()
    assert all(word in kept() for word in PERSONAL)


def test_a_batch_takes_as_many_statements_as_one_ticket(edition, agent):
    def erase(many):
        due = [
            closed(by_mail(message_id=f"<{many}-{n}@o>", sender=f"a{many}-{n}@b.tw"), agent)
            for n in range(many)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert retention.erase_tickets(at=due[0].erase_due_at) == many
        return len(captured)

    assert erase(1) == erase(6)
