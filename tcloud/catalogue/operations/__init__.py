"""Everything that changes the catalogue (R-31, R-32)."""

from tcloud.catalogue.operations.bulk import list_many
from tcloud.catalogue.operations.changes import (
    approve_change,
    begin_change,
    category_of,
    problems_of,
    return_change,
    save_change,
    submit_change,
    take_back_change,
    withdraw_change,
)
from tcloud.catalogue.operations.files import attach_file, detach_file
from tcloud.catalogue.operations.listing import (
    add_supplier,
    delist,
    import_categories,
    list_plan,
    put_on_shelf,
    relist,
)
from tcloud.catalogue.shipped import rows as shipped

__all__ = [
    "add_supplier",
    "approve_change",
    "attach_file",
    "begin_change",
    "category_of",
    "delist",
    "detach_file",
    "import_categories",
    "list_many",
    "list_plan",
    "problems_of",
    "put_on_shelf",
    "relist",
    "return_change",
    "save_change",
    "shipped",
    "submit_change",
    "take_back_change",
    "withdraw_change",
]
