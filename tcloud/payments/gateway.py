"""The payment gateways: the programme's own by the settings, and those of suppliers' accounts."""

import contextlib
import functools
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tcloud.adapters.ecpay.client import EcpayClient, http_client
from tcloud.adapters.ecpay.settlement import EcpayStatements, Statements
from tcloud.adapters.gateway_port import GatewayUnavailable, PaymentGateway
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.newebpay.client import NewebpayClient
from tcloud.core.sealed_secrets import SealBroken, unseal
from tcloud.payments.models import Charge, PaymentAccount
from tcloud.payments.queries import GIVES_STATEMENTS


def gateway() -> PaymentGateway:
    """The client of the programme's gateway account, one for the process."""
    configured: Any = settings.GATEWAY
    keys = Credentials(configured["merchant_id"], configured["hash_key"], configured["hash_iv"])
    return _programmes(configured["kind"], keys, configured["url"])


@functools.cache
def _programmes(kind: str, keys: Credentials, url: str) -> PaymentGateway:
    return client(kind, keys, url=url)


def client(kind: str, keys: Credentials, *, url: str = "") -> PaymentGateway:
    """A client for an account at a gateway of that kind; at the address of the settings unless `url` says another."""
    configured: Any = settings.GATEWAY
    http = http_client(timeout_seconds=configured["timeout_s"])
    make = {"ecpay": EcpayClient, "newebpay": NewebpayClient}[kind]
    return make(http, url or configured["urls"][kind], keys)


@functools.lru_cache(maxsize=512)
def _of_account(pk: int) -> PaymentGateway:
    account = PaymentAccount.objects.get(pk=pk)  # a row never changes, nor does its client
    try:
        secrets = unseal(account.secrets)
    except SealBroken as error:
        raise GatewayUnavailable("the keys of the account can't be opened") from error
    return client(account.kind, Credentials(account.merchant_id, secrets["hash_key"], secrets["hash_iv"]))


def of_account(account_id: int | None, programmes: PaymentGateway) -> PaymentGateway:
    """The gateway of an account; `programmes`, the programme's own, for none."""
    return programmes if account_id is None else _of_account(account_id)


def of_charge(charge: Charge, programmes: PaymentGateway) -> PaymentGateway:
    """The gateway of the account that the charge was made with: whatever is asked or said about it goes by that one alone."""
    return of_account(charge.account_id, programmes)


def speakers(
    kind: str, fields: Mapping[str, str], programmes: PaymentGateway
) -> list[tuple[int | None, PaymentGateway]]:
    """Who a posted message may be from: (account, its gateway), None for the programme's own. Empty when nobody fits.

    ECPay's messages name the trade in clear, so it is the account of that charge and no other; NewebPay's name only the merchant outside
    and are tried with each account of that number. `orders.settle` then takes a message only for a charge of the account that signed it.
    """
    if kind == "ecpay":
        charge = (
            Charge.objects.filter(trade_no=fields.get("MerchantTradeNo", "")[:20])
            .select_related("account")
            .first()
        )
        account = charge.account if charge else None
        if account is None:
            return [(None, programmes)] if settings.GATEWAY["kind"] == kind else []
        return [(account.pk, _of_account(account.pk))] if account.kind == kind else []
    merchant_id = fields.get("MerchantID", "")[:15]
    own = (
        PaymentAccount.objects.filter(kind=kind, merchant_id=merchant_id)
        .order_by("-id")
        .values_list("pk", flat=True)
    )
    found: list[tuple[int | None, PaymentGateway]] = []
    for pk in own:
        with contextlib.suppress(GatewayUnavailable):  # keys lost: other accounts of that number still speak
            found.append((pk, _of_account(pk)))
    if settings.GATEWAY["kind"] == kind and merchant_id == programmes.merchant_id:
        found.insert(0, (None, programmes))
    return found


def statements_of(account: PaymentAccount | None) -> Statements | None:
    """Where the daily statement of an account comes from; None for a gateway that gives out none over HTTP, or whose keys can't be read."""
    configured: Any = settings.GATEWAY
    if (account.kind if account else configured["kind"]) != GIVES_STATEMENTS:
        return None
    try:
        secrets = unseal(account.secrets) if account else configured
    except SealBroken:
        return None
    merchant_id = account.merchant_id if account else configured["merchant_id"]
    keys = Credentials(merchant_id, secrets["hash_key"], secrets["hash_iv"])
    return EcpayStatements(
        http_client(timeout_seconds=configured["timeout_s"]), configured["vendor_url"], keys
    )
