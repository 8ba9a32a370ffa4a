"""Rules of orders, pure."""

import hashlib
import json
from collections.abc import Mapping

from tcloud.core import references


def order_number(prefix: str, random_number: int) -> str:
    """R-19: the prefix and ten digits; `random_number` comes from a secure source, so that none follows from another.

    Raises ValueError outside 0 … 9,999,999,999.
    """
    return references.reference(prefix, random_number)


def request_digest(request: Mapping[str, object]) -> str:
    """R-38: what a request asked for, so that the same key with another body is noticed (hex SHA-256)."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def points_allowed(points: int, *, most: int, least: int) -> bool:
    """R-17: a company may use fewer points than it could, at least `least`."""
    return least <= points <= most


def points_with_refund(held_points: int, cash_left_twd: int, refund_twd: int) -> int:
    """R-17, R-27: the points released with a partial refund: the same share as of the cash, rounded up in the programme's favour.

    So points never come to more than their share of what is then left of the price. Raises ValueError unless 0 < refund < cash left.
    """
    if not 0 < refund_twd < cash_left_twd:
        raise ValueError("a part is more than nothing and less than all")
    return -(-held_points * refund_twd // cash_left_twd)
