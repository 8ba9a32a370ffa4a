"""Secrets of others that must be used again, such as a supplier's keys at its provider: encrypted in the database (Fernet: AES-128-CBC
with HMAC-SHA256), so that a copy of it opens nothing.

Keys come from the environment (settings.CREDENTIAL_KEYS): the first seals, all open, so that a key is changed by putting a new one
in front; it goes when what it sealed has been replaced.
"""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """None of the keys opens it: a key was lost, or the text altered. Nothing of it is repeated."""


def seal(secrets: Mapping[str, str]) -> str:
    """The secrets as a text to keep."""
    return _keys().encrypt(json.dumps(dict(secrets), sort_keys=True).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """What was sealed. Raises SealBroken."""
    try:
        opened: dict[str, str] = json.loads(_keys().decrypt(sealed.encode()))
    except (InvalidToken, ValueError) as error:
        raise SealBroken from error
    return opened


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])
