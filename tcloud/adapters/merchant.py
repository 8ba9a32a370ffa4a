"""Whose account at a gateway or at an e-invoice provider: both know a merchant by a number and two keys."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """A merchant's account. The keys never show in a repr or a log."""

    merchant_id: str
    hash_key: str = field(repr=False)
    hash_iv: str = field(repr=False)
