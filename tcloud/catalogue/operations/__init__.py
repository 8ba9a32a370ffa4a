"""Everything that changes the catalogue (R-31, R-32)."""

from tcloud.catalogue.operations.bulk import list_many
from tcloud.catalogue.operations.listing import (
    add_supplier,
    delist,
    import_categories,
    list_plan,
    put_on_shelf,
)
from tcloud.catalogue.shipped import rows as shipped

__all__ = [
    "add_supplier",
    "delist",
    "import_categories",
    "list_many",
    "list_plan",
    "put_on_shelf",
    "shipped",
]
