"""After the chaos: does everything add up? Each finding is a sentence; none is good."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
from django.db.models import Count, Sum

HELD = ("SUBMITTED", "ACCEPTED", "PAID", "DELIVERED", "DISPUTED")
ENDED_WITHOUT = ("WITHDRAWN", "DECLINED", "LAPSED", "UNPAID", "REFUNDED")
ACCEPTED_ONCE = ("ACCEPTED", "UNPAID", "PAID", "DELIVERED", "DISPUTED", "COMPLETED", "REFUNDED")
MONEY_HELD = ("PAID", "DELIVERED", "DISPUTED", "COMPLETED")


def settle(within_s: float = 240) -> str:
    """Let the worker finish: jobs of killed workers are taken up again, lost callbacks are asked about. Returns what is left, "" when all is done."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    from tcloud.core import clock
    from tcloud.payments.models import Charge

    # our query would come ten minutes after the payer left for the gateway: let it come now
    Charge.objects.filter(next_query_at__isnull=False).update(
        next_query_at=clock.now() - timedelta(minutes=1)
    )
    give_up = time.monotonic() + within_s
    while True:
        left = Counter(
            ProcrastinateJob.objects.filter(status__in=["todo", "doing"], queueing_lock=None).values_list(
                "task_name", flat=True
            )
        )
        asked = Charge.objects.filter(state="OPEN", next_query_at__lte=clock.now()).count()
        if not left and not asked:
            return ""
        if time.monotonic() > give_up:
            return f"still to do: {dict(left)}, {asked} charges to ask about"
        time.sleep(2)


def problems(ready: dict[str, Any]) -> list[str]:
    """Orders, points, money, contracts and letters of the whole database, against each other and against the gateway."""
    return [*_books(), *_orders(), *_money(ready), *_letters()]


def _books() -> list[str]:
    from tcloud.points.books import audit
    from tcloud.points.models import Grant

    result = audit()
    found = [] if result["balanced"] else [f"the books do not balance: {result}"]
    twice = Grant.objects.values("company_id", "programme_id").annotate(n=Count("id")).filter(n__gt=1)
    return found + [f"company {row['company_id']} was granted points {row['n']} times" for row in twice]


def _orders() -> list[str]:
    from tcloud.core.models import Event
    from tcloud.orders.models import Order
    from tcloud.orders.states import ORDER
    from tcloud.points.models import Reservation

    wanted = (
        {"COMPLETED": "redeemed"} | dict.fromkeys(HELD, "held") | dict.fromkeys(ENDED_WITHOUT, "released")
    )
    moves = {transition.event: transition.target for transition in ORDER.transitions}
    found = []
    for order in Order.objects.select_related("contract").order_by("id"):
        points = Counter()  # type: Counter[str]
        for row in (
            Reservation.objects.filter(order_number=order.number).values("state").annotate(n=Sum("points"))
        ):
            points[row["state"]] = row["n"]
        expected = {wanted[order.state]: order.points} if order.state in wanted else {}
        if dict(points) != expected:
            found.append(f"{order.number} {order.state}: points {dict(points)}, expected {expected}")
        said = list(
            Event.objects.filter(case=order.case, type__in=moves)
            .order_by("id")
            .values_list("type", flat=True)
        )
        if (moves[said[-1]] if said else "DRAFT") != order.state or len(said) != order.version:
            found.append(f"{order.number} is {order.state} after {said}")
        signed = order.contract.state if order.contract else ""
        if (order.state in ACCEPTED_ONCE) != (signed == "COUNTERSIGNED"):
            found.append(f"{order.number} is {order.state}, its contract {signed or 'missing'}")
    return found


def _money(ready: dict[str, Any]) -> list[str]:
    from tcloud.orders.models import Order
    from tcloud.payments.models import Charge

    trades = httpx.get(f"{ready['base_url']}/control/gateway/trades", timeout=60, trust_env=False).json()
    paid = {row["merchant_trade_no"] for row in trades if row["status"] == "1" or row.get("paid_at")}
    known = dict(
        Charge.objects.filter(state__in=["PAID", "TO_REFUND", "REFUNDED"]).values_list("trade_no", "state")
    )
    found = [f"trade {trade} was paid at the gateway, here it is not" for trade in paid - known.keys()]
    found += [
        f"trade {trade} is {known[trade]} here, the gateway knows nothing" for trade in known.keys() - paid
    ]
    live = Counter(Charge.objects.filter(state="PAID").values_list("order_number", flat=True))
    for number, state in Order.objects.values_list("number", "state"):
        if live[number] != (state in MONEY_HELD):
            found.append(f"{number} is {state} with {live[number]} charges paid")
    return found


def _letters() -> list[str]:
    from tcloud.outbox.models import Message
    from tcloud.outbox.queries import OVERTAKEN

    unsent = (
        Message.objects.filter(sent_at=None).exclude(error=OVERTAKEN).values_list("event__type", flat=True)
    )
    return [f"{count} letters of {kind} were not sent" for kind, count in Counter(unsent).items()]
