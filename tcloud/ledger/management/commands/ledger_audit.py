from typing import Any

from tcloud.core.management.operator import OperatorCommand
from tcloud.ledger import queries


class Command(OperatorCommand):
    help = "Recompute the books from the entries alone (R-18). Exit status 1 when they do not balance."

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        result = queries.audit()
        return result, 0 if result["balanced"] else 1
