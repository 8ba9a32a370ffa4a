"""What the database must refuse about tickets, mail and announcements, for test_database_guards.py."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from tcloud.members.models import Company
from tcloud.programme.models import Programme
from tcloud.support.models import Announcement, Attachment, InboundMail, SupportSettings
from tcloud.support.models.contact import FLYER
from tcloud.support.models.tickets import mail_erased, ticket_erased
from tcloud.support.operations import announcements
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop
from tests.support import scene


def rows(edition: Programme, company: Company) -> dict[str, Model]:
    """One row of everything that is guarded."""
    ticket = scene.members(edition, company, at=NOW)
    said = ticket.messages.get()
    file = {"name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "0", "content": b"a"}
    return {
        "contact": SupportSettings.objects.create(programme=edition, **FLYER),
        "ticket": ticket,
        "said": said,
        "attachment": Attachment.objects.create(message=said, **file),
        "mail": InboundMail.objects.create(key="k", recipient="a@b.tw", raw=b"raw", received_at=NOW),
        "announcement": _published(edition),
    }


def _published(edition: Programme) -> Announcement:
    words = {
        "title": "a", "title_en": "a", "body": "", "body_en": "", "severity": "info", "audience": "everyone", "starts_at": NOW,
        "ends_at": NOW + timedelta(days=1),
    }  # fmt: skip
    made = announcements.draft(edition, words, by=factories.officer(), at=NOW)
    return announcements.publish(made, version=0, by=factories.officer(), at=NOW)


def _new_ticket() -> dict[str, Any]:
    """What a copy of a ticket must have of its own, and how one begins."""
    return {
        "reference": "TK1", "page_token": "p", "mail_token": "m", "request_key": None, "state": "UNCONFIRMED", "late_at": None,
    }  # fmt: skip


def _erase(world: SimpleNamespace, **changes: Any) -> None:
    """Close the ticket and erase it in its time, but for the changes."""
    gone = {
        "state": "CLOSED",
        "answer_due_at": None,
        "erase_due_at": NOW,
        "erased_at": NOW,
        **ticket_erased(),
    }
    change(world.ticket, **gone | changes)


def _dismiss(world: SimpleNamespace, until: datetime | None) -> None:
    change(world.mail, handled_at=NOW, verdict="dismissed", erase_due_at=until)


TRIES = {
    "support_staffed_within_a_day": [lambda w: change(w.contact, staffed_until=w.contact.staffed_from)],
    "support_promises_an_answer": [
        lambda w: change(w.contact, first_answer_working_days=0),
        lambda w: change(w.contact, confirm_hours=0),
    ],
    "ticket_stays_what_it_is": [
        lambda w: change(w.ticket, page_token="x"),
        lambda w: change(w.ticket, company=w.spare_company),
    ],
    "ticket_asker_stays": [
        lambda w: change(w.ticket, email="x@y.tw"),
        lambda w: change(w.ticket, subject=""),
        lambda w: [_erase(w), change(w.ticket, name="林大明")],
        lambda w: [_erase(w), change(w.ticket, erased_at=None)],
    ],
    "ticket_kept_until_a_day_once_nothing_is_owed": [
        lambda w: change(w.ticket, erase_due_at=NOW),
        lambda w: change(w.ticket, state="CLOSED", answer_due_at=None),
    ],
    "ticket_erased_in_its_time": [
        lambda w: _erase(w, erase_due_at=NOW + timedelta(days=1)),
        lambda w: change(w.ticket, erased_at=NOW, **ticket_erased()),
        *[lambda w, name=name: _erase(w, **{name: "x"}) for name in ("name", "email", "subject")],
    ],
    "ticket_kept": [lambda w: drop(w.ticket)],
    "ticket_owes_an_answer_while_open": [
        lambda w: change(w.ticket, answer_due_at=None),
        lambda w: again(w.ticket, **_new_ticket(), answer_due_at=NOW),
    ],
    "ticket_of_a_company_for_its_order": [
        lambda w: again(w.ticket, **_new_ticket(), answer_due_at=None, company_id=None, order_id=w.order.pk)
    ],
    "ticket_of_a_known_county": [lambda w: change(w.ticket, county="台北市")],
    "inbound_mail_stays_what_it_is": [
        lambda w: change(w.mail, recipient="x@y.tw"),
        lambda w: change(w.mail, received_at=NOW + timedelta(days=1)),
    ],
    "inbound_mail_raw_stays": [
        lambda w: change(w.mail, raw=b"x"),
        lambda w: change(w.mail, from_email="x@y.tw"),
        lambda w: change(w.mail, erased_at=NOW, **mail_erased()),
        lambda w: [_dismiss(w, NOW + timedelta(days=1)), change(w.mail, erased_at=NOW, **mail_erased())],
    ],
    "inbound_mail_kept_with_a_ticket_or_until_a_day": [
        lambda w: change(w.mail, erase_due_at=NOW),
        lambda w: _dismiss(w, None),
    ],
    "inbound_mail_erased_whole": [
        lambda w: [_dismiss(w, NOW), change(w.mail, erased_at=NOW, **mail_erased() | {"raw": b"x"})],
        lambda w: [_dismiss(w, NOW), change(w.mail, erased_at=NOW, **mail_erased() | {"subject": "x"})],
    ],
    "inbound_mail_kept": [lambda w: drop(w.mail)],
    "inbound_mail_handled_with_a_verdict": [
        lambda w: change(w.mail, verdict="held"),
        lambda w: change(w.mail, handled_at=NOW),
    ],
    "ticket_message_append_only": [
        lambda w: change(w.said, body="x"),
        lambda w: [_erase(w), change(w.said, body="x")],
    ],
    "ticket_message_goes_with_its_ticket": [lambda w: drop(w.said)],
    "ticket_message_of_a_kept_ticket": [lambda w: [_erase(w), again(w.said, request_key=None)]],
    "ticket_message_says_something": [lambda w: again(w.said, body="", request_key=None)],
    "attachment_append_only": [
        lambda w: change(w.attachment, content=b"x"),
        lambda w: [_erase(w), change(w.attachment, content=b"x")],
    ],
    "attachment_goes_with_its_ticket": [lambda w: drop(w.attachment)],
    "attachment_has_a_size": [lambda w: again(w.attachment, size=0)],
    "announcement_published_stays": [
        lambda w: change(w.announcement, title="x"),
        lambda w: change(w.announcement, ends_at=NOW + timedelta(days=9)),
    ],
    "announcement_kept": [lambda w: drop(w.announcement)],
    "announcement_ends_after_it_starts": [lambda w: again(w.announcement, state="DRAFT", ends_at=NOW)],
    "announcement_published_at_a_moment": [lambda w: change(w.announcement, published_at=None)],
}  # fmt: skip
