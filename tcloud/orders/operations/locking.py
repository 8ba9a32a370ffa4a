"""Finding an order again under its lock."""

from tcloud.orders.models import Order

_EVERYTHING = ("programme", "company", "supplier__company", "contract", "plan_version__plan__solution")


def locked(order: Order, *needed: str) -> Order:
    """The order's row, held until the transaction ends, with what its acts need: `needed`, or everything around it."""
    related = needed or _EVERYTHING
    return Order.objects.select_for_update(of=("self",)).select_related(*related).get(pk=order.pk)
