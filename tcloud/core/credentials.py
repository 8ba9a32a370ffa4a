"""Other people's secret keys, encrypted at rest (Fernet: AES-128-CBC with HMAC-SHA256) under keys from the environment.

`TCLOUD_CREDENTIAL_KEYS` holds one or more keys, the newest first: it seals, all of them open, so that a key can be exchanged.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(RuntimeError):
    """None of the keys opens it, or there is no key."""


def _keys() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])
    except ValueError as error:
        raise Unreadable("there is no usable key in TCLOUD_CREDENTIAL_KEYS") from error


def seal(secret: str) -> str:
    """The secret as it may be stored. Raises Unreadable without a key."""
    return _keys().encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("sealed under a key that is not in TCLOUD_CREDENTIAL_KEYS") from error
