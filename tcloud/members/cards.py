"""The card adapter as configured: anchors, policy and revocation services from the settings."""

import functools
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from tcloud.adapters.card import RevocationChecker, RevocationClient, TrustPolicy, read_trust_folder


def _configured() -> Any:
    return settings.CARD


@functools.cache
def _trusted(folder: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    return read_trust_folder(Path(folder))


def trust_policy(*, accepts_secondary: bool = False) -> TrustPolicy:
    """R-09: the configured anchors, the policy a card must have, and whether secondary cards (附卡) may act.

    Raises CardDataError when the trust folder holds no anchor.
    """
    anchors, intermediates = _trusted(str(_configured()["trust_folder"]))
    return TrustPolicy(
        anchors=anchors,
        intermediates=intermediates,
        required_policy=_configured()["policy"],
        allow_secondary=accepts_secondary,
    )


def revocation_checker() -> RevocationChecker:
    """R-09: OCSP, else the revocation list; one client for the process, lists cached until their next update.

    Only the configured hosts are asked; with none configured, whatever a certificate under an anchor names.
    """
    return _checker(_configured()["revocation_timeout_s"], tuple(_configured()["revocation_hosts"]))


@functools.cache
def _checker(timeout: float, hosts: tuple[str, ...]) -> RevocationChecker:
    http = httpx.Client(trust_env=False, follow_redirects=False)
    return RevocationClient(http, timeout=timeout, allowed_hosts=hosts or None)
