"""Invoices by the supplier's provider (R-24): asked once, found again when an answer was lost, kept as if the supplier had reported them.

Each act notes what it will ask and commits that, asks outside any transaction, and keeps what came of it under the order's lock. Before
something is sent it is tried on the record and taken back, so that nothing is asked which the record would refuse.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.einvoice.port import (
    EinvoiceProvider,
    FoundInvoice,
    InvoiceOrder,
    ProviderError,
    ProviderOutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from tcloud.core import clock
from tcloud.core.actors import SUPPLIER, THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import only
from tcloud.core.uploads import File
from tcloud.invoices import operations as invoices
from tcloud.invoices import queries
from tcloud.invoices.models import Allowance, ProviderAccount, ProviderRequest
from tcloud.invoices.provider import provider_of
from tcloud.invoices.rules import AllowanceLines
from tcloud.orders.models import Order
from tcloud.orders.operations.invoicing import (
    due_of,
    keep_allowance,
    keep_invoice,
    keep_voiding,
    valid_invoice,
)
from tcloud.orders.operations.moving import current
from tcloud.payments.models import Invoice
from tcloud.payments.rules import split_price

PROVIDER: Final = Invoice.Source.PROVIDER
Kind, Outcome = ProviderRequest.Kind, ProviderRequest.Outcome
IN_FLIGHT: Final = timedelta(minutes=2)  # longer than any answer is waited for
ASKED_FOR: Final = timedelta(
    days=1
)  # so long an answer is looked for unasked; then the supplier's next press does
logger = logging.getLogger(__name__)


def issue_by_provider(order: Order, *, provider: EinvoiceProvider, by: Actor, at: datetime) -> Invoice:
    """R-24: the invoice over the full price, issued by the supplier's provider and checked like any other.

    However often it is pressed, one is issued: the number that names it is unique for ever at the provider. Raises Refusal
    `provider.unavailable`, `provider.unknown` (press again: it is looked for first), `provider.refused`, `invoice.already`,
    `provider.voided`, `invoice.unsplittable`, those of `due_of` and `keep_invoice`.
    """
    only(by, SUPPLIER)
    request, sent_before = _ask_for_invoice(order, at=at)
    found = _find(provider, request.relate_number) if sent_before else None
    if found is None:
        _send(
            request,
            lambda: provider.issue(InvoiceOrder(request.relate_number, **request.said)),
            sent_before=sent_before,
            was_done=lambda: _find(provider, request.relate_number) is not None,
            at=at,
        )
        found = _find(provider, request.relate_number)
    if found is None:
        raise _unknown()
    return _keep_found(order, request, found, by=by, at=at)


@transaction.atomic(durable=True)
def _ask_for_invoice(order: Order, *, at: datetime) -> tuple[ProviderRequest, bool]:
    row = current(order, at=at)
    due = due_of(row)
    if Invoice.objects.filter(order_number=row.number, state="ISSUED").exists():
        raise Refusal("invoice.already", _("這張訂單的發票已登錄，不需要重複登錄。"))
    split = split_price(row.price_twd)
    if split is None:
        raise Refusal("invoice.unsplittable", _("這個價格沒有相符的稅額，請洽客服專線。"))
    said = {
        "buyer_ubn": due.buyer_ubn,
        "buyer_email": row.contact_email,
        "item": row.plan_version.name,
        "sales_twd": split.sales_twd,
        "tax_twd": split.tax_twd,
        "total_twd": due.price_twd,
    }
    return invoices.ask(row.number, Kind.ISSUE, said, at=at)


def _keep_found(
    order: Order, request: ProviderRequest, found: FoundInvoice, *, by: Actor, at: datetime
) -> Invoice:
    if found.voided:
        invoices.settle(request, Outcome.REFUSED, answer=found.message.number, at=at)
        raise Refusal("provider.voided", _("這張發票已在加值中心作廢，沒有登錄。請再按一次，開立新的發票。"))
    return _keep_issued(order, request, found, by=by, at=at)


@transaction.atomic(durable=True)
def _keep_issued(
    order: Order, request: ProviderRequest, found: FoundInvoice, *, by: Actor, at: datetime
) -> Invoice:
    row = current(order, at=at)
    invoice = Invoice.objects.filter(order_number=row.number, number=found.message.number).first()
    if invoice is None:  # else another press, or the supplier by hand, was first
        file = File(f"{request.relate_number}.json", "application/json", found.raw)
        invoice = keep_invoice(row, found.message, file=file, source=PROVIDER, is_out=True, by=by, at=at)
    invoices.settle(request, Outcome.DONE, answer=invoice.number, at=at)
    return invoice


def void_by_provider(
    order: Order, *, reason: str, provider: EinvoiceProvider, by: Actor, at: datetime
) -> Invoice:
    """R-24, R-27: the invoice that the provider issued is voided there, then here.

    Raises Refusal as `issue_by_provider`, `provider.not_its_invoice`, and those of `keep_voiding` before anything is sent.
    """
    with transaction.atomic(durable=True):
        row = current(order, at=at)
        relate_number = _issued_by_provider(valid_invoice(row))
        _tried(lambda: keep_voiding(row, reason=reason, on=None, source=PROVIDER, by=by, at=at))
        request, sent_before = invoices.ask(row.number, Kind.VOID, {"reason": reason.strip()}, at=at)
    invoice = Invoice.objects.get(order_number=order.number, state="ISSUED")

    def is_voided() -> bool:
        found = _find(provider, relate_number)
        return found is not None and found.voided

    if not (sent_before and is_voided()):
        _send(
            request,
            lambda: provider.void(invoice.number, invoice.date, request.said["reason"]),
            sent_before=sent_before,
            was_done=is_voided,
            at=at,
        )
    _keep_voided(order, request, invoice, by=by, at=at)
    invoice.refresh_from_db()
    return invoice


@transaction.atomic(durable=True)
def _keep_voided(
    order: Order, request: ProviderRequest, invoice: Invoice, *, by: Actor, at: datetime
) -> bool:
    """Whether it was kept now, and not by another press."""
    row = current(order, at=at)
    if not invoices.settle(request, Outcome.DONE, answer=invoice.number, at=at):
        return False
    keep_voiding(row, reason=request.said["reason"], on=None, source=PROVIDER, by=by, at=at)
    return True


def allow_by_provider(
    order: Order,
    *,
    sales_twd: int,
    tax_twd: int,
    reason: str,
    provider: EinvoiceProvider,
    by: Actor,
    at: datetime,
) -> Allowance:
    """R-24, R-27: an allowance on the invoice that the provider issued. `sales_twd` without tax.

    An allowance has no number of ours at the provider: after a lost answer it is asked what is left of the invoice, and where the
    allowance was made the supplier enters it by its number. Raises Refusal as `void_by_provider`, and `provider.allowance_made`.
    """
    with transaction.atomic(durable=True):
        row = current(order, at=at)
        relate_number = _issued_by_provider(valid_invoice(row))
        lines = AllowanceLines("-", clock.taipei(at).date(), sales_twd, tax_twd)
        _tried(lambda: keep_allowance(row, lines, reason=reason, source=PROVIDER, by=by, at=at))
    found = _find(provider, relate_number)
    if found is None:
        raise _unknown()
    said = {"sales_twd": sales_twd, "tax_twd": tax_twd, "reason": reason.strip(), "left_twd": found.left_twd}
    with transaction.atomic(durable=True):
        row = current(order, at=at)
        earlier = queries.open_request(row.number)
        if earlier and earlier.sent_at and earlier.sent_at <= at < earlier.sent_at + IN_FLIGHT:
            raise Refusal("provider.busy", _("同一個動作正在辦理，請兩分鐘後再試。"))
        request, sent_before = invoices.ask(row.number, Kind.ALLOW, said, at=at)
    if sent_before and found.left_twd != request.said["left_twd"]:
        invoices.settle(request, Outcome.BY_HAND, at=at)
        raise Refusal(
            "provider.allowance_made",
            _("加值中心已開立這張折讓，請到加值中心查折讓單號碼，再以欄位登錄。"),
        )
    asked = request.said
    number = _send(
        request,
        lambda: provider.allow(found.message, asked["sales_twd"], asked["tax_twd"]),
        sent_before=sent_before,
        at=at,
    )
    lines = AllowanceLines(str(number), clock.taipei(at).date(), asked["sales_twd"], asked["tax_twd"])
    with transaction.atomic(durable=True):
        row = current(order, at=at)
        made = keep_allowance(row, lines, reason=asked["reason"], source=PROVIDER, by=by, at=at)
        invoices.settle(request, Outcome.DONE, answer=str(number), at=at)
    return made


def settle_provider_requests(
    *, connect: Callable[[ProviderAccount], EinvoiceProvider] = provider_of, at: datetime
) -> int:
    """R-24: look for what was sent to a provider and not answered, and keep what was done. Returns how many were settled.

    An invoice that is not there stays asked for: pressed again, it is sent under the same number. An allowance that was made waits for
    the supplier, who alone knows its number. A provider that can't be reached is left alone for the rest of the run.
    """
    settled, silent = 0, set[int]()
    for request in queries.unanswered(sent_after=at - ASKED_FOR, sent_before=at - IN_FLIGHT):
        order = Order.objects.select_related("supplier__company").get(number=request.order_number)
        company = order.supplier.company
        account = queries.account_of(company) if company else None
        if account is None or account.pk in silent:
            continue
        try:
            settled += _settled(order, request, connect(account), at=at)
        except Refusal as refusal:
            if refusal.code in ("provider.unknown", "provider.keys_lost"):
                silent.add(account.pk)
            logger.warning("the %s of order %s is not settled: %s", request.kind, order.number, refusal.code)
    return settled


def _settled(order: Order, request: ProviderRequest, provider: EinvoiceProvider, *, at: datetime) -> bool:
    if request.kind == Kind.ISSUE:
        found = _find(provider, request.relate_number)
        return found is not None and bool(_keep_found(order, request, found, by=THE_SYSTEM, at=at))
    of = Invoice.objects.filter(order_number=order.number, state="ISSUED", source=PROVIDER).first()
    found = _find(provider, _issued_by_provider(of)) if of else None
    if of is None or found is None:
        return invoices.settle(request, Outcome.NOT_DONE, at=at)
    was_done = found.voided if request.kind == Kind.VOID else found.left_twd != request.said["left_twd"]
    if not was_done:
        return invoices.settle(request, Outcome.NOT_DONE, at=at)
    return request.kind == Kind.VOID and _keep_voided(order, request, of, by=THE_SYSTEM, at=at)


def _issued_by_provider(invoice: Invoice) -> str:
    """The number under which the provider issued it. Raises Refusal `provider.not_its_invoice`."""
    request = ProviderRequest.objects.filter(
        order_number=invoice.order_number, kind=Kind.ISSUE, outcome=Outcome.DONE, answer=invoice.number
    ).first()
    if request is None:
        raise Refusal(
            "provider.not_its_invoice", _("這張發票不是由平台經加值中心開立的，請以欄位或檔案登錄。")
        )
    return request.relate_number


def _tried(act: Callable[[], object]) -> None:
    """Do it and take it back: whatever the record would refuse is refused now. Within a transaction."""
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


def _send(
    request: ProviderRequest,
    send: Callable[[], Any],
    *,
    sent_before: bool,
    was_done: Callable[[], bool] = lambda: False,
    at: datetime,
) -> Any:
    """What the provider answered. A refusal that means it was done before (`was_done`) is none."""
    try:
        return send()
    except ProviderUnavailable as error:
        if not sent_before:
            invoices.settle(request, Outcome.NOT_DONE, at=at)
        raise _unavailable() from error
    except ProviderOutcomeUnknown as error:
        raise _unknown() from error
    except ProviderRefused as error:
        if was_done():
            return None
        invoices.settle(request, Outcome.REFUSED, answer=str(error), at=at)
        raise Refusal(
            "provider.refused",
            _("加值中心沒有接受：%(message)s（代碼%(number)s）。"),
            message=error.message,
            number=error.code,
        ) from error


def _find(provider: EinvoiceProvider, relate_number: str) -> FoundInvoice | None:
    try:
        return provider.find(relate_number)
    except ProviderError as error:
        raise _unknown() from error


def _unavailable() -> Refusal:
    return Refusal("provider.unavailable", _("目前連不上加值中心，沒有送出任何資料，請稍後再試。"))


def _unknown() -> Refusal:
    return Refusal(
        "provider.unknown",
        _("加值中心沒有回覆結果。請稍後再按一次，系統會先查詢是否已辦理，不會重複。"),
    )
