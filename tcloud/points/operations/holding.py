"""Points held for orders, given back or redeemed (R-16 to R-18). These acts run inside the transaction of the order's act."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import operations as ledger
from tcloud.ledger.operations import Entry
from tcloud.members.models import Company
from tcloud.points import queries
from tcloud.points.models import Grant, Reservation
from tcloud.programme.models import Programme

PAYABLE_LOCK_RANK = 5


def reserve(
    programme: Programme, company: Company, points: int, *, order_number: str, event: Event, at: datetime
) -> None:
    """R-17: hold `points` for an order, from the grant soonest to expire; the first use activates a grant (R-13).

    One statement (tcloud/points/sql/reserve.sql), so all of it happens or nothing. `event` is the cause, written into the ledger.
    Raises Refusal `points.insufficient`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT points_reserve(%s, %s, %s, %s, %s, %s)",
            [programme.pk, company.pk, points, order_number, event.pk, at],
        )
        (available,) = cursor.fetchone()
    if not 1 <= points <= available:
        raise Refusal(
            "points.insufficient",
            _("可用點數只有 %(available)s 點，不足以折抵 %(wanted)s 點。請調整使用點數後再試一次。"),
            available=f"{available:,}",
            wanted=f"{points:,}",
        )


def _move(row: Reservation, code: str, order_number: str, part: str = "") -> Entry:
    source, target = row.grant.available_key, row.grant.reserved_key
    if code == "release":
        source, target = target, source
    return Entry(f"{code}/{order_number}/{row.grant_id}{part}", code, source, target, row.points)


def _held(order_number: str) -> Sequence[Reservation]:
    """The live reservations of an order, their grants locked in lock order."""
    rows = Reservation.objects.filter(order_number=order_number, state=Reservation.State.HELD)
    grants = Grant.objects.select_for_update().filter(reservations__in=rows).order_by("expires_at", "id")
    by_id = {grant.pk: grant for grant in grants}
    held = sorted(rows, key=lambda row: (by_id[row.grant_id].expires_at, row.grant_id))
    for row in held:
        row.grant = by_id[row.grant_id]
    return held


@transaction.atomic(savepoint=False)
def release(*, order_number: str, event: Event, at: datetime) -> int:
    """Give the points held for an order back to their grants; R-16: points of a grant that has ended go straight back to the budget.

    Returns the points released. A repeat releases nothing.
    """
    held = _held(order_number)
    entries = [_move(row, "release", order_number) for row in held]
    entries += _taken_back(held, order_number, at=at)
    Reservation.objects.filter(pk__in=[row.pk for row in held]).update(state=Reservation.State.RELEASED)
    ledger.transfer(entries, event=event, at=at)
    return sum(row.points for row in held)


def _taken_back(
    released: Sequence[Reservation], order_number: str, part: str = "", *, at: datetime
) -> list[Entry]:
    """R-16: what is released to a grant that has ended goes on to the budget."""
    return [
        Entry(
            f"{(code := _ended_as(row.grant))}/{order_number}/{row.grant_id}{part}",
            code,
            row.grant.available_key,
            queries.appropriation_key(row.grant.programme_id),
            row.points,
        )
        for row in released
        if queries.is_over(row.grant, at=at)
    ]


@transaction.atomic(savepoint=False)
def release_part(points: int, *, order_number: str, part: int, event: Event, at: datetime) -> None:
    """R-17, R-27: give back `points` of those held for an order, which goes on with the rest; as `release` does.

    The grant used last gives back first, so that what comes back lives longest. `part` makes the entries of one partial release
    unlike those of the next. Raises ValueError for more than is held.
    """
    held = _held(order_number)
    if points > sum(row.points for row in held):
        raise ValueError("more points than are held")
    parts, left = [], points
    for row in reversed(held):
        if not (taken := min(row.points, left)):
            continue
        left -= taken
        if taken == row.points:
            Reservation.objects.filter(pk=row.pk).update(state=Reservation.State.RELEASED)
        else:
            Reservation.objects.filter(pk=row.pk).update(points=row.points - taken)
        row.points = taken
        parts.append(row)
    entries = [_move(row, "release", order_number, f"/{part}") for row in parts]
    ledger.transfer([*entries, *_taken_back(parts, order_number, f"/{part}", at=at)], event=event, at=at)


def _ended_as(grant: Grant) -> str:
    return "reverse" if grant.closed_as == Grant.Closed.REVERSED else "expire"


@transaction.atomic(savepoint=False)
def redeem(*, order_number: str, supplier_ubn: str, event: Event, at: datetime) -> int:
    """R-18: the service was provided: the points held become owed to the supplier. Returns the points. A repeat redeems nothing."""
    held = _held(order_number)
    payable = {
        row.grant.programme_id: queries.payable_key(row.grant.programme_id, supplier_ubn) for row in held
    }
    ledger.open_accounts(payable.values(), lock_rank=PAYABLE_LOCK_RANK)
    entries = [
        Entry(
            f"redeem/{order_number}/{row.grant_id}",
            "redeem",
            row.grant.reserved_key,
            payable[row.grant.programme_id],
            row.points,
        )
        for row in held
    ]
    Reservation.objects.filter(pk__in=[row.pk for row in held]).update(state=Reservation.State.REDEEMED)
    ledger.transfer(entries, event=event, at=at)
    return sum(row.points for row in held)
