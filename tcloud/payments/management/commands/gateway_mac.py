import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.adapters.ecpay.mac import check_mac_value
from tcloud.core.management.operator import OperatorCommand


class Command(OperatorCommand):
    help = "The CheckMacValue of a gateway message (PROTOCOLS §5)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, required=True, help="JSON object of the parameters")
        parser.add_argument("--hash-key", required=True)
        parser.add_argument("--hash-iv", required=True)

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            params = json.loads(options["file"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"--file: {error}") from error
        if not isinstance(params, dict):
            raise CommandError("--file: a JSON object is needed")
        return {"CheckMacValue": check_mac_value(params, options["hash_key"], options["hash_iv"])}, 0
