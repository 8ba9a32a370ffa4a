from typing import Any

from django.core.management.base import CommandParser

from tcloud.core import ubn
from tcloud.core.management.operator import OperatorCommand


class Command(OperatorCommand):
    help = "Whether a 統一編號 is valid (R-10). Exit status 1 when it is not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ubn")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        valid = ubn.is_valid(options["ubn"])
        return {"ubn": options["ubn"], "valid": valid}, 0 if valid else 1
