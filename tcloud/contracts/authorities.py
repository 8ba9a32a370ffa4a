"""The authorities that contracts are sealed and verified with, as configured."""

import functools
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from tcloud.adapters.card import read_trust_folder
from tcloud.adapters.time_stamp import TimeStampClient, TimeStamper
from tcloud.contracts.sealing import SealingServices
from tcloud.members import cards


def _configured() -> Any:
    return settings.TIME_STAMP


@functools.cache
def _anchors(folder: str) -> tuple[bytes, ...]:
    return read_trust_folder(Path(folder))[0]


def time_stamp_anchors() -> tuple[bytes, ...]:
    """DER certificates that a time-stamp must lead to. Raises CardDataError when the folder holds none."""
    return _anchors(str(_configured()["trust_folder"]))


@functools.cache
def time_stamper() -> TimeStamper:
    """The configured time-stamping authority; one client for the process."""
    return TimeStampClient(
        _configured()["url"],
        httpx.Client(trust_env=False, follow_redirects=False),
        anchors=time_stamp_anchors(),
        timeout=_configured()["timeout_s"],
    )


def sealing_services(*, accepts_secondary: bool = False) -> SealingServices:
    """R-20: what a card's signature in a contract is judged, time-stamped and proved by."""
    return SealingServices(
        policy=cards.trust_policy(accepts_secondary=accepts_secondary),
        revocation=cards.revocation_checker(),
        time_stamper=time_stamper(),
    )
