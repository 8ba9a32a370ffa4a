from typing import Any

from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.management.operator import OperatorCommand
from tcloud.core.refusals import Refusal
from tcloud.ledger import closing, proof


class Command(OperatorCommand):
    help = "Close the days of the books that are over, as the worker does by itself (R-18). Exit status 1 when refused."

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            closed = closing.close_days(by=THE_SYSTEM, at=clock.real_now())
        except Refusal as refusal:
            return {"closed": [], "refused": refusal.code, "because": refusal.text()}, 1
        last = proof.digests().first()
        return {"closed": [digest.day for digest in closed], "last_day": last.day if last else None}, 0
