"""R-27: refunds that both agree on, whole and in part: money back once, points in the same share, one winner of two clicks."""

from functools import partial

import pytest
from django.db import DatabaseError, transaction

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.invoices.rules import AllowanceLines
from tcloud.orders import operations as orders
from tcloud.orders import queries
from tcloud.orders.models import Obligation, Order, RefundProposal
from tcloud.orders.rules import points_with_refund
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, Refund
from tcloud.payments.rules import InvoiceLines
from tcloud.points import books
from tcloud.points import queries as points
from tcloud.points.models import Grant
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-27")]


@pytest.fixture
def edition(db):
    return factories.programme()


@pytest.fixture
def order(edition):
    return factories.paid(edition, factories.granted(edition))


def company(order):
    return factories.actor(order.company)


def supplier(order):
    return factories.supplier_actor(order)


def propose(order, amount, by=company, **changes):
    return orders.propose_refund(order, amount, **{"reason": "用不到", "by": by(order), "at": NOW} | changes)


def agree(proposal, by=supplier):
    return orders.answer_refund(proposal, agree=True, by=by(proposal.order), at=NOW)


class Gateway:
    """Accepts every refund and remembers it."""

    def __init__(self):
        self.sent = []

    def refund(self, *, amount_twd, **_asked):
        self.sent.append(amount_twd)


@pytest.mark.rule("R-17")
@pytest.mark.parametrize(
    ("held", "left", "refund", "released"),
    [(30_000, 30_000, 10_000, 10_000), (10, 30_000, 1, 1), (30_000, 70_000, 1, 1), (9_999, 10_000, 3_333, 3_333),
     (1, 29_999, 29_998, 1), (0, 100, 50, 0), (29_999, 30_000, 29_999, 29_999)],
)  # fmt: skip
def test_points_follow_the_cash_rounded_up(held, left, refund, released):
    assert points_with_refund(held, left, refund) == released
    assert held - released <= left - refund


@pytest.mark.parametrize(("by", "answers"), [(company, supplier), (supplier, company)])
def test_whole_refund_that_both_agree_on_ends_the_order(order, by, answers):
    proposal = propose(order, 30_000, by)
    assert Order.objects.get().state == "PAID"
    agree(proposal, answers)
    agree(proposal, answers)  # pressed twice
    order.refresh_from_db()
    assert (order.state, order.reason, Charge.objects.get().state) == ("REFUNDED", "用不到", "TO_REFUND")
    assert points.held_for(order.number) == 0
    assert queries.price_cut_twd(order) == 60_000
    assert not Obligation.objects.filter(fulfilled_at=None, lifted_at=None).exists()


@pytest.mark.rule("R-17", "R-18")
def test_part_that_both_agree_on_leaves_the_order_going(order):
    agree(propose(order, 10_000))
    order.refresh_from_db()
    assert (order.state, Charge.objects.get().state) == ("PAID", "PAID")
    assert (order.price_twd, order.points, order.cash_twd) == (60_000, 30_000, 30_000)  # as it was signed
    assert points.held_for(order.number) == 20_000
    assert queries.price_cut_twd(order) == 20_000
    agree(propose(order, 5_001, supplier), company)
    assert points.held_for(order.number) == 14_999
    gateway = Gateway()
    for _ in range(3):
        payments.refund_owed(gateway=gateway, at=NOW)
    assert gateway.sent == [10_000, 5_001]
    orders.deliver(order, note="請登入", by=supplier(order), at=NOW)
    orders.confirm(order, by=company(order), at=NOW)
    grant = Grant.objects.get()
    assert points.statement(grant.programme, grant.company, at=NOW).redeemed_points == 14_999
    assert books.audit()["balanced"]


def test_officer_refunds_the_rest_after_a_part_and_nothing_twice(order):
    orders.refund_part(order, 10_000, reason="部分未提供", by=factories.officer(), at=NOW)
    orders.refund(order, reason="停止服務", by=factories.officer(), at=NOW)
    gateway = Gateway()
    for _ in range(3):
        payments.refund_owed(gateway=gateway, at=NOW)
    assert sorted(gateway.sent) == [10_000, 20_000]
    assert points.held_for(order.number) == 0
    assert books.audit()["balanced"]


