"""Rows read by a statement of their own, where speed counts: writing a question by the ORM can take longer than answering it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def rows(model: type[Row], sql: str, params: Sequence[Any]) -> list[Row]:
    """Instances of `model` with the columns that `sql` selects, all others deferred.

    Columns of a row that a foreign key points to are named as lookups are (`company__ubn`); its own id comes from the key.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [_assembled(model, dict(zip(names, found, strict=True))) for found in cursor.fetchall()]


def _assembled(model: type[Row], values: dict[str, Any]) -> Row:
    columns: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in values.items():
        around, _, column = name.rpartition("__")
        columns[around][column] = value
    row = _of(model, columns.pop(""))
    for around, found in columns.items():
        field: Any = model._meta.get_field(around)
        key = getattr(row, field.attname)
        setattr(row, around, None if key is None else _of(field.related_model, {"id": key} | found))
    return row


def _of(model: type[Row], values: dict[str, Any]) -> Row:
    """`from_db` wants the columns in the model's order, and hands them on as the driver read them."""
    fields = [field for field in model._meta.concrete_fields if field.attname in values]
    read = [
        field.from_db_value(values[field.attname], None, connection)
        if hasattr(field, "from_db_value")
        else values[field.attname]
        for field in fields
    ]
    return model.from_db(connection.alias, [field.attname for field in fields], read)
