"""Finding an order again under its lock."""

from tcloud.orders.models import Order

_EVERYTHING = ("programme", "company", "supplier__company", "contract", "plan_version__plan__solution")


def locked(order: Order, *needed: str) -> Order:
    """The order's row, held until the transaction ends, with what its acts need: the rows `needed`, or everything around it."""
    held = Order.objects.select_for_update(of=("self",)).select_related(*(needed or _EVERYTHING))
    return held.get(pk=order.pk)
