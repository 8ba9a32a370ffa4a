"""What only officers can decide about an order reaches them by mail: once each, in their language, with where it is decided (R-27, R-30)."""

from datetime import timedelta

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.adapters.gateway_port import RefundOutcomeUnknown, RefundRefused
from tcloud.core.events import DELIVER_TASK
from tcloud.core.models import Event
from tcloud.orders import operations as orders
from tcloud.outbox import operations
from tcloud.outbox.models import Notice
from tcloud.payments import operations as payments
from tcloud.payments.models import BankReceipt, Charge, Refund
from tests import factories
from tests.factories import NOW
from tests.orders.test_transfers import confirm, with_bank
from tests.payments.gateway import answering, codes_fields, notice, settle
from tests.payments.test_refund_owed import Gateway

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-27", "R-30")]
OFFICER, FOREIGNER = "officer@example.tw", "officer.en@example.tw"


@pytest.fixture(autouse=True)
def officers():
    factories.user(staff_role="officer", email=OFFICER)
    foreigner = factories.user(staff_role="officer", email=FOREIGNER)
    foreigner.language = "en"
    foreigner.save()


def disputed():
    edition = factories.programme()
    order = factories.delivered(edition, factories.granted(edition))
    return orders.dispute(order, reason="無法登入", by=factories.actor(order.company), at=NOW)


def paid_wrongly():
    edition = factories.programme()
    order = factories.accepted(edition, factories.granted(edition))
    assert settle(notice(order, at=NOW, TradeAmt=29_000), at=NOW) == "amount"
    return order


def owed_back(*, part=0):
    edition = factories.programme()
    order = factories.paid(edition, factories.granted(edition))
    if part:
        orders.refund_part(order, part, reason="因為颱風", by=factories.officer(), at=NOW)
    else:
        orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    return order


def send_back(answer, times=1):
    gateway = Gateway(*[answer] * times)
    for left in reversed(range(times)):  # the last at NOW
        payments.refund_owed(gateway=gateway, at=NOW - timedelta(days=3 * left))


def refused():
    order = owed_back()
    send_back(RefundRefused("10", "餘額不足"), 5)
    return order


def part_refused():
    order = owed_back(part=10_000)
    send_back(RefundRefused("10", "餘額不足"), 5)
    return order


def uncertain():
    order = owed_back()
    send_back(RefundOutcomeUnknown("silence"))
    return order


def wrongly_remitted():
    order = with_bank()
    confirm(order, amount_twd=29_999, other_amount=True)
    return order


def pk(model):
    return model.objects.defer("content").get().pk if model is BankReceipt else model.objects.get().pk


CASES = {
    "order.disputed": (disputed, "無法登入", lambda order: f"/office/orders/{order.number}/"),
    "charge.mismatch": (paid_wrongly, "通知的金額是NT$29,000，應付的是NT$30,000", lambda order: f"/office/orders/{order.number}/"),
    "charge.refund_failed": (refused, "餘額不足", lambda order: f"/office/refunds/charge/{pk(Charge)}/"),
    "charge.refund_failed of a part": (part_refused, "待退金額：NT$10,000", lambda order: f"/office/refunds/part/{pk(Refund)}/"),
    "charge.refund_uncertain": (uncertain, "2027年1月16日（六） 10:00以後", lambda order: f"/office/refunds/charge/{pk(Charge)}/"),
    "transfer.owed_back": (wrongly_remitted, "NT$29,999", lambda order: f"/office/transfers/{pk(BankReceipt)}/"),
}  # fmt: skip


def queued(type):
    """The events of that type whose delivery is queued, the oldest first."""
    jobs = ProcrastinateJob.objects.filter(task_name=DELIVER_TASK).order_by("id")
    wanted = [job.args["event_id"] for job in jobs]
    return list(Event.objects.filter(pk__in=wanted, type=type).order_by("id"))


def deliver(type):
    """Run what is queued, each twice: {officer's address: letters}."""
    mail.outbox.clear()
    for event in queued(type) * 2:
        operations.deliver(event.pk, at=NOW)
    return {who: [sent for sent in mail.outbox if sent.to == [who]] for who in (OFFICER, FOREIGNER)}


@pytest.mark.parametrize("case", CASES)
def test_officers_hear_once_what_happened_since_when_and_where_it_is_decided(case, client):
    make, said, path = CASES[case]
    order = make()
    sent = deliver(case.partition(" ")[0])
    (chinese,), (english,) = sent[OFFICER], sent[FOREIGNER]
    where = path(order)
    for letter, prefix, moment in (
        (chinese, "", "2027年1月15日（五） 10:00"),
        (english, "/en", "Fri 15 Jan 2027, 10:00"),
    ):
        for text in (letter.body, letter.alternatives[0].content):
            assert order.number in text
            assert moment in text
            assert f"{prefix}{where}" in text
    assert order.number in chinese.subject
    assert said in chinese.body
    assert english.subject != chinese.subject
    assert set(Notice.objects.filter(user__email=OFFICER).values_list("path", flat=True)) == {where}
    client.force_login(factories.user(staff_role="officer"))
    assert client.get(where).status_code == 200


def test_a_mismatch_that_the_gateway_repeats_is_told_once_and_another_one_again():
    order = paid_wrongly()
    for _ in range(2):
        assert settle(notice(order, at=NOW, TradeAmt=29_000), at=NOW) == "amount"
    assert settle(notice(order, at=NOW, MerchantID="2000132"), at=NOW) == "merchant"
    assert len(queued("charge.mismatch")) == 4
    told = [letter.body for letter in deliver("charge.mismatch")[OFFICER]]
    assert ["特店編號" in body for body in told] == [False, True]


def test_codes_for_another_amount_are_told_as_codes():
    order = factories.accepted(edition := factories.programme(), factories.granted(edition))
    fields = codes_fields(order, at=NOW, TradeAmt=29_000)
    assert orders.receive_codes("", fields, gateway=answering(), remote_address="", at=NOW) == "amount"
    (letter,) = deliver("charge.mismatch")[OFFICER]
    assert "沒有轉給企業" in letter.body
    assert "付清" not in letter.body


def test_what_is_decided_meanwhile_is_told_to_no_officer():
    order = disputed()
    orders.settle_dispute(order, reason="服務成立", by=factories.officer(), at=NOW)
    assert deliver("order.disputed") == {OFFICER: [], FOREIGNER: []}
    refused()
    payments.note_returned(
        Charge.objects.get(state="TO_REFUND"), reference="匯款 5", by=factories.officer(), at=NOW
    )
    assert deliver("charge.refund_failed") == {OFFICER: [], FOREIGNER: []}
