"""The payment gateway as configured in the settings."""

import functools
from typing import Any

from django.conf import settings

from tcloud.adapters.ecpay.client import EcpayClient, http_client
from tcloud.adapters.gateway_port import Credentials, PaymentGateway


@functools.cache
def gateway() -> PaymentGateway:
    """The client of the one gateway account, one for the process."""
    configured: Any = settings.GATEWAY
    return EcpayClient(
        http_client(timeout_seconds=configured["timeout_s"]),
        configured["url"],
        Credentials(configured["merchant_id"], configured["hash_key"], configured["hash_iv"]),
    )
