from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.core import calendar, clock
from tcloud.core.counties import COUNTIES, county_of
from tcloud.core.management.operator import OperatorCommand
from tcloud.core.workdays import CalendarMissing


def day_or_moment(text: str) -> date | datetime:
    """An ISO day, or an ISO moment (Taipei time where it names no zone)."""
    if len(text) == 10:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.TAIPEI)


class Command(OperatorCommand):
    help = "The end of the N-th working day after a day (R-28), by the shipped calendar and the changes in the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=day_or_moment, required=True)
        parser.add_argument("--days", type=int, required=True)
        parser.add_argument("--county", default="", help="whose closures count besides those of the nation")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        county = county_of(options["county"])
        if options["county"] and not county:
            raise CommandError(f"--county: one of {'、'.join(COUNTIES)}")
        in_force, source = calendar.in_force_or_shipped()
        try:
            due = in_force.due(options["after"], options["days"], county)
        except (CalendarMissing, ValueError) as error:
            raise CommandError(str(error)) from error
        return {
            "due_date": due.day.isoformat(),
            "due_at": due.at.isoformat(),
            "calendar": source,
            "serial": in_force.serial,
        }, 0
