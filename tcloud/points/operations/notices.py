"""Telling a company in time that its points will end (R-13, R-14)."""

from datetime import datetime

from django.db import connection, transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.events import Happening
from tcloud.ledger import queries as ledger_queries
from tcloud.points import queries, rules
from tcloud.points.models import Grant
from tcloud.points.operations.cases import case_of_row


@transaction.atomic(durable=True)
def send_notices(*, at: datetime, limit: int = 500) -> int:
    """R-13, R-14: the notices that are due, each once; the next one of each grant is set. One batch; returns how many were looked at.

    Of several missed ones only the latest is sent. A company that has no free points is told nothing.
    """
    batch = list(
        queries.to_notify(at=at)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("programme")
        .only(
            "company_id", "activated_at", "usable_until", "next_notice_at",
            "programme__notice_days", "programme__notice_time",
        )[:limit]
    )  # fmt: skip
    free = ledger_queries.balances(grant.available_key for grant in batch)
    happenings, following = [], []
    for grant in batch:
        days, next_at = rules.notice(
            grant.usable_until,
            days=grant.programme.notice_days,
            time_of_day=grant.programme.notice_time,
            since=grant.next_notice_at or at,
            at=at,
        )
        following.append(next_at)
        if days is not None and free[grant.available_key]:
            happenings.append(
                Happening(grant, case_of_row(grant), _said(grant, days, free[grant.available_key]))
            )
    events.record_many("points.expiring", happenings, by=THE_SYSTEM, at=at)
    _set_next(batch, following)
    return len(batch)


def _said(grant: Grant, days: int, free: int) -> dict[str, object]:
    kind = "expiry" if grant.activated_at else "activation"
    return {"days": days, "ends_at": grant.usable_until.isoformat(), "kind": kind, "points": free}


def _set_next(grants: list[Grant], moments: list[datetime | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE points_grant g SET next_notice_at = n.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, at) WHERE g.id = n.id",
            [[grant.pk for grant in grants], moments],
        )
