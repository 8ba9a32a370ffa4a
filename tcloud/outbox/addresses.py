"""Addresses that carry a proof: where one letter comes back to, and the link by which one stops a category of letters."""

import hmac
import re
from typing import Final

from django.core import signing
from django.utils.crypto import salted_hmac

from tcloud.outbox.categories import LABELS

_BOUNCE: Final = re.compile(r"\+b-([1-9][0-9]{0,17})-([0-9a-f]{20})@", re.I)
_SALT: Final = "tcloud.outbox.unsubscription"


def bounce(message_id: int, mailbox: str) -> str:
    """The envelope sender of one letter: the mailbox with a signed tag (`name+b-17-…@`), so that a bounce says of which letter it is."""
    local, _at, domain = mailbox.rpartition("@")
    return f"{local}+b-{message_id}-{_signature(message_id)}@{domain}"


def message_of_bounce(address: str) -> int | None:
    """The letter that comes back to this address; None when we did not make the address. The domain does not matter."""
    found = _BOUNCE.search(address)
    if found is None or not hmac.compare_digest(found[2].lower(), _signature(int(found[1]))):
        return None
    return int(found[1])


def _signature(message_id: int) -> str:
    return salted_hmac("tcloud.outbox.bounce", str(message_id), algorithm="sha256").hexdigest()[:20]


def unsubscription(email: str, category: str) -> str:
    """The path that stops letters of `category` to `email`; whoever has the letter has it."""
    return f"/unsubscription/{signing.dumps([email, category], salt=_SALT)}/"


def of_unsubscription(token: str) -> tuple[str, str] | None:
    """(address, category) of such a link; None when we did not make it."""
    try:
        email, category = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return (email, category) if category in LABELS else None
