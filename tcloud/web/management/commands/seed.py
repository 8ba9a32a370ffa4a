from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from tcloud.core import clock
from tcloud.core.management.operator import OperatorCommand
from tcloud.web import demo


class Command(OperatorCommand):
    help = "Put in what the programme needs; in demo mode also suppliers, plans and accounts. Harmless to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--base", action="store_true", help="only the edition (draft), categories, questionnaire"
        )

        parser.add_argument(
            "--plans", type=int, default=0, help="also this many invented plans, for measuring"
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        if options["base"]:
            programme = demo.base(at=clock.now())
            return {"programme": programme.code, "state": programme.state}, 0
        if not settings.DEBUG:
            raise CommandError("The demo data set is for DEBUG only; use --base.")
        programme = demo.demo(at=clock.now())
        return {
            "plans_added": demo.many_plans(options["plans"], at=clock.now()) if options["plans"] > 0 else 0,
            "programme": programme.code,
            "state": programme.state,
            "password": demo.PASSWORD,
            "accounts": [asdict(account) for account in demo.accounts()],
        }, 0
