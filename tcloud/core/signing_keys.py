"""Ed25519 keys as they stand in the environment: base64 of their DER form, or PEM. No key is ever written anywhere."""

import base64
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def private_key(text: str) -> Ed25519PrivateKey:
    """The private key (PKCS#8, not encrypted). Raises ValueError for anything else, without repeating what it was."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_private_key(_pem(text), password=None)
        else:
            key = serialization.load_der_private_key(base64.b64decode(text, validate=True), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not a private key in base64 or PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return key


def public_key(text: str) -> Ed25519PublicKey:
    """The public key (SubjectPublicKeyInfo). Raises ValueError for anything else."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_public_key(_pem(text))
        else:
            key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not a public key in base64 or PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key


def _pem(text: str) -> bytes:
    """A PEM text; in one line of an environment file its line ends are written as backslash and n."""
    return text.replace("\\n", "\n").encode()


def key_id(key: Ed25519PublicKey) -> str:
    """How a key is called: the first 16 hexadecimal digits of the SHA-256 of its DER form (SubjectPublicKeyInfo)."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def pem(key: Ed25519PublicKey) -> str:
    """The public key as people and tools exchange it."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
