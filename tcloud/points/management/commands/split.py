from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.core.management.operator import OperatorCommand
from tcloud.points import rules
from tcloud.programme.operations import FLYER


class Command(OperatorCommand):
    help = "How an order's price is split into points and cash (R-17)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--price", type=int, required=True)
        parser.add_argument("--balance", type=int, required=True)

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            split = rules.split(
                options["price"],
                options["balance"],
                numerator=FLYER["points_share_numerator"],
                denominator=FLYER["points_share_denominator"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        return {"points": split.points, "cash": split.cash_twd}, 0
