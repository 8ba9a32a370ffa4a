"""Time-stamps (RFC 3161): ask an authority for one, and judge one."""

from tcloud.adapters.time_stamp.client import TimeStampClient
from tcloud.adapters.time_stamp.port import (
    TimeStamp,
    TimeStamper,
    TimeStampError,
    TimeStampRefused,
    TimeStampUnavailable,
)
from tcloud.adapters.time_stamp.token import read_token

__all__ = [
    "TimeStamp",
    "TimeStampClient",
    "TimeStampError",
    "TimeStampRefused",
    "TimeStampUnavailable",
    "TimeStamper",
    "read_token",
]
