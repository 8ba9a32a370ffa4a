"""Remittances: the company's word, the supplier's evidence, and that money is counted once and never lost (R-23, R-30)."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest

from tcloud.core import uploads
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.outbox import operations as outbox
from tcloud.payments import operations as payments
from tcloud.payments import queries
from tcloud.payments.models import BankReceipt, Charge, TransferNotice
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30", "R-23")]
TODAY, DUE_DAY = NOW.date(), date(2027, 1, 19)
EVIDENCE = uploads.File("存摺.pdf", "application/pdf", b"%PDF-1.7 x")


def with_bank(**changes):
    supplier, edition = factories.supplier(), factories.programme()
    payments.set_bank_account(
        supplier.company, bank_code="004", bank_name="臺灣銀行", account_no="012345678901", account_name="測試",
        by=factories.actor(supplier.company, "supplier"), at=NOW,
    )  # fmt: skip
    return factories.accepted(edition, factories.granted(edition), factories.plan(supplier))


@pytest.fixture
def order():
    return with_bank()


def state(order, *, at=NOW, **changes):
    values = {"last_five": "12345", "paid_on": at.date(), "by": factories.actor(order.company), "at": at}
    return orders.state_transfer(order, **values | changes)


def confirm(order, *, at=NOW, **changes):
    values = {
        "amount_twd": 30_000, "last_five": "12345", "received_on": TODAY, "evidence": EVIDENCE,
        "by": factories.supplier_actor(order), "at": at,
    }  # fmt: skip
    return orders.confirm_transfer(order, **values | changes)


def standing():
    return Order.objects.get().state, list(
        BankReceipt.objects.order_by("id").values_list("outcome", flat=True)
    )


def test_confirmed_remittance_pays_the_order_once(order):
    state(order)
    state(order)
    assert Event.objects.filter(type="transfer.stated").count() == 1
    assert {confirm(order).pk for _ in range(2)} == {BankReceipt.objects.get().pk}
    assert standing() == ("PAID", ["paid"])
    charge = Charge.objects.get()
    assert (charge.state, charge.method, charge.paid_at) == ("PAID", "bank_transfer", charge.created_at)
    assert not TransferNotice.objects.filter(answered_at=None).exists()
    orders.deliver(Order.objects.get(), note="n", by=factories.supplier_actor(order), at=NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_twd": 29_999}, "transfer.amount"),
        ({"last_five": "1234"}, "transfer.digits"),
        ({"last_five": "１２３４５"}, "transfer.digits"),
        ({"received_on": TODAY + timedelta(days=1)}, "transfer.date"),
        ({"received_on": TODAY - timedelta(days=1)}, "transfer.date"),
    ],
)
def test_wrong_receipt_is_refused(order, changes, code):
    with pytest.raises(Refusal) as refused:
        confirm(order, **changes)
    assert refused.value.code == code
    assert standing() == ("ACCEPTED", [])


def test_other_sum_is_kept_as_owed_back_and_pays_nothing(order):
    confirm(order, amount_twd=29_999, other_amount=True)
    assert standing() == ("ACCEPTED", ["amount"])
    receipt = queries.receipts_owed().get()
    for _ in range(2):
        payments.note_receipt_returned(receipt, reference="匯款 9", by=factories.officer(), at=NOW)
    assert not queries.receipts_owed().exists()
    assert Event.objects.filter(type="transfer.returned").count() == 1
    confirm(order)
    assert standing() == ("PAID", ["amount", "paid"])


def test_order_waits_for_the_supplier_when_the_company_said_so_in_time(order):
    due = Charge.objects.get().expires_at
    state(order, at=due - timedelta(seconds=1), paid_on=DUE_DAY)
    notice = TransferNotice.objects.get()
    assert notice.answer_before == due + timedelta(days=2)  # two working days more
    orders.close_deadlines(gateway=gateway.answering(), at=due)
    assert standing() == ("ACCEPTED", [])
    confirm(order, received_on=DUE_DAY, at=due + timedelta(days=1))
    assert standing() == ("PAID", ["paid"])


def test_word_at_the_last_moment_counts_though_the_scan_has_begun(order):
    """The scan has chosen the order and asks the gateway; meanwhile the company's word of just before arrives."""
    hand_over(order)
    due = Charge.objects.get().expires_at

    class Slow:
        merchant_id = gateway.answering().merchant_id

        def query(self, trade_no, *, amount_twd, at):
            state(order, at=due - timedelta(seconds=1), paid_on=DUE_DAY)
            return gateway.answering().query(trade_no, amount_twd=amount_twd, at=at)

    orders.close_deadlines(gateway=Slow(), at=due)
    assert standing() == ("ACCEPTED", [])


