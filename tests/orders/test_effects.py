"""What every button of an order says it does is what it does: points, money, deadlines, and who is told."""

from datetime import timedelta

import pytest

from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.core.models import Event
from tcloud.orders import operations as orders
from tcloud.orders.effects import LABELS, OTHER, TABLE, effects
from tcloud.orders.models import Obligation, Order
from tcloud.orders.states import ORDER
from tcloud.outbox.table import TABLE as LETTERS
from tcloud.payments.rules import InvoiceLines
from tcloud.points import queries as points
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = pytest.mark.django_db
MAKE = {
    "SUBMITTED": factories.submitted,
    "ACCEPTED": factories.accepted,
    "PAID": factories.paid,
    "DELIVERED": factories.delivered,
    "DISPUTED": lambda *of, at: orders.dispute(
        (order := factories.delivered(*of, at=at)), reason="x", by=factories.actor(order.company), at=at
    ),
}


def made(state, *, at=NOW):
    edition = factories.programme()
    return MAKE[state](edition, factories.granted(edition, at=at), at=at)


def said(order, act, *, at=NOW, **asked):
    return {each.aspect: each.sentence for each in effects(order, act, at=at, **asked)}


def test_every_act_of_a_person_on_a_sent_order_is_in_the_table():
    by_people = {move.name for move in ORDER.transitions if move.by - {"system"}} - {"discard", "submit"}
    assert set(TABLE) == by_people | {"invoice", "part_refund", "propose_refund", "confirm_transfer"}


@pytest.mark.parametrize("act", TABLE)
def test_told_are_those_whom_the_letters_go_to(act):
    told = TABLE[act].told
    either = {COMPANY, SUPPLIER} if told == (OTHER,) else set(told)
    assert {post.audience for post in LETTERS[TABLE[act].event]} == either


@pytest.mark.parametrize(
    ("act", "state", "expected"),
    [
        ("withdraw", "SUBMITTED", ["30,000 點立刻退回您的餘額，可用到2027年4月15日（四）", "2027年1月20日（三）", "供應商會收到"]),
        ("decline", "SUBMITTED", ["30,000 點立刻退回企業的餘額", "企業還沒有付款"]),
        ("accept", "SUBMITTED", ["自付款NT$30,000", "2027年1月19日（二）前付款", "2個工作天內開立全額發票", "7個工作天內提供服務"]),
        ("pay", "ACCEPTED", ["自付款NT$30,000", "2027年1月19日（二）前開立", "2027年1月26日（二）前提供"]),
        ("invoice", "PAID", ["契約全額NT$60,000", "開立發票的期限（2027年1月19日（二））即完成"]),
        ("deliver", "PAID", ["2027年1月22日（五）前確認", "30,000 點在企業確認後核銷"]),
        ("dispute", "PAID", ["開立發票與提供服務的期限照舊", "自付款NT$30,000先不動"]),
        ("dispute", "DELIVERED", ["確認服務的期限停止計算", "重新提供服務後，重新起算"]),
        ("deliver", "DISPUTED", ["爭議結束", "2027年1月22日（五）前確認"]),
        ("withdraw_dispute", "DISPUTED", ["爭議撤回，訂單完成", "30,000 點正式使用", "期限解除", "您與供應商"]),
        ("confirm", "DELIVERED", ["30,000 點正式使用", "自付款NT$30,000不會再退回"]),
        ("refund", "PAID", ["自付款NT$30,000列入待退", "30,000 點立刻退回企業的餘額", "期限全部解除"]),
        ("settle_dispute", "DISPUTED", ["30,000 點核銷", "自付款NT$30,000不退回"]),
        ("propose_refund", "PAID", ["對方同意後才會退款", "提議不會停止任何期限", "供應商會收到"]),
        ("part_refund", "PAID", ["訂單以其餘金額繼續", "小數進位", "填寫的金額列入待退", "期限照舊"]),
        ("confirm_transfer", "ACCEPTED", ["訂單立刻成立", "2027年1月19日（二）前開立", "您與企業都會"]),
    ],
)  # fmt: skip
def test_each_button_says_the_numbers_of_its_order(act, state, expected):
    told = said(made(state), act)
    assert set(told) == set(LABELS)
    assert all(told.values())
    for words in expected:
        assert any(words in sentence for sentence in told.values()), (words, told)


