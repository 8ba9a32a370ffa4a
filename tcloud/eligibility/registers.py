"""The registers as configured in the settings."""

import functools

from django.conf import settings

from tcloud.adapters.registries.clients import RegistryConfig, connect
from tcloud.adapters.registries.http import Limits
from tcloud.adapters.registries.port import Registries


def registers() -> Registries:
    """Clients for every source, one set for the process."""
    configured = settings.REGISTRIES
    return _connected(
        RegistryConfig(
            gcis_url=configured["gcis_url"],
            fia_url=configured["tax_url"],
            agency_url=configured["agency_url"],
            agency_key=configured["agency_key"],
            limits=Limits(),
        )
    )


@functools.cache
def _connected(config: RegistryConfig) -> Registries:
    return connect(config)
