"""Ways to write past the models, for tests that try to break what the database guards."""

from typing import Any

from django.db.models import Model


def again(row: Model, **changes: Any) -> None:
    """Insert a copy of the row."""
    written = [field.attname for field in row._meta.concrete_fields if not field.generated]
    copy = type(row)(**{name: getattr(row, name) for name in written} | changes)
    copy.pk = None
    copy.save(force_insert=True)


def change(row: Model, **changes: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**changes)


def drop(row: Model) -> None:
    type(row)._default_manager.filter(pk=row.pk)._raw_delete("default")
