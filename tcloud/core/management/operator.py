"""What every operator's command shares: it answers with one JSON document and an exit status."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError


class OperatorCommand(BaseCommand):
    """A command whose `answer()` returns (document, exit status). Needs no database unless it says so."""

    requires_system_checks: list[str] = []

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            document, status = self.answer(**options)
        except ProgrammingError as error:
            raise CommandError(
                f"The database is not migrated (make demo, or manage.py migrate): {error}"
            ) from error
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        if status:
            sys.exit(status)
