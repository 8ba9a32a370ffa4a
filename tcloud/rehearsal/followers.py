"""The systems that follow the rehearsal clock, as configured in the settings."""

import functools

from django.conf import settings

from tcloud.adapters.rehearsal.client import HttpFollowers, http_client
from tcloud.adapters.rehearsal.port import Followers


@functools.cache
def followers() -> Followers:
    """One client for the process."""
    return HttpFollowers(http_client(), settings.REHEARSAL_FOLLOWERS)
