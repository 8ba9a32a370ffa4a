from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.core import calendar, calendar_file, clock, operations
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.management.operator import OperatorCommand
from tcloud.core.refusals import Refusal


class Command(OperatorCommand):
    help = "Import the official calendar of a year (DGPA CSV, UTF-8 or Big5) (R-28). Exit status 1 when the file is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from error
        file = calendar_file.read(content)
        if file.wrong:
            errors = [{"line": wrong.line, "error": wrong.sentence} for wrong in file.wrong]
            return {"imported": False, "errors": errors}, 1
        try:
            change = operations.import_year(
                file,
                name=options["file"].name,
                digest=file.sha256,
                drawn_from=calendar.serial_now(),
                by=THE_SYSTEM,
                at=clock.now(),
            )
        except Refusal as refusal:
            raise CommandError(refusal.text()) from refusal
        return {
            "imported": True,
            "year": file.year,
            "working_days": file.working_days,
            "make_up_days": [day.isoformat() for day in file.make_up_days],
            "sha256": file.sha256,
            "serial": change.pk,
        }, 0
