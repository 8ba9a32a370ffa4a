"""Finding an order again under its lock."""

from tcloud.orders.models import Order

_EVERYTHING = ("programme", "company", "supplier__company", "contract", "plan_version__plan__solution")


def locked(order: Order, *needed: str, only: tuple[str, ...] = ()) -> Order:
    """The order's row, held until the transaction ends, with what its acts need: the rows `needed`, or everything around it.

    `only` names single columns instead, where speed counts.
    """
    held = Order.objects.select_for_update(of=("self",))
    if not only:
        return held.select_related(*(needed or _EVERYTHING)).get(pk=order.pk)
    related = {name.rpartition("__")[0] for name in only} - {""}
    return held.select_related(*sorted(related)).only(*only).get(pk=order.pk)
