from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from tcloud.core.management.operator import OperatorCommand
from tcloud.ledger import proof
from tcloud.points import books


class Command(OperatorCommand):
    help = (
        "Recompute the books from the entries alone (R-18): balances, grants, editions, every closed day. "
        "Exit status 1 when anything does not agree."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--digest",
            metavar="FILE",
            type=Path,
            help="digests that somebody kept (the downloaded list, one of them, or an entry's proof): is the history still theirs?",
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        kept = _read(options["digest"]) if options["digest"] else None
        result = books.audit(kept=kept)
        return result, 0 if result["balanced"] else 1


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return proof.kept_digests(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} can't be read as digests of this ledger: {error}") from error
