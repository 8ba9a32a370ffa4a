"""Notices on the site: the same events and people as the letters, once each, in both languages, for 180 days."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from tcloud.core.models import Event
from tcloud.members.models import User
from tcloud.outbox import operations, queries
from tcloud.outbox.models import Message, Notice
from tcloud.outbox.operations import notices
from tcloud.points import operations as points
from tcloud.support.models import Ticket
from tests import factories
from tests.factories import NOW
from tests.support import scene

pytestmark = pytest.mark.django_db


def granted(*emails: str) -> Event:
    edition = factories.programme()
    company = factories.participant(edition)
    for email in emails:
        factories.user(company, email=email)
    points.grant(edition, company, by=factories.actor(company), at=NOW)
    return Event.objects.get(type="points.granted")


def test_everybody_who_is_written_to_and_signs_in_is_told_once_in_both_languages() -> None:
    event = granted("owner@example.tw", "colleague@example.tw")
    for _again in range(2):
        operations.deliver(event.pk, at=NOW)
    assert Notice.objects.count() == 2
    notice = queries.notices(User.objects.get(email="owner@example.tw")).get()
    assert notice.sentence == "您已獲得30,000點"
    assert "30,000" in notice.sentence_en
    assert notice.sentence_en != notice.sentence
    assert (notice.path, notice.at, notice.read_at) == ("/plans/", event.at, None)


def test_who_has_no_account_gets_the_letter_alone() -> None:
    scene.visitors(factories.programme(at=scene.FRIDAY))
    scene.letters()
    assert Message.objects.exists()
    assert not Notice.objects.exists()
    assert Ticket.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(at_once: Callable[..., list[Any]]) -> None:
    event = granted("owner@example.tw")
    outcomes = at_once(*[lambda: operations.deliver(event.pk, at=NOW)] * 4)
    assert sorted(outcomes) == [0, 0, 0, 1]
    assert (Notice.objects.count(), Message.objects.count(), len(mail.outbox)) == (1, 1, 1)


def test_unread_counts_no_further_than_shown_and_reads_only_ones_own() -> None:
    event = granted("owner@example.tw", "colleague@example.tw")
    operations.deliver(event.pk, at=NOW)
    owner, colleague = (User.objects.get(email=f"{name}@example.tw") for name in ("owner", "colleague"))
    first = queries.notices(owner).get()
    Notice.objects.bulk_create(
        Notice(user=owner, event=event, template=f"t{n}", sentence="s", sentence_en="s", path="/", at=NOW)
        for n in range(150)
    )
    assert queries.unread(owner) == queries.MOST_COUNTED + 1
    notices.read(first, by=colleague, at=NOW)
    assert Notice.objects.filter(read_at__isnull=False).count() == 0
    assert notices.read_all(by=owner, up_to=first.pk, at=NOW) == 1  # what came after the page was drawn stays
    newest = queries.notices(owner).latest("pk").pk
    assert notices.read_all(by=owner, up_to=newest, at=NOW) == 150
    assert (queries.unread(owner), queries.unread(colleague)) == (0, 1)


def test_forget_old_takes_what_is_older_than_180_days_and_leaves_the_event() -> None:
    event = granted("owner@example.tw")
    operations.deliver(event.pk, at=NOW)
    kept = event.at + timedelta(days=180)
    assert notices.forget_old(at=kept) == 0
    assert notices.forget_old(at=kept + timedelta(seconds=1)) == 1
    assert Event.objects.filter(pk=event.pk).exists()
    assert Message.objects.count() == 1
