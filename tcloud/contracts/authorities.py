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


def time_stamper() -> TimeStamper:
    """The configured time-stamping authority; one client for the process."""
    return _client(_configured()["url"], time_stamp_anchors(), _configured()["timeout_s"])


@functools.cache
def _client(url: str, anchors: tuple[bytes, ...], timeout: float) -> TimeStamper:
    http = httpx.Client(trust_env=False, follow_redirects=False)
    return TimeStampClient(url, http, anchors=anchors, timeout=timeout)


def sealing_services(*, accepts_secondary: bool = False) -> SealingServices:
    """R-20: what a card's signature in a contract is judged, time-stamped and proved by."""
    return SealingServices(
        policy=cards.trust_policy(accepts_secondary=accepts_secondary),
        revocation=cards.revocation_checker(),
        time_stamper=time_stamper(),
    )