@pytest.mark.rule("R-16")
@pytest.mark.parametrize(
    ("after", "back", "words"),
    [
        (timedelta(days=89), 30_000, "30,000 點立刻退回企業的餘額，可用到2027年4月15日（四）。"),
        (timedelta(days=92), 0, "30,000 點的使用期限已過，會立刻收回，不能再用。"),
    ],
)
def test_points_come_back_as_was_said_before(after, back, words):
    """A paid order refunded before and after its grant has expired."""
    order = made("PAID")
    at = NOW + after
    assert said(order, "refund", at=at)["points"] == words
    foretold = points.would_return(order.number, at=at)
    orders.refund(order, reason="雙方同意", by=factories.officer(), at=at)
    assert foretold.back_points == back == points.spendable(order.programme, order.company, at=at)
    assert foretold.gone_points == 30_000 - back


@pytest.mark.rule("R-16")
def test_points_of_two_grants_are_told_apart():
    order = made("SUBMITTED")
    from tcloud.points.models import Grant, Reservation

    first = Reservation.objects.get()
    older = Grant.objects.get()
    older.pk, older.programme = None, factories.programme()
    older.expires_at = NOW - timedelta(days=1)
    older.save(force_insert=True)
    Reservation.objects.filter(pk=first.pk).update(points=18_000)
    Reservation.objects.create(order_number=order.number, grant=older, points=12_000)
    assert said(order, "withdraw")["points"] == (
        "18,000 點立刻退回您的餘額，可用到2027年4月15日（四）。另外12,000 點的使用期限已過，會立刻收回，不能再用。"
    )


DO = {
    "withdraw": ("SUBMITTED", lambda order: orders.withdraw(order, by=factories.actor(order.company), at=NOW)),
    "decline": ("SUBMITTED", lambda order: orders.decline(order, reason="x", by=factories.supplier_actor(order), at=NOW)),
    "pay": ("ACCEPTED", lambda order: gateway.settle(gateway.notice(order, at=NOW), at=NOW)),
    "deliver": ("PAID", lambda order: orders.deliver(order, note="x", by=factories.supplier_actor(order), at=NOW)),
    "refund": ("PAID", lambda order: orders.refund(order, reason="x", by=factories.officer(), at=NOW)),
}  # fmt: skip


@pytest.mark.parametrize("act", DO)
def test_deadlines_after_the_act_are_those_that_were_told(act):
    state, do = DO[act]
    order = made(state)
    told = said(order, act)["deadlines"]
    before = set(Obligation.objects.values_list("pk", flat=True))
    do(order)
    from tcloud.core.deadlines import last_day_words

    begun = Obligation.objects.exclude(pk__in=before)
    assert all(last_day_words(owed.due_at) in told for owed in begun)
    if Order.objects.get(pk=order.pk).ended_at:
        assert not [owed for owed in Obligation.objects.all() if owed.is_open]
    assert Event.objects.filter(type=TABLE[act].event).exists()
    assert {COMPANY, SUPPLIER} >= set(TABLE[act].told)


@pytest.mark.rule("R-27")
def test_after_a_part_went_back_every_button_speaks_of_the_rest():
    order = made("DELIVERED")
    told = said(order, "part_refund", by=SUPPLIER, refund_twd=10_000)
    assert told["points"].startswith("依相同比例釋出10,000 點，其餘20,000 點繼續保留。")
    assert told["told"] == "您與企業都會收到通知信。"
    orders.refund_part(order, 10_000, reason="x", by=factories.officer(), at=NOW)
    assert "20,000 點正式使用" in said(order, "confirm")["points"]
    assert "NT$20,000不會再退回" in said(order, "confirm")["money"]
    assert "NT$20,000列入待退" in said(order, "refund")["money"]


@pytest.mark.rule("R-24")
def test_buttons_speak_of_the_invoice_that_is_owed_now():
    order = made("PAID")
    assert "折讓" not in said(order, "refund")["deadlines"]
    by = factories.supplier_actor(order)
    lines = InvoiceLines(
        "AB12345678", NOW.date(), order.company.ubn, order.supplier.company.ubn, 57_143, 2_857, 60_000
    )
    orders.record_invoice(order, lines, by=by, at=NOW)
    assert "2027年1月19日（二）前作廢或開立折讓" in said(order, "refund")["deadlines"]
    later = NOW + timedelta(days=10)
    orders.void_invoice(order, reason="品名錯誤", by=by, at=later)
    due = Obligation.objects.get(order=order, kind="reissue").due_at
    from tcloud.core.deadlines import last_day_words

    assert said(order, "invoice", at=later)["deadlines"] == f"開立發票的期限（{last_day_words(due)}）即完成。"


@pytest.mark.rule("R-29")
def test_late_deliveries_and_invoices_say_that_they_count():
    order, late = made("PAID"), NOW + timedelta(days=30)
    assert "逾期計入履約紀錄" in said(order, "invoice", at=late)["deadlines"]
    assert "逾期計入履約紀錄" in said(order, "deliver", at=late)["deadlines"]