def test_part_agreed_on_in_a_dispute_settles_it(order):
    orders.dispute(order, reason="少了兩個帳號", by=company(order), at=NOW)
    agree(propose(order, 6_000, supplier), company)
    order.refresh_from_db()
    assert order.state == "COMPLETED"
    grant = Grant.objects.get()
    statement = points.statement(grant.programme, grant.company, at=NOW)
    assert (statement.redeemed_points, statement.spendable_points) == (24_000, 6_000)
    assert books.audit()["balanced"]


@pytest.mark.rule("R-16")
def test_points_of_a_part_go_to_the_budget_when_their_time_is_over(order):
    Grant.objects.update(expires_at=NOW, activate_before=NOW)
    agree(propose(order, 10_000))
    assert books.audit()["balanced"]
    grant = Grant.objects.get()
    assert points.statement(grant.programme, grant.company, at=NOW).spendable_points == 0


def owed_back(order):
    return list(
        Obligation.objects.filter(order=order, kind="credit")
        .order_by("id")
        .values_list("fulfilled_at", "lifted_at")
    )


def invoiced(order):
    lines = InvoiceLines(
        "AB12345678", NOW.date(), order.company.ubn, order.supplier.company.ubn, 57_143, 2_857, 60_000
    )
    return orders.record_invoice(order, lines, by=supplier(order), at=NOW)


@pytest.mark.parametrize("invoice_first", [True, False])
@pytest.mark.rule("R-24", "R-27")
def test_part_is_to_be_taken_off_the_invoice_by_an_allowance(order, invoice_first):
    if invoice_first:
        invoiced(order)
        agree(propose(order, 10_000))
    else:
        agree(propose(order, 10_000))
        assert not owed_back(order)
        invoiced(order)  # of the full price
    assert owed_back(order) == [(None, None)]
    allow = partial(orders.record_allowance, order, reason="部分退款", by=supplier(order), at=NOW)
    allow(AllowanceLines("AL1", NOW.date(), 10_000, 500))
    assert owed_back(order) == [(None, None)]
    allow(AllowanceLines("AL2", NOW.date(), 9_048, 452))
    assert owed_back(order) == [(NOW, None)]
    agree(propose(order, 1_000))
    assert owed_back(order) == [(NOW, None), (None, None)]


def test_voided_invoice_leaves_the_allowance_to_the_next_one(order):
    invoiced(order)
    agree(propose(order, 10_000))
    orders.void_invoice(order, reason="開錯", by=supplier(order), at=NOW)
    assert owed_back(order) == [(None, NOW)]
    orders.record_invoice(
        order,
        InvoiceLines(
            "AB12345679", NOW.date(), order.company.ubn, order.supplier.company.ubn, 57_143, 2_857, 60_000
        ),
        by=supplier(order),
        at=NOW,
    )
    assert owed_back(order) == [(None, NOW), (None, None)]


