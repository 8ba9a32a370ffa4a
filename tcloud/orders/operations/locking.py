"""Finding an order again under its lock."""

from collections import defaultdict
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from tcloud.orders.models import Order

_EVERYTHING = ("programme", "company", "supplier__company", "contract", "plan_version__plan__solution")


def locked(order: Order, *needed: str, only: tuple[str, ...] = ()) -> Order:
    """The order's row, held until the transaction ends, with what its acts need: the rows `needed`, or everything around it.

    `only` names single columns instead, where speed counts.
    """
    held = Order.objects.select_for_update(of=("self",)).filter(pk=order.pk)
    if not only:
        return held.select_related(*(needed or _EVERYTHING)).get()
    return _assembled(held.values("id", *only).get())


def _assembled(values: dict[str, Any]) -> Order:
    """The order and what stands around it, of single columns: as `select_related` and `only` would, in half the time. All else is deferred."""
    columns: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in values.items():
        around, _, column = name.rpartition("__")
        columns[around][column] = value
    order: Order = _of(Order, columns.pop(""))
    for around, found in columns.items():
        field: Any = Order._meta.get_field(around)
        key = getattr(order, field.attname)
        setattr(order, around, None if key is None else _of(field.related_model, {"id": key} | found))
    return order


def _of(model: Any, values: dict[str, Any]) -> Any:
    """A row of the model of which these columns were read."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(DEFAULT_DB_ALIAS, names, [values[name] for name in names])
