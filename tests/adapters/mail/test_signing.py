"""DKIM: signed with what is configured, verified by the record that belongs into the DNS, and nothing set by half."""

import base64
import smtplib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.core.mail import EmailMultiAlternatives

from tcloud.adapters.mail import keys, signing
from tcloud.outbox.checks import signatures

OFF = {"domain": "", "rsa_selector": "", "rsa_key": "", "ed25519_selector": "", "ed25519_key": ""}


def der(key: Any) -> str:
    whole = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(whole).decode()


RSA = der(rsa.generate_private_key(public_exponent=65537, key_size=2048))
SHORT = der(rsa.generate_private_key(public_exponent=65537, key_size=1024))
ED = der(ed25519.Ed25519PrivateKey.generate())
BOTH = {
    "domain": "tcloud.example",
    "rsa_selector": "r",
    "rsa_key": RSA,
    "ed25519_selector": "e",
    "ed25519_key": ED,
}


def sample() -> bytes:
    made = EmailMultiAlternatives(
        "測試", "text", to=["a@b.tw"], headers={"List-Unsubscribe": "<https://x.tw/>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )  # fmt: skip
    made.attach_alternative("<p>text</p>", "text/html")
    return made.message().as_bytes(linesep="\r\n")


def test_both_signatures_verify_and_cover_the_headers_of_unsubscribing():
    found = keys.configured(BOTH)
    raw = signing.signed(sample(), found)
    assert [signing.verifies(raw, key, number) for number, key in enumerate(found)] == [True, True]
    assert raw.count(b"DKIM-Signature:") == 2
    assert b"DKIM-Signature" not in signing.signed(sample(), ())


@pytest.mark.parametrize(
    ("part", "other"),
    [(b"https://x.tw/", b"https://y.tw/"), (b"To: a@b.tw", b"To: c@b.tw"), (b"<p>", b"<q>")],
)
def test_whatever_is_changed_is_seen(part, other):
    found = keys.configured(BOTH)
    raw = signing.signed(sample(), found)
    assert raw != raw.replace(part, other)
    assert [signing.verifies(raw.replace(part, other), key, number) for number, key in enumerate(found)] == [
        False,
        False,
    ]


@pytest.mark.parametrize(
    "half",
    [
        OFF | {"domain": "tcloud.example"},
        OFF | {"rsa_selector": "r"},
        OFF | {"rsa_key": RSA},
        BOTH | {"domain": ""},
        BOTH | {"ed25519_selector": ""},
        BOTH | {"rsa_key": "nonsense"},
        BOTH | {"rsa_key": ED},
        BOTH | {"ed25519_key": RSA},
        BOTH | {"rsa_key": SHORT},
    ],
)
def test_what_is_set_by_half_is_refused_without_repeating_a_key(settings, half):
    with pytest.raises(keys.Misconfigured) as wrong:
        keys.configured(half)
    settings.DKIM = half
    (error,) = signatures()
    assert error.id == "tcloud.E080"
    assert not any(secret in f"{wrong.value}{error}" for secret in (RSA, SHORT, ED))


@pytest.mark.parametrize(
    ("dkim", "sender", "ids"),
    [
        (OFF, "x <a@b.tw>", []),
        (BOTH, "雲市集 <service@tcloud.example>", []),
        (BOTH, "service@mail.tcloud.example", []),
        (BOTH, "service@nottcloud.example", ["tcloud.E081"]),
    ],
)
def test_the_domain_is_the_one_that_readers_see(settings, dkim, sender, ids):
    settings.DKIM, settings.DEFAULT_FROM_EMAIL = dkim, sender
    assert [error.id for error in signatures()] == ids


@pytest.mark.parametrize(("dkim", "count"), [(OFF, 0), (BOTH, 2)])
def test_backend_signs_what_it_sends(settings, monkeypatch, dkim, count):
    sent: list[Any] = []

    class Server:
        def __init__(self, *_args: Any, **_kwargs: Any) -> None: ...
        def sendmail(self, sender: str, to: list[str], raw: bytes) -> None:
            sent.append((sender, to, raw))

        def quit(self) -> None: ...

    monkeypatch.setattr(smtplib, "SMTP", Server)
    settings.DKIM, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = dkim, False, ""
    settings.EMAIL_BACKEND = "tcloud.adapters.mail.signing.EmailBackend"
    EmailMultiAlternatives("測試", "正文", from_email="service+b-1@x.tw", to=["a@b.tw"]).send()
    ((sender, to, raw),) = sent
    assert (sender, to) == ("service+b-1@x.tw", ["a@b.tw"])
    assert raw.count(b"DKIM-Signature:") == count
    assert all(signing.verifies(raw, key, number) for number, key in enumerate(keys.configured(dkim)))
