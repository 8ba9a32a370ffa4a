"""Every event's letters: each person once, whatever is repeated, interrupted or refused."""

import smtplib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.core.models import Event
from tcloud.members.models import User
from tcloud.orders import operations as orders
from tcloud.outbox import operations, queries
from tcloud.outbox.models import Message
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = pytest.mark.django_db


def granted() -> Event:
    """A company with one person has received its points."""
    edition = factories.programme()
    company = factories.participant(edition)
    factories.user(company, email="owner@example.tw")
    from tcloud.points import operations as points

    points.grant(edition, company, by=factories.actor(company), at=NOW)
    return Event.objects.get(type="points.granted")


def deliver(event: Event) -> int:
    return operations.deliver(event.pk, at=NOW)


def test_deliver_writes_to_everybody_of_the_company_in_each_ones_language() -> None:
    event = granted()
    company = User.objects.get(email="owner@example.tw").memberships.get().company
    other = factories.user(company, email="colleague@example.tw")
    User.objects.filter(pk=other.pk).update(language="en")
    assert deliver(event) == 2
    by_address = {letter.to[0]: letter for letter in mail.outbox}
    assert by_address["owner@example.tw"].extra_headers["Content-Language"] == "zh-hant"
    assert "30,000" in by_address["owner@example.tw"].body
    assert "2027年2月15日（一）" in by_address["owner@example.tw"].body
    assert "Mon 15 Feb 2027" in by_address["colleague@example.tw"].body
    assert "/en/plans/" in by_address["colleague@example.tw"].body


def test_deliver_repeated_sends_nothing_twice() -> None:
    event = granted()
    assert (deliver(event), deliver(event), len(mail.outbox)) == (1, 0, 1)
    assert Message.objects.get().tries == 1


def test_deliver_of_an_event_that_concerns_nobody_sends_nothing() -> None:
    granted()
    assert deliver(Event.objects.filter(type="programme.appropriated").get()) == 0
    assert not Message.objects.exists()


def test_deliver_refused_by_the_server_asks_to_be_repeated_and_keeps_no_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = granted()
    refusal = smtplib.SMTPRecipientsRefused({"owner@example.tw": (450, b"owner@example.tw is busy")})
    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", _raise(refusal))
        with pytest.raises(operations.DeliveryFailed) as failure:
            deliver(event)
    message = queries.not_sent().get()
    assert (message.sent_at, message.tries, message.error) == (None, 1, "SMTPRecipientsRefused 450")
    assert "owner" not in str(failure.value)
    assert deliver(event) == 1
    assert not queries.not_sent().exists()


def test_deliver_gives_up_a_letter_that_was_overtaken_before_it_could_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edition = factories.programme()
    order = factories.accepted(edition, factories.granted(edition))
    event = Event.objects.get(type="order.accepted")
    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", _raise(smtplib.SMTPServerDisconnected("gone")))
        with pytest.raises(operations.DeliveryFailed):
            deliver(event)
    assert gateway.settle(gateway.notice(order, at=NOW), at=NOW) == "paid"
    assert deliver(event) == 0  # “please pay” is no longer true
    assert {(row.sent_at, row.error) for row in Message.objects.filter(event=event)} == {
        (None, queries.OVERTAKEN)
    }
    assert not queries.not_sent().filter(event=event, given_up_at=None).exists()


def test_deliver_refused_for_one_still_reaches_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    event = granted()
    company = User.objects.get(email="owner@example.tw").memberships.get().company
    factories.user(company, email="colleague@example.tw")
    send: Any = EmailMultiAlternatives.send

    def some(letter: EmailMultiAlternatives, *args: Any, **kwargs: Any) -> int:
        if letter.to == ["owner@example.tw"]:
            raise smtplib.SMTPServerDisconnected("gone")
        return int(send(letter, *args, **kwargs))

    monkeypatch.setattr(EmailMultiAlternatives, "send", some)
    for _again in range(2):
        with pytest.raises(operations.DeliveryFailed):
            deliver(event)
    assert [letter.to for letter in mail.outbox] == [["colleague@example.tw"]]


def test_deliver_gives_a_letter_sent_again_after_a_crash_the_same_message_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server took the letter, and the process died before that was noted: at least once, recognisably the same."""
    event = granted()
    send: Any = EmailMultiAlternatives.send

    def dies(letter: EmailMultiAlternatives) -> int:
        send(letter)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver(event)
    assert Message.objects.get().sent_at is None
    assert deliver(event) == 1
    first, second = (letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert first == second


def test_deliver_keeps_a_line_break_in_a_name_out_of_the_headers() -> None:
    event = granted()
    grant_company = User.objects.get(email="owner@example.tw").memberships.get().company
    edition = grant_company.grants.get().programme
    type(edition).objects.filter(pk=edition.pk).update(name="雲市集\r\nBcc: all@example.tw")
    assert deliver(event) == 1
    assert mail.outbox[0].subject.startswith("【雲市集 Bcc: all@example.tw】")


def test_deliver_escapes_what_people_wrote_in_html_only() -> None:
    edition = factories.programme()
    order = factories.submitted(edition, factories.granted(edition))
    orders.decline(order, reason="<b>缺貨</b> & 停售", by=factories.supplier_actor(order), at=NOW)
    deliver(Event.objects.get(type="order.declined"))
    letter = mail.outbox[-1]
    html = letter.alternatives[0][0]
    assert "<b>缺貨</b> & 停售" in letter.body
    assert "&lt;b&gt;缺貨" in html
    assert "<b>缺貨" not in html


def test_an_announced_event_queues_its_delivery_and_the_worker_knows_the_task() -> None:
    from tcloud.outbox.tasks import deliver as task

    event = granted()
    jobs = ProcrastinateJob.objects.filter(task_name=task.name, queue_name="outbox")
    assert event.pk in [job.args["event_id"] for job in jobs]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_deliver_by_two_workers_at_once_sends_once(
    at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = granted()
    send: Any = EmailMultiAlternatives.send
    both_at_the_letter = threading.Barrier(2, timeout=0.5)

    def slowly(letter: EmailMultiAlternatives) -> int:
        try:
            both_at_the_letter.wait()  # the other must not come here while this one sends
        except threading.BrokenBarrierError:
            return int(send(letter))
        raise AssertionError("both were sending")

    monkeypatch.setattr(EmailMultiAlternatives, "send", slowly)
    outcomes = at_once(lambda: deliver(event), lambda: deliver(event))
    assert sorted(outcomes) == [0, 1]
    assert len(mail.outbox) == 1


def test_the_job_is_repeated_ever_later_and_then_left_to_people() -> None:
    from types import SimpleNamespace

    from tcloud.outbox.tasks import MINUTES, Patiently

    failure, strategy = operations.DeliveryFailed(), Patiently()
    waits = [
        decision.retry_at
        for attempts in range(len(MINUTES))
        if (decision := strategy.get_retry_decision(exception=failure, job=_job(SimpleNamespace, attempts)))
    ]
    assert len(waits) == len(MINUTES)
    assert waits == sorted(waits, key=str)
    assert strategy.get_retry_decision(exception=failure, job=_job(SimpleNamespace, len(MINUTES))) is None


def _job(kind: Any, attempts: int) -> Any:
    return kind(attempts=attempts)


def _raise(error: Exception) -> Callable[..., int]:
    def send(*args: Any, **kwargs: Any) -> int:
        raise error

    return send
