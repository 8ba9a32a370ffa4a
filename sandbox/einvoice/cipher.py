"""AES-JSON of the provider (PROTOCOLS §5), written from the description alone."""

import base64
import json
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MERCHANT_ID = "2000132"  # the public test account
HASH_KEY = "ejCk326UnaZWKisg"
HASH_IV = "q9jcZX8Ib9LM8wYk"
BLOCK = 16


def closed(data: dict[str, Any]) -> str:
    text = quote_plus(json.dumps(data, ensure_ascii=False, separators=(",", ":")), safe="").encode()
    missing = BLOCK - len(text) % BLOCK
    encryptor = _cipher().encryptor()
    return base64.b64encode(
        encryptor.update(text + bytes([missing]) * missing) + encryptor.finalize()
    ).decode()


def opened(text: str) -> dict[str, Any]:
    """Raises ValueError for what the keys do not open."""
    decryptor = _cipher().decryptor()
    padded = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
    if not padded or not 1 <= padded[-1] <= BLOCK or padded[-padded[-1] :] != padded[-1:] * padded[-1]:
        raise ValueError("padding")
    data = json.loads(unquote_plus(padded[: -padded[-1]].decode()))
    if not isinstance(data, dict):
        raise ValueError("no object")
    return data


def _cipher() -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES128(HASH_KEY.encode()), modes.CBC(HASH_IV.encode()))
