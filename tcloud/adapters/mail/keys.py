"""Keys that sign letters (DKIM, RFC 6376; Ed25519: RFC 8463), as they stand in the settings, and what belongs into the DNS."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LEAST_RSA_BITS: Final = 2048


class Misconfigured(ValueError):
    """The settings of DKIM are not whole; the text says what is missing, and repeats no key."""


@dataclass(frozen=True)
class Key:
    """One key under one selector: what the library signs with (`secret`), and the record that verifies it."""

    selector: str
    domain: str
    algorithm: str
    secret: bytes
    record: str

    @property
    def name(self) -> str:
        """Where the record is published."""
        return f"{self.selector}._domainkey.{self.domain}"


def configured(settings: Mapping[str, Any]) -> tuple[Key, ...]:
    """The keys of `settings.DKIM`; none when nothing is set. Raises Misconfigured when it is set by half.

    Both kinds may be set at once: receivers that don't know Ed25519 verify the RSA signature.
    """
    found = []
    for kind in ("rsa", "ed25519"):
        selector, text = settings[f"{kind}_selector"], settings[f"{kind}_key"]
        if not selector and not text:
            continue
        if not (selector and text and settings["domain"]):
            raise Misconfigured(f"the {kind} signature needs the domain, a selector and a key")
        found.append(_key(kind, selector, settings["domain"], text))
    if settings["domain"] and not found:
        raise Misconfigured("the domain is set, and neither an RSA nor an Ed25519 key")
    return tuple(found)


def _key(kind: str, selector: str, domain: str, text: str) -> Key:
    private = _private(kind, text)
    if kind == "rsa" and isinstance(private, RSAPrivateKey):
        if private.key_size < LEAST_RSA_BITS:
            raise Misconfigured(f"the rsa key has fewer than {LEAST_RSA_BITS} bits")
        secret = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return Key(selector, domain, "rsa-sha256", secret, _record("rsa", public))
    if kind == "ed25519" and isinstance(private, Ed25519PrivateKey):
        secret = base64.b64encode(private.private_bytes_raw())
        public = private.public_key().public_bytes_raw()
        return Key(selector, domain, "ed25519-sha256", secret, _record("ed25519", public))
    raise Misconfigured(f"the {kind} key is of another kind")


def _private(kind: str, text: str) -> Any:
    """PKCS#8, not encrypted, as PEM (line ends as backslash and n) or base64 of its DER form."""
    try:
        if "-----BEGIN" in text:
            return serialization.load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
        return serialization.load_der_private_key(base64.b64decode(text, validate=True), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"the {kind} key is no private key in base64 or PEM") from error


def _record(kind: str, public: bytes) -> str:
    return f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"
