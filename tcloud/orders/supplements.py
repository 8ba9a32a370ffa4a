"""What the parties of an order have agreed upon beside its contract: questions about changes."""

from typing import Any

from django.db.models import QuerySet

from tcloud.orders.models import Order, OrderChange
from tcloud.orders.states import CHANGEABLE

Kind, State = OrderChange.Kind, OrderChange.State


def changes(order: Order) -> QuerySet[OrderChange]:
    """Everything proposed, newest first."""
    return OrderChange.objects.filter(order=order).select_related("proposer", "decider").order_by("-id")


def agreed(order: Order) -> list[OrderChange]:
    """The supplements to the contract, in the order in which they were agreed upon."""
    return list(changes(order).filter(state=State.AGREED).order_by("decided_at", "id"))


def open_change(order: Order) -> OrderChange | None:
    """The proposal that waits for an answer; one of an order that can't be changed any more has lapsed, in a dispute it rests."""
    return changes(order).filter(state=State.PROPOSED).first() if is_changeable(order) else None


def is_changeable(order: Order) -> bool:
    """Whether changes can be proposed and agreed upon: from the supplier's acceptance until the service is confirmed or disputed."""
    return order.state in CHANGEABLE


def possible(order: Order) -> list[OrderChange.Kind]:
    """What can be changed on this order; how many people only where the plan counts them."""
    if not is_changeable(order):
        return []
    return [kind for kind in Kind if kind != Kind.SEATS or order.plan_version.seats]


def valid_now(order: Order, kind: str) -> dict[str, Any]:
    """What is valid now, as JSON values: what was agreed upon last, else what the order and its plan say."""
    if kind == Kind.CONTACT:
        return {"name": order.contact_name, "email": order.contact_email, "phone": order.contact_phone}
    last = changes(order).filter(state=State.AGREED, kind=kind).first()
    if last:
        return last.after
    return {"start_date": None} if kind == Kind.START else {"seats": order.plan_version.seats}
