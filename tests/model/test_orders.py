"""Orders under random acts, right and wrong, of all parties while the clock runs; then everything is added up.

A few hundred in each run of the tests, two thousand and more by `make model`.
"""

import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tcloud.core.models import Event
from tcloud.orders.models import Obligation
from tcloud.outbox import operations as outbox
from tcloud.outbox.models import Message
from tcloud.outbox.table import TABLE
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, Refund
from tcloud.payments.operations.charges import ask_about
from tcloud.points import books
from tcloud.points import operations as points
from tcloud.points import queries as balances
from tcloud.points.models import Reservation
from tests import factories
from tests.concurrency.cheap import ORDER_EVENTS, Shop
from tests.factories import NOW
from tests.model import oracle
from tests.model.world import ACTS, FORBIDDEN, Pair, World

pytestmark = pytest.mark.django_db
ORDERS = 4  # of one company, sharing its points
PARTS = 4
EXAMPLES = int(os.environ.get("MODEL_ORDERS", "160")) // ORDERS // PARTS
ENDS = ("DISCARDED", "WITHDRAWN", "DECLINED", "LAPSED", "UNPAID", "COMPLETED", "REFUNDED")
SAID = ORDER_EVENTS | {
    "order.invoiced",
    "order.invoice_missed",
    "order.delivery_missed",
    "order.part_refunded",
}
# Along the way of an order one act is likelier than the others, so that many orders get far
NEXT = {
    "DRAFT": "submit", "SUBMITTED": "accept", "ACCEPTED": "pay", "PAID": "deliver", "DELIVERED": "confirm", "DISPUTED": "settle",
}  # fmt: skip

step = st.tuples(
    st.integers(0, ORDERS - 1),
    st.sampled_from(
        ["next"] * 12
        + ["invoice"] * 3
        + ["decline", "withdraw", "refund"] * 2
        + [*ACTS]
        + ["stranger"] * 3
        + ["scan"] * 3
    ),
    st.sampled_from(FORBIDDEN),
    st.sampled_from([0] * 9 + [1, 7, 26, 60]),  # hours until then
)
scenario = st.fixed_dictionaries(
    {
        "begins": st.integers(0, 60 * 24),  # hours after NOW
        "points": st.lists(st.sampled_from([1, 4_999, 10_000, 30_000]), min_size=ORDERS, max_size=ORDERS),
        "steps": st.lists(step, min_size=40, max_size=60),
    }
)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Its contracts share their signed bytes: sealing them is proved in tests/contracts."""
    made = Shop(edition=factories.programme(appropriation=2 * EXAMPLES * oracle.GRANTED))
    monkeypatch.setattr(
        "tcloud.contracts.operations.seal", lambda *args, **named: bytes(made.document.content)
    )
    return made


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.rule("R-18", "R-29", "R-30")
def test_orders_end_as_the_programme_says(shop: Shop, part: int) -> None:
    states: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenario)
    def run(plot: dict[str, Any]) -> None:
        world = World(shop, NOW + timedelta(hours=plot["begins"] + part))
        for used in plot["points"]:
            world.draft(used)
        for place, name, forbidden, hours in plot["steps"]:
            world.at += timedelta(hours=hours)
            play(world, world.pairs[place], name, forbidden)
        end(world)
        for pair in world.pairs:
            states[pair.model.state] += 1
            reconcile(world, pair)
        add_up(world)

    run()
    assert sum(states.values()) >= EXAMPLES * ORDERS
    assert states["COMPLETED"]
    assert EXAMPLES < 100 or all(states[end] for end in ENDS), states
    assert books.audit()["balanced"]


def play(world: World, pair: Pair, name: str, forbidden: tuple[str, str]) -> None:
    if name == "scan":
        world.scan()
    elif name == "stranger":
        act, other = forbidden
        world.act(act, pair, by=other)
    else:
        world.act(NEXT.get(pair.model.state, "confirm") if name == "next" else name, pair)


def end(world: World) -> None:
    """Half a year goes by, in days when the worker ran and weeks when it did not."""
    for days in (1, 3, 9, 30, 140):
        world.at += timedelta(days=days)
        ask_about(
            Charge.objects.filter(trade_no__in=world.gateway.paid), at=world.at
        )  # the statement names them
        world.scan()
        points.take_back_due(at=world.at)
        world.grant.scan(world.at)
        payments.refund_owed(gateway=world.gateway, at=world.at)


def reconcile(world: World, pair: Pair) -> None:
    """State, record, obligations, points, money and contract of one order."""
    real, model = pair.real, pair.model
    events = Event.objects.filter(case=real.case, type__in=SAID).order_by("id")
    said = list(events.values_list("type", flat=True))
    assert said == model.said, model
    rows = Obligation.objects.filter(order=real).order_by("id")
    owed = {row.kind: _standing(row) for row in rows if row.kind != "credit"}  # the last of a kind
    assert owed == {
        kind: (row.due_at, row.fulfilled, row.missed, row.lifted) for kind, row in model.owed.items()
    }
    confirmations = [_standing(row) for row in rows if row.kind == "confirm"]
    assert confirmations[:-1] == [
        (row.due_at, row.fulfilled, row.missed, row.lifted) for row in model.earlier
    ]
    credits = [_standing(row) for row in rows if row.kind == "credit"]
    assert credits == [(row.due_at, row.fulfilled, row.missed, row.lifted) for row in model.credits]
    held = Reservation.objects.filter(order_number=real.number, state="held")
    assert sum(held.values_list("points", flat=True)) == model.held
    charges = Charge.objects.filter(order_number=real.number)
    assert charges.filter(state="PAID").count() == (model.money_twd > 0)
    assert not charges.filter(state__in=["OPEN", "TO_REFUND"]).exists()
    assert not Refund.objects.filter(charge__in=charges, state="TO_REFUND").exists()
    paid = world.gateway.paid.get(pair.trade_no, (0, None))[0]
    assert world.gateway.refunded.get(pair.trade_no, 0) == model.owed_back_twd
    assert paid == model.money_twd + model.owed_back_twd
    signed = "COUNTERSIGNED" if "order.accepted" in said else "SIGNED"
    assert real.contract is not None
    real.contract.refresh_from_db()
    assert real.contract.state == signed


def _standing(row: Obligation) -> tuple[Any, ...]:
    return row.due_at, bool(row.fulfilled_at), bool(row.missed_at), bool(row.lifted_at)


def tell(world: World, since: int) -> int:
    """What happened since is told to everybody whom it concerns, once, however often the job runs. Returns the last event's id."""
    cases = [pair.real.case for pair in world.pairs]
    for event in Event.objects.filter(case__in=cases, pk__gt=since).order_by("pk"):
        since = event.pk
        outbox.deliver(event.pk, at=world.at)
        assert outbox.deliver(event.pk, at=world.at) == 0
        sent = list(Message.objects.filter(event=event).values_list("template", flat=True))
        wanted = sorted(post.template for post in TABLE.get(event.type, ()))
        if event.type.startswith("refund_proposal."):  # to the side that did not act
            assert len(sent) == bool(wanted), event.type
        else:
            assert sorted(sent) == wanted, event.type
    mail.outbox.clear()
    return since


def add_up(world: World) -> None:
    """The company's points, to the point."""
    grant = world.grant
    said = balances.statement(world.shop.edition, world.company, at=world.at)
    held = sum(pair.model.held for pair in world.pairs)
    assert (said.spendable_points, said.reserved_points, said.redeemed_points) == (
        grant.spendable(world.at),
        held,
        grant.redeemed,
    )
    assert grant.free + held + grant.redeemed + grant.taken_back == oracle.GRANTED
