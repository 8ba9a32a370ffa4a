"""What was not used in time goes back to the appropriation (R-13, R-14)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.events import Happening
from tcloud.ledger import operations as ledger
from tcloud.ledger import queries as ledger_queries
from tcloud.ledger.operations import Entry
from tcloud.members.models import Company
from tcloud.points import queries
from tcloud.points.models import Grant
from tcloud.points.operations.cases import case_of_row
from tcloud.programme.models import Programme

_READ = ("programme_id", "company_id", "points", "activated_at")


@transaction.atomic(durable=True)
def take_back_due(*, at: datetime, limit: int = 500) -> int:
    """R-13, R-14: take back what is left of grants that have ended, and close them. One batch; returns how many it was.

    Restartable, exactly once a grant: a killed batch has changed nothing, two at once never meet (SKIP LOCKED), and what is closed is
    not due again, wherever the clock goes. Points held for live orders stay until these end (R-16).
    """
    batch = list(queries.ended(at=at).select_for_update(skip_locked=True).only(*_READ)[:limit])
    _close(batch, at=at)
    return len(batch)


@transaction.atomic
def take_back_of(programme: Programme, company: Company, *, at: datetime) -> None:
    """The same of one company's grants, when it can't wait for the scan (R-13)."""
    mine = Grant.objects.filter(programme=programme, company=company, closed_as="", usable_until__lte=at)
    _close(list(mine.select_for_update().order_by("expires_at", "id").only(*_READ)), at=at)


def _close(grants: Sequence[Grant], *, at: datetime) -> None:
    """R-13: the unactivated are taken back whole; R-14: of the others, what is neither spent nor reserved. Grants are locked."""
    unactivated = [grant for grant in grants if grant.activated_at is None]
    expired = [grant for grant in grants if grant.activated_at is not None]
    free = ledger_queries.balances(grant.available_key for grant in grants)
    caused: list[tuple[Entry, int]] = []
    for kind, code, event, ended in (
        (Grant.Closed.UNACTIVATED, "return", "points.returned", unactivated),
        (Grant.Closed.EXPIRED, "expire", "points.expired", expired),
    ):
        Grant.objects.filter(pk__in=[grant.pk for grant in ended]).update(
            closed_at=at, closed_as=kind, next_notice_at=None
        )
        # who had used all its points need not be told that nothing was taken
        lost = [grant for grant in ended if free[grant.available_key]]
        rest = [grant for grant in ended if not free[grant.available_key]]
        told = events.record_many(event, _happenings(lost, free), by=THE_SYSTEM, at=at)
        events.record_many(event, _happenings(rest, free), by=THE_SYSTEM, at=at, announce=False)
        caused += [
            (take_back_entry(grant, code, free[grant.available_key]), cause)
            for grant, cause in zip(lost, told, strict=True)
        ]
    ledger.transfer_many(caused, at=at)  # last: it holds the appropriation


def _happenings(grants: Sequence[Grant], free: dict[str, int]) -> list[Happening]:
    return [Happening(grant, case_of_row(grant), {"points": free[grant.available_key]}) for grant in grants]


def take_back_entry(grant: Grant, code: str, points: int) -> Entry:
    """Free points of a grant back to its edition's appropriation; once a grant."""
    return Entry(
        f"{code}/{grant.pk}", code, grant.available_key, queries.appropriation_key(grant.programme_id), points
    )
