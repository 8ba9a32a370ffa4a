"""The thread of an order: who may write, until when, once each; who has read what; who is written to."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.core.actors import AUDITOR, COMPANY, SUPPLIER, SUPPORT, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import accept
from tcloud.orders import correspondence
from tcloud.orders import operations as orders
from tcloud.orders.models import OrderMessage, OrderMessageFile
from tcloud.outbox import operations as outbox
from tcloud.outbox.models import Notice
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db]
FILE = accept("規格.pdf", b"%PDF-1.7")


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))


def says(order, side=COMPANY, text="何時可以開通？", key="k1", files=(), at=NOW):
    by = {COMPANY: factories.actor(order.company), SUPPLIER: factories.supplier_actor(order)}
    return orders.write(order, text, files, request_key=key, by=by.get(side) or factories.officer(), at=at)


def refused(code, order, **said):
    before = OrderMessage.objects.count(), OrderMessageFile.objects.count(), Event.objects.count()
    with pytest.raises(Refusal) as error:
        says(order, **said)
    assert error.value.code == code
    assert (OrderMessage.objects.count(), OrderMessageFile.objects.count(), Event.objects.count()) == before


@pytest.mark.rule("R-38")
def test_write_adds_one_message_however_often_it_is_sent(order):
    first = says(order, files=[FILE])
    assert says(order, files=[FILE]).pk == first.pk
    assert OrderMessageFile.objects.get().name == "規格.pdf"
    refused("message.key_reused", order, text="另一件事")
    refused("message.key_reused", order, side=SUPPLIER, files=[FILE])
    refused("message.key_reused", order, files=[])
    assert Event.objects.filter(type="order.message_written").count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_write_eight_times_at_once_adds_one(order, at_once):
    made = at_once(*[lambda: says(order, files=[FILE])] * 8)
    assert {message.pk for message in made} == {OrderMessage.objects.get().pk}


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("kind", [AUDITOR, SUPPORT, "visitor"])
def test_write_is_for_the_parties_and_officers(order, kind):
    with pytest.raises(Refusal) as error:
        orders.write(order, "您好", request_key="k", by=Actor(kind), at=NOW)
    assert error.value.code == "transition.not_yours"


def test_write_refuses_nothing_said_and_a_draft(order):
    refused("message.empty", order, text=" \r\n ")
    edition = order.programme
    refused("message.closed", factories.draft(edition, factories.granted(edition)))


@pytest.mark.parametrize(
    ("days", "hour", "open_still"), [(0, 20, True), (90, 23, True), (91, 0, False), (400, 12, False)]
)
def test_thread_closes_with_the_ninetieth_day_after_the_end(days, hour, open_still):
    edition = factories.programme()
    sent = factories.submitted(edition, factories.granted(edition))
    ended = orders.withdraw(sent, by=factories.actor(sent.company), at=NOW)
    at = (NOW + timedelta(days=days)).replace(hour=hour)
    assert correspondence.is_open(ended, at=at) is open_still
    if open_still:
        says(ended, at=at)
    else:
        refused("message.closed", ended, at=at)


def test_unread_counts_what_the_other_side_and_the_office_said(order):
    first = says(order)
    says(order, SUPPLIER, "下週一", "k2")
    note = says(order, "officer", "請雙方保留紀錄", "k3")
    assert correspondence.unread([order], COMPANY) == {order.pk: 2}
    assert correspondence.unread([order], SUPPLIER) == {order.pk: 2}
    assert correspondence.first_unread(order, SUPPLIER) == first.pk
    orders.read(order, side=SUPPLIER, last=note.pk, at=NOW)
    orders.read(order, side=SUPPLIER, last=first.pk, at=NOW)  # a page drawn earlier comes later
    assert correspondence.unread([order], SUPPLIER) == {}
    assert correspondence.unread([order], COMPANY) == {order.pk: 2}


def test_unread_of_many_orders_is_one_query(order):
    says(order, SUPPLIER)
    with CaptureQueriesContext(connection) as asked:
        correspondence.unread([order] * 20, COMPANY)
    assert len(asked) == 1


def letters():
    mail.outbox.clear()
    event = Event.objects.filter(type__in=["order.message_written", "order.note_written"]).latest("id")
    outbox.deliver(event.pk, at=NOW)
    return {sent.to[0]: f"{sent.subject}\n{sent.body}" for sent in mail.outbox}


def test_each_message_is_told_to_the_other_side_alone(order):
    says(order, text="何時可以開通？" * 60, files=[FILE])
    ((to, text),) = letters().items()
    assert to == order.supplier.contact_email
    assert f"訂單{order.number}有{order.company.name}的新留言" in text
    assert "附上1個檔案" in text
    assert "…" in text
    assert f"/supplier/orders/{order.number}/messages/" in text
    says(order, SUPPLIER, "下週一", "k2")
    told = letters()
    assert order.contact_email in told
    assert order.supplier.contact_email not in told


def test_a_message_is_also_a_notice_on_the_site_for_the_other_side_alone(order):
    theirs = factories.user(order.supplier.company)
    says(order)
    letters()
    assert {notice.user for notice in Notice.objects.all()} == {theirs}
    assert f"/supplier/orders/{order.number}/messages/" in Notice.objects.get().path


def test_note_of_an_officer_is_told_to_both(order):
    says(order, "officer", "請雙方保留紀錄")
    assert {order.contact_email, order.supplier.contact_email} <= set(letters())


def test_what_was_read_before_the_letter_is_not_told_again(order):
    message = says(order)
    orders.read(order, side=SUPPLIER, last=message.pk, at=NOW)
    assert letters() == {}
