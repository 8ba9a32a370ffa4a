"""The ledger's keys: one to sign each day's digest with, all to verify them with (docs/operations.md, "The ledger's key")."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from tcloud.core import signing_keys


@lru_cache(maxsize=4)
def _private(text: str) -> Ed25519PrivateKey:
    return signing_keys.private_key(text)


@lru_cache(maxsize=4)
def _public(private: str, others: tuple[str, ...]) -> dict[str, Ed25519PublicKey]:
    keys = [_private(private).public_key()] if private else []
    keys += [signing_keys.public_key(text) for text in others]
    return {signing_keys.key_id(key): key for key in keys}


def signer() -> Ed25519PrivateKey | None:
    """The key to sign with; None in a process that has none. Raises ValueError when it can't be read."""
    text: str = settings.LEDGER["signing_key"]
    return _private(text) if text else None


def key_id_of(key: Ed25519PrivateKey) -> str:
    """The id of the key that signs."""
    return signing_keys.key_id(key.public_key())


def public_keys() -> dict[str, Ed25519PublicKey]:
    """Every key whose signature counts, by its id: the present one and those retired. They come from the settings, never the database."""
    return _public(settings.LEDGER["signing_key"], tuple(settings.LEDGER["public_keys"]))


def is_signed(document: bytes, signature: bytes, *, key_id: str) -> bool:
    """Whether the key of that id, which must be one of ours, signed the document."""
    key = public_keys().get(key_id)
    if key is None:
        return False
    try:
        key.verify(signature, document)
    except InvalidSignature:
        return False
    return True
