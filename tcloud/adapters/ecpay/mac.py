"""CheckMacValue, the gateway's signature (PROTOCOLS §5)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote_plus

FIELD = "CheckMacValue"
_KEPT = (("%21", "!"), ("%2a", "*"), ("%28", "("), ("%29", ")"))  # - _ . are never encoded here to begin with


def check_mac_value(params: Mapping[str, object], hash_key: str, hash_iv: str) -> str:
    """The CheckMacValue of `params` (its own field left out), 64 upper-case hexadecimal digits.

    Keys sorted without regard to case, empty values included, .NET's URL encoding in lower case, SHA-256. Raises ValueError for text
    that is not Unicode (a lone surrogate).
    """
    pairs = sorted(
        ((key, str(value)) for key, value in params.items() if key != FIELD),
        key=lambda pair: (pair[0].lower(), pair[0]),
    )
    joined = "&".join(
        [f"HashKey={hash_key}", *(f"{key}={value}" for key, value in pairs), f"HashIV={hash_iv}"]
    )
    encoded = quote_plus(joined, safe="").replace("~", "%7e").lower()
    for escape, character in _KEPT:
        encoded = encoded.replace(escape, character)
    return hashlib.sha256(encoded.encode()).hexdigest().upper()


def mac_is_right(params: Mapping[str, str], hash_key: str, hash_iv: str) -> bool:
    """Whether `params` carry their own right CheckMacValue; compared in constant time, case of the digits not minded."""
    given = params.get(FIELD, "")
    try:
        wanted = check_mac_value(params, hash_key, hash_iv)
    except ValueError:
        return False
    return hmac.compare_digest(given.upper().encode("utf-8", "replace"), wanted.encode())