REFUSED = {
    "nothing": (lambda o: propose(o, 0), "refund.amount"),
    "more than was paid": (lambda o: propose(o, 30_001), "refund.amount"),
    "no reason": (lambda o: propose(o, 1, reason=" "), "order.reason_missing"),
    "two at a time": (lambda o: (propose(o, 1), propose(o, 2, supplier)), "refund.open"),
    "agreeing with oneself": (lambda o: agree(propose(o, 1), company), "refund.own"),
    "refusing without a reason": (
        lambda o: orders.answer_refund(propose(o, 1), agree=False, by=supplier(o), at=NOW),
        "order.reason_missing",
    ),
    "taking back another's": (
        lambda o: orders.withdraw_refund(propose(o, 1), by=supplier(o), at=NOW), "transition.not_yours",
    ),
    "agreeing to what was taken back": (
        lambda o: agree(orders.withdraw_refund(propose(o, 1), by=company(o), at=NOW)), "transition.not_now",
    ),
    "all of it as a part": (
        lambda o: orders.refund_part(o, 30_000, reason="r", by=factories.officer(), at=NOW), "refund.too_much",
    ),
    "an officer in place of a party": (
        lambda o: orders.answer_refund(propose(o, 1), agree=True, by=factories.officer(), at=NOW),
        "transition.not_yours",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(order, name):
    act, code = REFUSED[name]
    with pytest.raises(Refusal) as refused:
        act(order)
    assert refused.value.code == code
    assert not Refund.objects.exists()
    assert points.held_for(order.number) == 30_000


@pytest.mark.parametrize(
    "act",
    [
        lambda order, by: orders.refund(order, reason="查證", by=by, at=NOW),
        lambda order, by: orders.refund_part(order, 1_000, reason="查證", by=by, at=NOW),
        lambda order, by: orders.settle_dispute(order, reason="查證", by=by, at=NOW),
    ],
)
@pytest.mark.parametrize("party", [company, supplier])
def test_what_an_officer_decides_no_party_decides_alone(order, act, party):
    orders.dispute(order, reason="無法登入", by=company(order), at=NOW)
    with pytest.raises(Refusal) as refused:
        act(order, party(order))
    assert refused.value.code == "transition.not_yours"


def test_officers_decide_and_propose_nothing(order):
    with pytest.raises(Refusal) as refused:
        propose(order, 1, by=lambda _order: factories.officer())
    assert refused.value.code == "transition.not_yours"


@pytest.mark.parametrize("state", ["unpaid", "completed"])
def test_nothing_to_agree_on_before_payment_and_after_completion(edition, state):
    if state == "unpaid":
        order = factories.accepted(edition, factories.granted(edition))
    else:
        order = factories.delivered(edition, factories.granted(edition))
        orders.confirm(order, by=company(order), at=NOW)
    with pytest.raises(Refusal) as refused:
        propose(order, 1)
    assert refused.value.code == "transition.not_now"
    order.refresh_from_db()
    assert queries.refund_standing(order).left_twd == 0


def test_proposal_lapses_with_the_order(order):
    proposal = propose(order, 10_000)
    orders.refund(order, reason="停止服務", by=factories.officer(), at=NOW)
    assert RefundProposal.objects.get().state == "LAPSED"
    with pytest.raises(Refusal):
        agree(proposal)
    assert not Refund.objects.exists()


def test_database_never_gives_back_a_charge_in_parts_only(order):
    charge = Charge.objects.get()
    refund = {"charge": charge, "points": 0, "reason": "r", "decided_at": NOW}
    Refund.objects.create(amount_twd=20_000, **refund)
    with pytest.raises(DatabaseError, match="Cannot give back"), transaction.atomic():
        Refund.objects.create(amount_twd=10_000, **refund)


def test_officer_notes_a_return_only_when_the_platform_has_given_up(order):
    orders.refund(order, reason="r", by=factories.officer(), at=NOW)
    charge = Charge.objects.get()
    with pytest.raises(Refusal) as refused:
        payments.note_returned(charge, reference="匯款 123", by=factories.officer(), at=NOW)
    assert refused.value.code == "refund.under_way"
    Charge.objects.update(refund_tries=5)  # by ATM: the gateway can't
    payments.note_returned(charge, reference="匯款 123", by=factories.officer(), at=NOW)
    assert Charge.objects.get().state == "REFUNDED"
    assert Event.objects.get(type="charge.refunded").data["reference"] == "匯款 123"
    assert payments.refund_owed(gateway=Gateway(), at=NOW) == 0


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_agreeing_and_taking_back_at_once_has_one_winner(at_once):
    edition = factories.programme()
    order = factories.paid(edition, factories.granted(edition))
    proposal = propose(order, 10_000)
    at_once(
        lambda: agree(proposal),
        lambda: orders.withdraw_refund(proposal, by=company(order), at=NOW),
        lambda: agree(proposal),
        lambda: orders.refund_part(order, 4_000, reason="r", by=factories.officer(), at=NOW),
    )
    state = RefundProposal.objects.get().state
    given = sorted(Refund.objects.values_list("amount_twd", flat=True))
    assert given in ([4_000], [4_000, 10_000])
    assert (10_000 in given) == (state == "AGREED")
    assert points.held_for(order.number) == 30_000 - sum(given)
