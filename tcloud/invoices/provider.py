"""A supplier's provider as its account and the settings say."""

import functools
from typing import Any

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.einvoice.client import EcpayB2B, http_client
from tcloud.adapters.einvoice.port import EinvoiceProvider
from tcloud.adapters.merchant import Credentials
from tcloud.core.refusals import Refusal
from tcloud.core.sealed_secrets import SealBroken, unseal
from tcloud.invoices.models import ProviderAccount


@functools.cache
def _http(timeout_s: float) -> httpx.Client:
    """One for the process."""
    return http_client(timeout_seconds=timeout_s)


def provider_of(account: ProviderAccount) -> EinvoiceProvider:
    """The client of a supplier's account. Raises Refusal `provider.keys_lost` when its keys can't be opened any more."""
    configured: Any = settings.INVOICE_PROVIDER
    try:
        keys = unseal(account.sealed)
    except SealBroken as error:
        raise Refusal("provider.keys_lost", _("加值中心的金鑰已無法使用，請重新設定帳號。")) from error
    credentials = Credentials(account.merchant_id, keys["hash_key"], keys["hash_iv"])
    http = _http(configured["timeout_s"])
    return EcpayB2B(http, configured["url"], credentials, seller_ubn=account.company.ubn)
