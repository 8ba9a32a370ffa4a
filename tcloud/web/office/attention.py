"""What waits for an officer's decision, on the dashboard: disputes and payments that do not fit (R-27, R-30), the oldest first."""

from datetime import datetime
from typing import Any, Final

from tcloud.core import clock
from tcloud.orders import queries as orders
from tcloud.payments import queries as payments

SHOWN: Final = 10


def blocks(*, at: datetime) -> dict[str, Any]:
    """For the dashboard's template. How many queries it takes does not depend on how much waits."""
    wrong = payments.mismatches(at=at)
    return {
        "disputes": [
            {"order": order, "since": since, "days": _days(since, at)}
            for order, since in orders.disputed(most=SHOWN)
        ],
        "mismatches": [{"row": row, "days": _days(row.since, at)} for row in wrong[:SHOWN]],
        "mismatch_count": len(wrong),
    }


def _days(since: datetime, at: datetime) -> int:
    """How many days it has waited, by the calendar in Taipei."""
    return (clock.taipei(at).date() - clock.taipei(since).date()).days
