"""TradeInfo, TradeSha, CheckValue and CheckCode (PROTOCOLS §5): AES-256-CBC with PKCS7 in hexadecimal, and SHA-256 in capitals."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tcloud.adapters.merchant import Credentials


def encrypt(text: str, keys: Credentials) -> str:
    """The text as TradeInfo or PostData_. Raises ValueError for keys of another length than 32 and 16."""
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = _cipher(keys).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex()


def decrypt(text: str, keys: Credentials) -> str:
    """What TradeInfo says. Raises ValueError for what is not hexadecimal, not whole blocks, wrongly padded or not UTF-8."""
    decryptor = _cipher(keys).decryptor()
    padded = decryptor.update(bytes.fromhex(text)) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def _cipher(keys: Credentials) -> Cipher[modes.CBC]:
    key, iv = keys.hash_key.encode(), keys.hash_iv.encode()
    if (len(key), len(iv)) != (32, 16):
        raise ValueError("the HashKey has 32 signs, the HashIV 16")
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def trade_sha(trade_info: str, keys: Credentials) -> str:
    """The signature over TradeInfo."""
    return _sha256(f"HashKey={keys.hash_key}&{trade_info}&HashIV={keys.hash_iv}")


def check_value(trade_no: str, amount_twd: int, keys: Credentials) -> str:
    """The signature of a question about a trade."""
    asked = f"Amt={amount_twd}&MerchantID={keys.merchant_id}&MerchantOrderNo={trade_no}"
    return _sha256(f"IV={keys.hash_iv}&{asked}&Key={keys.hash_key}")


def check_code(trade_no: str, amount_twd: int, gateway_trade_no: str, keys: Credentials) -> str:
    """The signature of the answer to it."""
    said = f"Amt={amount_twd}&MerchantID={keys.merchant_id}&MerchantOrderNo={trade_no}&TradeNo={gateway_trade_no}"
    return _sha256(f"HashIV={keys.hash_iv}&{said}&HashKey={keys.hash_key}")


def same(given: object, wanted: str) -> bool:
    """Whether a signature is the right one; in constant time."""
    return isinstance(given, str) and hmac.compare_digest(
        given.upper().encode("utf-8", "replace"), wanted.encode()
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest().upper()
