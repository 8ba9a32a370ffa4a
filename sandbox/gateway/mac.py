"""CheckMacValue of the ECPay AIO interface (PROTOCOLS §5), written from the description alone."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote_plus

MERCHANT_ID = "3002607"  # the public test merchant
HASH_KEY = "pwFHCqoQZGmho4w6"
HASH_IV = "EkRm7iFT261dpevs"
# key and IV of each: the programme's, and one for a supplier's own account (public test merchants both)
MERCHANTS = {MERCHANT_ID: (HASH_KEY, HASH_IV), "2000132": ("5294y06JbISpM5x9", "v77hoKGq4kWxNNIS")}

# .NET leaves these as they are, Python escapes them
RESTORED = {"%2d": "-", "%5f": "_", "%2e": ".", "%21": "!", "%2a": "*", "%28": "(", "%29": ")"}


def encoded(parameters: Mapping[str, str], hash_key: str = HASH_KEY, hash_iv: str = HASH_IV) -> str:
    """The text that is hashed: sorted without regard to case, framed by key and IV, URL-encoded, lower-case."""
    names = sorted((name for name in parameters if name != "CheckMacValue"), key=str.lower)
    joined = "&".join(f"{name}={parameters[name]}" for name in names)
    text = quote_plus(f"HashKey={hash_key}&{joined}&HashIV={hash_iv}").replace("~", "%7e").lower()
    for escape, character in RESTORED.items():
        text = text.replace(escape, character)
    return text


def check_mac_value(parameters: Mapping[str, str], hash_key: str = HASH_KEY, hash_iv: str = HASH_IV) -> str:
    """SHA-256 as upper-case hexadecimal; empty values take part, CheckMacValue itself does not."""
    return hashlib.sha256(encoded(parameters, hash_key, hash_iv).encode()).hexdigest().upper()


def keys_of(parameters: Mapping[str, str]) -> tuple[str, str]:
    """Key and IV of the merchant named; the programme's for one unknown."""
    return MERCHANTS.get(parameters.get("MerchantID", ""), (HASH_KEY, HASH_IV))


def signed(parameters: Mapping[str, str]) -> dict[str, str]:
    return {**parameters, "CheckMacValue": check_mac_value(parameters, *keys_of(parameters))}


def is_signed(parameters: Mapping[str, str]) -> bool:
    return hmac.compare_digest(
        parameters.get("CheckMacValue", "").encode(),
        check_mac_value(parameters, *keys_of(parameters)).encode(),
    )


def forged(parameters: Mapping[str, str], what: str) -> dict[str, str]:
    """A message that must not be believed: `mac` spoils the signature; `amount` and `merchant` are wrong but signed."""
    message = dict(parameters)
    if what == "amount":
        message["TradeAmt"] = str(int(message.get("TradeAmt") or 0) + 1)
        return signed(message)
    if what == "merchant":
        keys = keys_of(message)
        message["MerchantID"] = "2000214"
        return {**message, "CheckMacValue": check_mac_value(message, *keys)}
    message["CheckMacValue"] = check_mac_value({**message, "forged": "1"})
    return message
