"""Finding an order again under its lock."""

from tcloud.orders.models import Order


def locked(order: Order) -> Order:
    """The order's row, held until the transaction ends, with what its acts need."""
    return (
        Order.objects.select_for_update(of=("self",))
        .select_related(
            "programme", "company", "supplier__company", "contract", "plan_version__plan__solution"
        )
        .get(pk=order.pk)
    )
