"""Finding an order again under its lock."""

from collections import defaultdict
from typing import Any

from django.db import connection

from tcloud.orders.models import Order

_EVERYTHING = ("programme", "company", "supplier__company", "contract", "plan_version__plan__solution")


def locked(order: Order, *needed: str) -> Order:
    """The order's row, held until the transaction ends, with what its acts need: the rows `needed`, or everything around it."""
    held = Order.objects.select_for_update(of=("self",)).select_related(*(needed or _EVERYTHING))
    return held.get(pk=order.pk)


def locked_columns(order: Order, sql: str) -> Order:
    """`locked` with single columns of the order and of rows around it, where speed counts; all else is deferred.

    `sql` selects them by the order's id, those around it as `company__ubn`, and locks the order.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [order.pk])
        row = cursor.fetchone()
        names = [column.name for column in cursor.description]
    if row is None:
        raise Order.DoesNotExist
    columns: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in zip(names, row, strict=True):
        around, _, column = name.rpartition("__")
        columns[around][column] = value
    held: Order = _of(Order, columns.pop(""))
    for around, found in columns.items():
        field: Any = Order._meta.get_field(around)
        key = getattr(held, field.attname)
        setattr(held, around, None if key is None else _of(field.related_model, {"id": key} | found))
    return held


def _of(model: Any, values: dict[str, Any]) -> Any:
    """A row of the model of which these columns were read."""
    fields = [field for field in model._meta.concrete_fields if field.attname in values]
    read = [
        field.from_db_value(values[field.attname], None, connection)
        if hasattr(field, "from_db_value")
        else values[field.attname]
        for field in fields
    ]
    return model.from_db(connection.alias, [field.attname for field in fields], read)
