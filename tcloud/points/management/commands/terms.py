from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.core import clock
from tcloud.core.management.operator import OperatorCommand
from tcloud.points import rules
from tcloud.programme.operations import FLYER


class Command(OperatorCommand):
    help = "When points granted at a moment must be activated, and when they end (R-13 to R-15)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--granted-at", required=True)

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            moment = datetime.fromisoformat(options["granted_at"])
        except ValueError as error:
            raise CommandError(f"--granted-at: {error}") from error
        granted_at = moment if moment.tzinfo else moment.replace(tzinfo=clock.TAIPEI)
        terms = rules.terms(
            granted_at,
            activation_months=FLYER["activation_months"],
            expiry_months=FLYER["expiry_months"],
        )
        return {
            "activate_before": terms.activate_before.isoformat(),
            "expires_at": terms.expires_at.isoformat(),
        }, 0
