"""The way out: letters by SMTP, each signed with the configured keys (DKIM), so that receivers know them for ours."""

from collections.abc import Sequence
from typing import Any

import dkim
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from tcloud.adapters.mail import keys
from tcloud.adapters.mail.keys import Key

RELAXED = (b"relaxed", b"relaxed")


def signed(raw: bytes, with_keys: Sequence[Key]) -> bytes:
    """The message with a signature of each key before it. All headers are signed, also List-Unsubscribe, as RFC 8058 §4 asks."""
    signatures = [
        dkim.sign(
            raw,
            key.selector.encode(),
            key.domain.encode(),
            key.secret,
            canonicalize=RELAXED,
            signature_algorithm=key.algorithm.encode(),
        )
        for key in with_keys
    ]
    return b"".join([*signatures, raw])


def verifies(raw: bytes, key: Key, number: int = 0) -> bool:
    """Whether the signature `number` (from the top) holds against the record that belongs into the DNS; asks no DNS."""

    def record(name: bytes, timeout: int = 5) -> bytes | None:
        asked = name.decode().rstrip(".")
        return key.record.encode() if asked == key.name else None

    try:
        return bool(dkim.DKIM(raw).verify(idx=number, dnsfunc=record))
    except dkim.DKIMException:  # the body is another one
        return False


class EmailBackend(smtp.EmailBackend):
    """Django's own, with signatures where keys are configured."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys = keys.configured(settings.DKIM)

    def _send(self, email_message: EmailMessage) -> bool:
        if self._keys:
            email_message = _Signed(email_message, self._keys)  # type: ignore[assignment]
        return super()._send(email_message)  # type: ignore[misc, no-any-return]


class _Signed:
    """A message that is signed when it is written out; everything else is the message's own."""

    def __init__(self, message: EmailMessage, with_keys: Sequence[Key]) -> None:
        self._message, self._keys = message, with_keys

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)

    def message(self) -> Any:
        return self

    def as_bytes(self, *args: Any, **kwargs: Any) -> bytes:
        return signed(self._message.message().as_bytes(*args, **kwargs), self._keys)