def test_no_word_no_wait(order):
    due = Charge.objects.get().expires_at
    state(order, at=due - timedelta(seconds=1), paid_on=DUE_DAY)
    orders.deny_transfer(order, by=factories.supplier_actor(order), at=due)
    orders.close_deadlines(gateway=gateway.answering(), at=due)
    assert standing() == ("UNPAID", [])
    confirm(order, received_on=DUE_DAY, at=due + timedelta(hours=1))
    assert standing() == ("UNPAID", ["late"])
    assert queries.owed_count() == 1


def open_words():
    return list(TransferNotice.objects.filter(answered_at=None))


def test_word_given_again_after_an_answer_is_looked_for_again(order):
    due = Charge.objects.get().expires_at
    at = due - timedelta(hours=1)
    state(order, at=at)
    orders.deny_transfer(order, by=factories.supplier_actor(order), at=at)
    for _ in range(2):
        state(order, at=at)
    assert len(open_words()) == 1
    _first, again = Event.objects.filter(type="transfer.stated").order_by("id")
    assert outbox.deliver(again.pk, at=at) == 1  # the supplier is written to once more
    orders.close_deadlines(gateway=gateway.answering(), at=due)
    assert standing() == ("ACCEPTED", [])
    confirm(order, at=due)
    assert standing() == ("PAID", ["paid"])


def test_word_given_again_when_its_wait_is_over_but_the_deadline_was_moved_waits_again(order):
    state(order)
    over = open_words()[0].answer_before
    Charge.objects.update(expires_at=over + timedelta(days=7))
    state(order, at=over, paid_on=TODAY)
    (again,) = open_words()
    assert again.answer_before > over + timedelta(days=7)


def test_silent_supplier_ends_the_wait(order):
    due = Charge.objects.get().expires_at
    state(order, at=due - timedelta(seconds=1), paid_on=DUE_DAY)
    orders.close_deadlines(gateway=gateway.answering(), at=due + timedelta(days=2))
    assert standing() == ("UNPAID", [])


def test_word_after_the_deadline_and_money_after_it_count_no_more(order):
    due = Charge.objects.get().expires_at
    with pytest.raises(Refusal) as refused:
        state(order, at=due, paid_on=DUE_DAY)
    assert refused.value.code == "charge.expired"
    confirm(order, received_on=DUE_DAY + timedelta(days=1), at=due)
    assert standing() == ("ACCEPTED", ["late"])


def hand_over(order):
    orders.checkout(order, gateway=gateway.answering(), site_url="https://t.test", by=factories.actor(order.company), at=NOW)  # fmt: skip


def card(order, of):
    fields = gateway.callback_fields(order, at=NOW, MerchantTradeNo=of.trade_no)
    return orders.receive_callback(
        urlencode(fields), fields, gateway=gateway.answering(), remote_address="", at=NOW
    )


def test_paid_by_card_as_well_both_sums_have_their_place(order):
    hand_over(order)
    first = Charge.objects.get()
    confirm(order)
    assert card(order, first) == "to_refund"  # money by card after the remittance
    assert set(Charge.objects.values_list("method", "state")) == {
        ("Credit_CreditCard", "TO_REFUND"),
        ("bank_transfer", "PAID"),
    }


def test_remittance_after_the_card_is_owed_back(order):
    hand_over(order)
    assert card(order, Charge.objects.get()) == "paid"
    confirm(order)
    assert standing() == ("PAID", ["again"])


def test_refund_of_a_remittance_is_left_to_people_at_once(order):
    confirm(order)
    orders.refund(Order.objects.get(), reason="r", by=factories.officer(), at=NOW)
    assert payments.refund_owed(gateway=gateway.answering(), at=NOW) == 0
    charge = Charge.objects.get()
    assert charge.refund_tries == 0
    payments.note_returned(charge, reference="匯款 1", by=factories.officer(), at=NOW)
    assert Charge.objects.get().state == "REFUNDED"


def test_supplier_without_an_account_takes_no_remittance():
    edition = factories.programme()
    order = factories.accepted(edition, factories.granted(edition))
    for act in (state, confirm):
        with pytest.raises(Refusal) as refused:
            act(order)
        assert refused.value.code == "transfer.none"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_confirmation_and_deadline_at_once_have_one_winner(at_once):
    order = with_bank()
    due = Charge.objects.get().expires_at
    at_once(
        lambda: confirm(order, received_on=DUE_DAY, at=due),
        lambda: orders.close_deadlines(gateway=gateway.answering(), at=due),
        lambda: confirm(order, received_on=DUE_DAY, at=due),
    )
    assert standing() in (("PAID", ["paid"]), ("UNPAID", ["late"]))
    assert Charge.objects.latest("id").state == ("PAID" if Order.objects.get().state == "PAID" else "CLOSED")
