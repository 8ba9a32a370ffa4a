"""The card adapter as configured: anchors, policy and revocation services from the settings."""

import functools
from pathlib import Path

import httpx
from django.conf import settings

from tcloud.adapters.card import RevocationChecker, RevocationClient, TrustPolicy, load_certificates


def certificates_in(places: list[str]) -> tuple[bytes, ...]:
    """DER of every certificate in the named files, and in the .pem, .crt, .cer and .der files of the named folders."""
    found: list[bytes] = []
    for place in map(Path, places):
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        for file in files:
            if file.suffix in {".pem", ".crt", ".cer", ".der"}:
                found += load_certificates(file.read_bytes())
    return tuple(found)


@functools.cache
def _certificates(places: tuple[str, ...]) -> tuple[bytes, ...]:
    return certificates_in(list(places))


def trust_policy(*, accepts_secondary: bool = False) -> TrustPolicy:
    """R-09: the configured anchors, the policy a card must have, and whether secondary cards (附卡) may act."""
    card = settings.CARD
    return TrustPolicy(
        anchors=_certificates(tuple(card["anchors"])),
        intermediates=_certificates(tuple(card["intermediates"])),
        required_policy=card["policy"],
        allow_secondary=accepts_secondary,
    )


@functools.cache
def revocation_checker() -> RevocationChecker:
    """R-09: OCSP, else the revocation list; one client for the process, lists cached until their next update."""
    http = httpx.Client(trust_env=False, follow_redirects=False)
    return RevocationClient(http, timeout=settings.CARD["revocation_timeout_s"])
