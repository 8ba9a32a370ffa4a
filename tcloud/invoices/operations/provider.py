"""A supplier's account with its provider, and what was asked of it: kept before it is sent (R-24). Orders conduct the asking."""

import re
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.checks import PUBLIC_TEST_MERCHANTS
from tcloud.core.refusals import Refusal
from tcloud.core.sealed_secrets import seal
from tcloud.invoices.models import ProviderAccount, ProviderRequest
from tcloud.members.models import Company

MERCHANT_ID: Final = re.compile(r"[0-9A-Za-z]{1,10}")
KEY: Final = re.compile(r"[\x21-\x7e]{16}")


@transaction.atomic(durable=True)
def set_account(
    company: Company, *, merchant_id: str, hash_key: str, hash_iv: str, by: Actor, at: datetime
) -> ProviderAccount:
    """Keep the supplier's account with its provider, the keys sealed. Who changed it when is recorded, never what they are.

    Raises Refusal `provider.wrong_account` (the number: 1-10 letters or digits; the keys: 16 characters each) and, on a public
    site, `provider.test_account` for the account that is published for tests.
    """
    if not MERCHANT_ID.fullmatch(merchant_id) or not all(map(KEY.fullmatch, (hash_key, hash_iv))):
        raise Refusal("provider.wrong_account", _("特店編號最多10碼，HashKey與HashIV各為16碼，請確認。"))
    if merchant_id in PUBLIC_TEST_MERCHANTS and not settings.DEBUG:
        raise Refusal("provider.test_account", _("這是公開的測試帳號，不能用來開立發票。"))
    sealed = seal({"hash_key": hash_key, "hash_iv": hash_iv})
    account, _made = ProviderAccount.objects.update_or_create(
        company=company, defaults={"merchant_id": merchant_id, "sealed": sealed, "changed_at": at}
    )
    events.record(
        "invoice_provider.changed", account, case=account.case, by=by, at=at, announce=False,
        merchant_id=merchant_id,
    )  # fmt: skip
    return account


@transaction.atomic
def ask(order_number: str, kind: str, said: dict[str, Any], *, at: datetime) -> tuple[ProviderRequest, bool]:
    """The open request of that kind, made when there is none, and whether it was sent before. The order's row must be locked.

    Sending is noted before it is done. Raises Refusal `provider.unsettled` while something else about the order is open.
    """
    request = (
        ProviderRequest.objects.select_for_update().filter(order_number=order_number, outcome="").first()
    )
    if request is None:
        earlier = ProviderRequest.objects.filter(order_number=order_number).count()
        request = ProviderRequest.objects.create(
            order_number=order_number,
            kind=kind,
            relate_number=f"{order_number}{earlier + 1:02d}",
            said=said,
            asked_at=at,
        )
    elif request.kind != kind:
        raise Refusal(
            "provider.unsettled",
            _("「%(kind)s」的結果還沒有確定，請先再執行一次那個動作。"),
            kind=request.get_kind_display(),
        )
    sent_before = request.sent_at is not None
    ProviderRequest.objects.filter(pk=request.pk).update(sent_at=at)
    request.sent_at = at
    return request, sent_before


def settle(request: ProviderRequest, outcome: str, *, answer: str = "", at: datetime) -> bool:
    """What became of it; False when another run has settled it already, or is sending it again meanwhile and this one says it was not done."""
    with transaction.atomic():
        open_one = ProviderRequest.objects.filter(pk=request.pk, outcome="")
        if outcome == ProviderRequest.Outcome.NOT_DONE:
            open_one = open_one.filter(sent_at=request.sent_at)
        return bool(open_one.update(outcome=outcome, settled_at=at, answer=answer[:200]))
