"""Rules of points, pure: whole points, aware moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tcloud.core import months


@dataclass(frozen=True)
class Terms:
    """When a grant must be activated and when it ends: first moments after."""

    activate_before: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Lot:
    """Points of one grant that could be spent now."""

    grant_id: int
    expires_at: datetime
    available_points: int


@dataclass(frozen=True)
class Split:
    """What an order costs: points and cash, which add up to the price."""

    points: int
    cash_twd: int


def terms(granted_at: datetime, *, activation_months: int, expiry_months: int) -> Terms:
    """R-15: the life of a grant by the Civil Code, Asia/Taipei."""
    return Terms(
        activate_before=months.months_due(granted_at, activation_months),
        expires_at=months.months_due(granted_at, expiry_months),
    )


def usable(*, activated: bool, activate_before: datetime, expires_at: datetime, at: datetime) -> bool:
    """R-14: whether free points of a grant may be used at `at`; judged as of now, whether or not a scan has run.

    A grant not activated in time is unusable from that moment (R-13).
    """
    return at < expires_at and (activated or at < activate_before)


def split(price_twd: int, balance_points: int, *, numerator: int = 1, denominator: int = 2) -> Split:
    """R-17: the most points an order may use: half its price rounded down, at most the spendable balance; cash is the rest.

    Raises ValueError for a price below NT$1 or a negative balance.
    """
    if price_twd < 1 or balance_points < 0:
        raise ValueError("a price is at least NT$1 and a balance not negative")
    most = min(price_twd * numerator // denominator, balance_points)
    return Split(points=most, cash_twd=price_twd - most)


def allocate(lots: Sequence[Lot], points: int) -> list[tuple[int, int]]:
    """R-17: which grants pay, the soonest to expire first: [(grant id, points)], adding up to `points`.

    Returns [] when the lots do not suffice.
    """
    taken: list[tuple[int, int]] = []
    for lot in sorted(lots, key=lambda lot: (lot.expires_at, lot.grant_id)):
        part = min(lot.available_points, points)
        if part:
            taken.append((lot.grant_id, part))
            points -= part
    return [] if points else taken
