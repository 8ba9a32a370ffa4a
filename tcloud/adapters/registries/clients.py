"""The registers as configured: one place that makes all clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tcloud.adapters.registries.agencies import AgencyClient
from tcloud.adapters.registries.fia import FiaClient
from tcloud.adapters.registries.gcis import GcisClient
from tcloud.adapters.registries.gcis_codes import AGENCY_CODES
from tcloud.adapters.registries.http import Limits, http_client
from tcloud.adapters.registries.port import Registries


@dataclass(frozen=True, slots=True)
class RegistryConfig:
    """Where the registers are. Hosts without their fixed paths, except `agency_url`, which is a whole base.

    Production: gcis_url "https://data.gcis.nat.gov.tw", fia_url "https://eip.fia.gov.tw".
    """

    gcis_url: str
    fia_url: str
    agency_url: str
    agency_key: str = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    business_agencies: Sequence[str] = AGENCY_CODES
    proxy: str | None = None


def connect(config: RegistryConfig, *, transport: httpx.BaseTransport | None = None) -> Registries:
    """Clients for every source over one connection pool; safe to share between threads, make it once per process."""
    http = http_client(transport=transport, proxy=config.proxy)
    return Registries(
        companies=GcisClient(http, config.gcis_url, limits=config.limits, agencies=config.business_agencies),
        taxes=FiaClient(http, config.fia_url, limits=config.limits),
        agencies=AgencyClient(http, config.agency_url, config.agency_key, limits=config.limits),
    )
