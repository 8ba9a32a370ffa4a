"""The envelope of the provider's AES-JSON services (PROTOCOLS §5): JSON → urlencode → AES-128-CBC with PKCS#7 → base64."""

import base64
import binascii
import json
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7


def encrypted(data: dict[str, Any], *, key: str, iv: str) -> str:
    """The data as the service takes it."""
    plain = quote_plus(json.dumps(data, ensure_ascii=False, separators=(",", ":")), safe="").replace(
        "~", "%7E"
    )
    padder, encryptor = PKCS7(128).padder(), _cipher(key, iv).encryptor()
    padded = padder.update(plain.encode()) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypted(text: str, *, key: str, iv: str) -> dict[str, Any]:
    """The data in an answer. Raises ValueError for what these keys do not open, or what is no JSON object."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("not base64") from error
    decryptor, unpadder = _cipher(key, iv).decryptor(), PKCS7(128).unpadder()
    padded = decryptor.update(content) + decryptor.finalize()
    plain = unpadder.update(padded) + unpadder.finalize()
    data = json.loads(unquote_plus(plain.decode()))
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _cipher(key: str, iv: str) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES128(key.encode()), modes.CBC(iv.encode()))
