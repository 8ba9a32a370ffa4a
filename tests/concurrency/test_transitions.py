"""Two hundred rounds, eight threads each, of acts that exclude each other: one wins, the others are refused or told the same."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.building import discard
from tcloud.payments.models import Charge
from tests import factories
from tests.concurrency.cheap import Shop, accept, check_points, eight, moves
from tests.factories import NOW
from tests.payments import gateway

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
ROUNDS = 20
Act = Callable[[], Any]


def _by_buyer(operation: Callable[..., Order], **words: str) -> Callable[[Shop, Order], Act]:
    return lambda shop, order: partial(operation, order, by=shop.buyer, at=NOW, **words)


def _by_supplier(operation: Callable[..., Order], **words: str) -> Callable[[Shop, Order], Act]:
    return lambda shop, order: partial(operation, order, by=shop.supplier, at=NOW, **words)


def _by_officer(operation: Callable[..., Order]) -> Callable[[Shop, Order], Act]:
    return lambda shop, order: partial(operation, order, reason="查證屬實", by=factories.officer(), at=NOW)


def _accept(shop: Shop, order: Order) -> Act:
    return partial(accept, shop, order, shop.sitting(order))


def _pay(shop: Shop, order: Order) -> Act:
    said = gateway.notice(order, at=NOW)
    return lambda: gateway.settle(said, at=NOW) == "paid"


def _scan(kind: str) -> Callable[[Shop, Order], Act]:
    """The scan at the first moment after the deadline; it does not say whose deadline it closed."""

    def prepare(shop: Shop, order: Order) -> Act:
        due = Obligation.objects.get(order=order, kind=kind).due_at

        def scan() -> bool:
            orders.close_deadlines(gateway=gateway.answering(), at=due)
            return False

        return scan

    return prepare


@dataclass(frozen=True)
class Conflict:
    """What an order is when the acts begin, and each act by the event that it causes when it wins."""

    begin: Callable[[Shop], Order]
    acts: dict[str, Callable[[Shop, Order], Act]]
    repeats_are_answered: frozenset[str] = frozenset()


CONFLICTS = {
    "submit-discard": Conflict(
        Shop.draft,
        {"order.submitted": _by_buyer(orders.submit), "order.discarded": _by_buyer(discard)},
        frozenset({"order.submitted"}),
    ),
    "withdraw-accept": Conflict(
        Shop.submitted,
        {"order.withdrawn": _by_buyer(orders.withdraw), "order.accepted": _accept},
        frozenset({"order.accepted"}),
    ),
    "withdraw-decline": Conflict(
        Shop.submitted,
        {
            "order.withdrawn": _by_buyer(orders.withdraw),
            "order.declined": _by_supplier(orders.decline, reason="額滿"),
        },
    ),
    "accept-decline-lapse": Conflict(
        Shop.submitted,
        {
            "order.accepted": _accept,
            "order.declined": _by_supplier(orders.decline, reason="額滿"),
            "order.lapsed": _scan("accept"),
        },
        frozenset({"order.accepted"}),
    ),
    "pay-miss_payment": Conflict(Shop.accepted, {"order.paid": _pay, "order.unpaid": _scan("pay")}),
    "deliver-twice": Conflict(
        Shop.paid, {"order.delivered": _by_supplier(orders.deliver, note="請以信箱登入")}
    ),
    "confirm-refund": Conflict(
        Shop.delivered,
        {"order.completed": _by_buyer(orders.confirm), "order.refunded": _by_officer(orders.refund)},
        frozenset({"order.completed"}),
    ),
    "confirm-dispute": Conflict(
        Shop.delivered,
        {
            "order.completed": _by_buyer(orders.confirm),
            "order.disputed": _by_buyer(orders.dispute, reason="無法登入"),
        },
        frozenset({"order.completed"}),
    ),
    "confirm_by_silence-dispute": Conflict(
        Shop.delivered,
        {
            "order.completed": _scan("confirm"),
            "order.disputed": _by_buyer(orders.dispute, reason="無法登入"),
        },
    ),
    "deliver_again-settle_dispute": Conflict(
        Shop.disputed,
        {
            "order.delivered": _by_supplier(orders.deliver, note="已補開帳號"),
            "order.dispute_settled": _by_officer(orders.settle_dispute),
        },
    ),
    "deliver_again-withdraw_dispute": Conflict(
        Shop.disputed,
        {
            "order.delivered": _by_supplier(orders.deliver, note="已補開帳號"),
            "order.dispute_withdrawn": _by_buyer(orders.withdraw_dispute),
        },
        frozenset({"order.dispute_withdrawn"}),
    ),
    "withdraw_dispute-refund": Conflict(
        Shop.disputed,
        {
            "order.dispute_withdrawn": _by_buyer(orders.withdraw_dispute),
            "order.refunded": _by_officer(orders.refund),
        },
        frozenset({"order.dispute_withdrawn"}),
    ),
    "settle_dispute-refund": Conflict(
        Shop.disputed,
        {
            "order.dispute_settled": _by_officer(orders.settle_dispute),
            "order.refunded": _by_officer(orders.refund),
        },
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_transitions_have_exactly_one_winner(race, name):
    shop, conflict = Shop(), CONFLICTS[name]
    won: set[str] = set()
    for _round in range(ROUNDS):
        order = conflict.begin(shop)
        before, version = moves(order), Order.objects.get(pk=order.pk).version
        named = eight(*conflict.acts)
        prepared = {event: prepare(shop, order) for event, prepare in conflict.acts.items()}
        outcomes = race(*[prepared[event] for event in named])
        new = moves(order)[len(before) :]
        assert len(new) == 1, new
        won.add(new[0])
        claims = [
            event
            for event, said in zip(named, outcomes, strict=True)
            if said and not isinstance(said, Refusal)
        ]
        assert set(claims) <= set(new), (claims, new)
        if new[0] not in conflict.repeats_are_answered:
            assert len(claims) <= 1, claims
        assert Order.objects.get(pk=order.pk).version == version + 1
        check_points(shop, order)
    assert won <= set(conflict.acts)


@pytest.mark.rule("R-30")
def test_pay_confirmed_twice_at_once_is_paid_once(race):
    shop = Shop()
    for _round in range(30):
        order = shop.accepted()
        said = gateway.notice(order, at=NOW)
        verdicts = race(*eight(partial(gateway.settle, said, at=NOW)))
        assert sorted(verdicts) == ["paid", *["repeated"] * 7]
        assert moves(order).count("order.paid") == 1
        assert Charge.objects.get(order_number=order.number).state == "PAID"
        check_points(shop, order)


@pytest.mark.rule("R-30")
def test_pay_against_the_scan_keeps_the_money_or_owes_it_back(race):
    """The money always came; the order is paid, or it is unpaid and every dollar is owed back. Never both, never neither."""
    shop = Shop()
    for _round in range(30):
        order = shop.accepted()
        said = gateway.notice(order, at=NOW)
        due = Obligation.objects.get(order=order, kind="pay").due_at
        pay = partial(gateway.settle, said, at=NOW)
        scan = partial(orders.close_deadlines, gateway=gateway.answering(), at=due)
        verdicts = set(race(*eight(pay, scan))[::2])
        order.refresh_from_db()
        charge = Charge.objects.get(order_number=order.number)
        ended = (order.state, charge.state, "paid" in verdicts, "to_refund" in verdicts)
        assert ended in [("PAID", "PAID", True, False), ("UNPAID", "TO_REFUND", False, True)]
        check_points(shop, order)
