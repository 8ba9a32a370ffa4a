"""Letters about tickets (R-34). All letters of a ticket have one subject and one thread, and are answered by just replying."""

from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import (
    Composer,
    Letter,
    Link,
    Occasion,
    Thread,
    desk_ticket,
    member_ticket,
    visitor_ticket,
)
from tcloud.support.models import InboundMail, Ticket, TicketMessage
from tcloud.support.queries import contact, tickets


class _Case:
    """A ticket as its letters speak of it."""

    def __init__(self, occasion: Occasion) -> None:
        if not isinstance(occasion.subject, Ticket):
            raise TypeError(occasion.event.subject)
        self.ticket = occasion.subject
        self.event = occasion.event
        self.at = occasion.at

    @cached_property
    def said(self) -> TicketMessage | None:
        """The message the event is about."""
        return TicketMessage.objects.filter(ticket=self.ticket, pk=self.event.data.get("message")).first()

    @property
    def link(self) -> Link:
        """To the ticket, as its asker opens it."""
        ticket = self.ticket
        path = member_ticket(ticket.reference) if ticket.company_id else visitor_ticket(ticket.page_token)
        return Link(_("查看這筆詢問"), path)

    def due(self) -> str:
        """By when it is answered: 2026年11月30日（一） 18:00."""
        due_at = self.ticket.answer_due_at
        return words.moment(due_at) if due_at else ""

    def letter(
        self, happened: list[str], next_steps: list[str], *, link: Link | None = None, echo: bool = True
    ) -> Letter:
        """A letter to the asker. `echo`: say the subject again; never to an address that has proved nothing."""
        ticket = self.ticket
        reply_to = tickets.reply_address(ticket, contact.settings_of(ticket.programme))
        came = InboundMail.objects.filter(ticket=ticket, from_email=ticket.email).exclude(message_id="")
        answers = tuple(came.order_by("id").values_list("message_id", flat=True))
        facts = [(_("詢問編號"), ticket.reference)]
        if echo:
            facts.append((_("主旨"), ticket.subject))
        return Letter(
            subject=_("詢問%(reference)s：%(subject)s") % {"reference": ticket.reference, "subject": ticket.subject}
            if echo
            else _("詢問%(reference)s") % {"reference": ticket.reference},
            happened=happened,
            facts=facts,
            next_steps=next_steps,
            link=link or self.link,
            programme=ticket.programme,
            thread=Thread(reply_to, ticket.mail_token, answers),
        )  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def confirm(occasion: Occasion) -> Letter | None:
    """The visitor must show that the address is hers; nobody reads the question before."""
    case = _Case(occasion)
    ticket = case.ticket
    if ticket.state != Ticket.State.UNCONFIRMED or occasion.at >= ticket.confirm_before:
        return None
    return case.letter(
        [_("有人用這個信箱在本平台留下一筆詢問。請確認是您，客服才會看到內容。")],
        [
            _("請在%(until)s前打開下面的連結，按「確認送出」。") % {"until": words.moment(ticket.confirm_before)},
            _("如果不是您，請不必理會這封信，詢問不會送出。"),
        ],
        link=Link(_("確認這筆詢問"), visitor_ticket(ticket.page_token)),
        echo=False,
    )  # fmt: skip


def received(occasion: Occasion) -> Letter | None:
    """It says when it will be answered."""
    case = _Case(occasion)
    ticket = case.ticket
    if ticket.answer_due_at is None:  # answered already
        return None
    return case.letter(
        [_("我們收到您的詢問了。"), _("我們會在%(due)s前回覆。") % {"due": case.due()}],
        [
            _("要補充說明或附上檔案，請直接回覆這封信。"),
            _("請不要在信中提供密碼或PIN碼，我們不會向您要。"),
        ],
        echo=ticket.channel != Ticket.Channel.MAIL,  # the sender of a mail may be forged
    )


def _from_agent(occasion: Occasion, first: str, steps: list[str]) -> Letter | None:
    case = _Case(occasion)
    if case.said is None:
        return None
    files = tickets.files(case.ticket).get(case.said.pk, [])
    attached = (
        [_("附件：%(names)s（請到下面的頁面下載）") % {"names": _("、").join(file.name for file in files)}]
        if files
        else []
    )
    return case.letter([first, "", *_lines(case.said.body), "", *attached], steps)


def answered(occasion: Occasion) -> Letter | None:
    """What the agent wrote."""
    return _from_agent(
        occasion,
        _("客服回覆了您的詢問："),
        [_("還有問題，請直接回覆這封信，我們會接著處理。")],
    )


def asked(occasion: Occasion) -> Letter | None:
    """The agent needs to know more."""
    return _from_agent(
        occasion,
        _("客服需要您補充說明，才能繼續處理："),
        [_("請直接回覆這封信，或到下面的頁面補充。收到後我們會接著處理。")],
    )


def closed(occasion: Occasion) -> Letter | None:
    """Closed by an agent, with her sentence; who closed it herself needs no letter."""
    case = _Case(occasion)
    reason = str(case.event.data.get("reason", ""))
    if not reason:
        return None
    return case.letter(
        [_("您的詢問已經結案。"), "", *_lines(reason)],
        [_("還有問題，請直接回覆這封信，這筆詢問會重新開啟。")],
    )


def late(occasion: Occasion) -> Letter | None:
    """To the agent, or to all where nobody has taken it: the answer is overdue."""
    case = _Case(occasion)
    ticket = case.ticket
    if ticket.late_at is None:
        return None
    return Letter(
        subject=_("逾期未回覆：服務單%(reference)s") % {"reference": ticket.reference},
        happened=[_("這張服務單原定在%(due)s前回覆，現在還沒有回覆。") % {"due": case.due()}],
        facts=[(_("服務單編號"), ticket.reference), (_("主旨"), ticket.subject)],
        next_steps=[_("請儘快回覆；需要較長時間時，也請先告訴提問者。")],
        link=Link(_("開啟服務單"), desk_ticket(ticket.reference)),
        programme=ticket.programme,
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "ticket_confirm": confirm,
    "ticket_received": received,
    "ticket_answered": answered,
    "ticket_asked": asked,
    "ticket_closed": closed,
    "ticket_late": late,
}
