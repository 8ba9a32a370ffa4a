"""A supplier's own accounts: at a gateway, with its keys sealed, and at a bank (R-23)."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.gateway_port import GatewayError, PaymentGateway
from tcloud.adapters.merchant import Credentials
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.checks import PUBLIC_TEST_MERCHANTS
from tcloud.core.refusals import Refusal
from tcloud.core.sealed_secrets import seal
from tcloud.members.models import Company
from tcloud.payments import gateway as gateways
from tcloud.payments.models import PaymentAccount

PROBE: Final = (
    "TCLOUDKEYCHECK"  # a trade number that nobody has: the answer alone shows whether the keys are right
)
KEY_LENGTHS: Final = {"ecpay": (16, 16), "newebpay": (32, 16)}
_SIGNS: Final = re.compile(r"[A-Za-z0-9]+")


def set_gateway_account(
    company: Company,
    *,
    kind: str,
    keys: Credentials,
    by: Actor,
    at: datetime,
    connect: Callable[[str, Credentials], PaymentGateway] | None = None,
) -> PaymentAccount:
    """The account at a gateway into which the company's customers pay from now on; charges made before keep theirs.

    The gateway is asked first whether it knows the keys, while nothing is locked. Raises Refusal `account.form` for numbers or keys of
    another shape, `account.test_merchant` on a public site, `account.not_accepted` when the gateway does not confirm them.
    """
    lengths = (len(keys.hash_key), len(keys.hash_iv))
    if (
        not all(map(_SIGNS.fullmatch, (keys.merchant_id, keys.hash_key, keys.hash_iv)))
        or lengths != KEY_LENGTHS[kind]
    ):
        raise Refusal(
            "account.form",
            _("特店編號與金鑰只含英文字母和數字；HashKey 有 %(key)s 碼，HashIV 有 %(iv)s 碼。"),
            key=KEY_LENGTHS[kind][0],
            iv=KEY_LENGTHS[kind][1],
        )
    if keys.merchant_id in PUBLIC_TEST_MERCHANTS and not settings.DEBUG:
        raise Refusal("account.test_merchant", _("這是公開的測試特店，任何人都有它的金鑰，不能用來收款。"))
    try:
        (connect or gateways.client)(kind, keys).query(PROBE, amount_twd=1, at=at)
    except GatewayError as error:
        raise Refusal(
            "account.not_accepted", _("金流平台沒有確認這組特店編號與金鑰，請核對後再試一次。")
        ) from error
    secrets = seal({"hash_key": keys.hash_key, "hash_iv": keys.hash_iv})
    return _replace(company, by=by, at=at, kind=kind, merchant_id=keys.merchant_id, secrets=secrets)


def set_bank_account(
    company: Company,
    *,
    bank_code: str,
    bank_name: str,
    account_no: str,
    account_name: str,
    by: Actor,
    at: datetime,
) -> PaymentAccount:
    """The bank account to which the company's customers may remit. Raises Refusal `account.form`."""
    wrong = not re.fullmatch(r"[0-9]{3}", bank_code) or not re.fullmatch(r"[0-9]{6,16}", account_no)
    if wrong or not account_name.strip():
        raise Refusal("account.form", _("銀行代碼是 3 位數字，帳號是 6 到 16 位數字，並請填寫戶名。"))
    return _replace(
        company,
        by=by,
        at=at,
        kind=PaymentAccount.Kind.BANK,
        bank_code=bank_code,
        bank_name=bank_name.strip(),
        account_no=account_no,
        account_name=account_name.strip(),
    )


@transaction.atomic(durable=True)
def _replace(company: Company, *, kind: str, by: Actor, at: datetime, **values: str) -> PaymentAccount:
    _retire(company, bank=kind == PaymentAccount.Kind.BANK, at=at)
    account = PaymentAccount.objects.create(company=company, kind=kind, created_at=at, **values)
    events.record(
        "payment_account.set",
        account,
        case=f"company/{company.pk}",
        by=by,
        at=at,
        kind=kind,
        hint=account.hint,
    )
    return account


@transaction.atomic(durable=True)
def retire_account(account: PaymentAccount, *, by: Actor, at: datetime) -> None:
    """New charges go by the programme's gateway again; remittances are offered no more. Retired twice, it is retired once."""
    if _retire(account.company, bank=account.kind == PaymentAccount.Kind.BANK, at=at, only=account.pk):
        events.record(
            "payment_account.retired", account, case=f"company/{account.company_id}", by=by, at=at,
            kind=account.kind, hint=account.hint,
        )  # fmt: skip


def _retire(company: Company, *, bank: bool, at: datetime, only: int | None = None) -> int:
    """How many were retired; the company's row is held, so that of two at once the second sees the first's."""
    Company.objects.select_for_update().get(pk=company.pk)
    active = PaymentAccount.objects.filter(company=company, retired_at=None)
    active = (
        active.filter(kind=PaymentAccount.Kind.BANK)
        if bank
        else active.exclude(kind=PaymentAccount.Kind.BANK)
    )
    if only is not None:
        active = active.filter(pk=only)
    return active.update(retired_at=at)
