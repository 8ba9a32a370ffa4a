from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.contracts import authorities, words
from tcloud.contracts.verification import verify
from tcloud.core import clock
from tcloud.core.management.operator import OperatorCommand
from tcloud.members import cards
from tcloud.members.management.commands.card_inspect import policy_from


class Command(OperatorCommand):
    help = "Verify the signatures in a contract (R-20)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--anchor", type=Path, nargs="+", action="extend", default=[])
        parser.add_argument("--no-revocation", action="store_true", help="do not ask the authorities at all")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            pdf = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from error
        # a revoked card is refused; a silent authority is not held against a document that is to be read for years
        policy = replace(policy_from(options), require_revocation=False)
        verdict = verify(
            pdf,
            policy=policy,
            at=clock.now(),
            revocation=None if options["no_revocation"] else cards.revocation_checker(),
            time_stamp_anchors=authorities.time_stamp_anchors(),
        )
        return verdict.to_json() | (
            {"problem": str(words.PROBLEMS[verdict.problem])} if verdict.problem else {}
        ), 0
