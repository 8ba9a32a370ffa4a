"""Numbers by which people call a case: letters and ten digits, none of which follows from another."""

from typing import Final

_DIGITS: Final = 10


def reference(prefix: str, random_number: int) -> str:
    """The prefix and ten digits; `random_number` comes from a secure source. Raises ValueError outside 0 … 9,999,999,999."""
    if not 0 <= random_number < 10**_DIGITS:
        raise ValueError("ten digits")
    return f"{prefix}{random_number:0{_DIGITS}d}"
