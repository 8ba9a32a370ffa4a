"""What the supplier does about the order's invoice: record it, void it, give allowances (R-24, R-27)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.mig.port import Cancellation, IssuedAllowance, IssuedInvoice
from tcloud.core import clock, events
from tcloud.core.actors import SUPPLIER, SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import only
from tcloud.core.uploads import File
from tcloud.invoices import operations as invoices
from tcloud.invoices import queries
from tcloud.invoices.models import Allowance
from tcloud.invoices.rules import AllowanceLines
from tcloud.orders import obligations
from tcloud.orders import queries as order_queries
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.moving import current
from tcloud.payments.models import Invoice
from tcloud.payments.rules import InvoiceDue, InvoiceLines

Kind = Obligation.Kind
_MISSED = {
    Kind.INVOICE: "order.invoice_missed",
    Kind.REISSUE: "order.reissue_missed",
    Kind.CREDIT: "order.credit_missed",
}


def due_of(order: Order, *, is_out: bool = False) -> InvoiceDue:
    """R-24: what the order says its invoice must show. Raises Refusal `invoice.not_now` before the payment, and after a refund unless the
    invoice `is_out` already: then it is kept, to be given back.
    """
    if order.paid_at is None or (order.state == "REFUNDED" and not is_out):
        raise Refusal("invoice.not_now", _("收到自付款後才能登錄發票；已退款的訂單不需要再開立發票。"))
    supplier = order.supplier.company
    return InvoiceDue(
        buyer_ubn=order.company.ubn,
        seller_ubn=supplier.ubn if supplier else "",
        price_twd=order.price_twd,
        paid_on=clock.taipei(order.paid_at).date(),
    )


@transaction.atomic(durable=True)
def record_invoice(
    order: Order,
    said: InvoiceLines | IssuedInvoice,
    *,
    file: File | None = None,
    source: str = Invoice.Source.FIELDS,
    by: Actor,
    at: datetime,
) -> Invoice:
    """R-24: the supplier's invoice, checked line by line against the order; with it ends what was owed, a new one after a voiding too.

    Raises Refusal `transition.not_yours`, and as `due_of` and `invoices.record`.
    """
    return keep_invoice(current(order, at=at), said, file=file, source=source, by=by, at=at)


def keep_invoice(
    row: Order,
    said: InvoiceLines | IssuedInvoice,
    *,
    file: File | None,
    source: str,
    is_out: bool = False,
    by: Actor,
    at: datetime,
) -> Invoice:
    """`record_invoice` within a transaction that holds the order's row; `is_out` as for `due_of`."""
    only(by, SUPPLIER, SYSTEM)
    invoice = invoices.record(
        row.number, said, due_of(row, is_out=is_out), source=source, file=file, by=by, at=at
    )
    fulfil(row, Kind.INVOICE, by=by, at=at)
    fulfil(row, Kind.REISSUE, by=by, at=at)
    events.record("order.invoiced", row, case=row.case, by=by, at=at, number=invoice.number)
    owe_credit(row, at=at)
    return invoice


@transaction.atomic(durable=True)
def void_invoice(
    order: Order,
    *,
    reason: str = "",
    on: date | None = None,
    message: Cancellation | None = None,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> Invoice:
    """R-24, R-27: the order's invoice is voided (today unless `on` says another day). Another one is owed, or none after a refund.

    Raises Refusal `transition.not_yours`, `invoice.none` and those of `invoices.void`.
    """
    row = current(order, at=at)
    return keep_voiding(row, reason=reason, on=on, message=message, file=file, by=by, at=at)


def keep_voiding(
    row: Order,
    *,
    reason: str,
    on: date | None,
    message: Cancellation | None = None,
    file: File | None = None,
    source: str = Invoice.Source.FIELDS,
    by: Actor,
    at: datetime,
) -> Invoice:
    """`void_invoice` within a transaction that holds the order's row."""
    only(by, SUPPLIER, SYSTEM)
    invoice = valid_invoice(row)
    refunded = row.state == "REFUNDED"
    invoices.void(
        invoice,
        reason=reason,
        on=on or clock.taipei(at).date(),
        message=message,
        file=file,
        for_refund=refunded,
        source=source,
        by=by,
        at=at,
    )
    if refunded:
        fulfil(row, Kind.CREDIT, by=by, at=at)
    else:
        _credit_owed(row).update(lifted_at=at)  # owed again on the new one
        obligations.begin(row, "void_invoice", at=at)
    return invoice


@transaction.atomic(durable=True)
def record_allowance(
    order: Order,
    said: AllowanceLines | IssuedAllowance,
    *,
    reason: str,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> Allowance:
    """R-24, R-27: an allowance on the order's invoice; the duty after a refund ends when all that it took off the price is given back.

    Raises Refusal `transition.not_yours`, `invoice.none` and those of `invoices.allow`.
    """
    return keep_allowance(current(order, at=at), said, reason=reason, file=file, by=by, at=at)


def keep_allowance(
    row: Order,
    said: AllowanceLines | IssuedAllowance,
    *,
    reason: str,
    file: File | None = None,
    source: str = "",
    by: Actor,
    at: datetime,
) -> Allowance:
    """`record_allowance` within a transaction that holds the order's row."""
    only(by, SUPPLIER, SYSTEM)
    invoice = valid_invoice(row)
    source = source or (Invoice.Source.XML if file else Invoice.Source.FIELDS)
    made = invoices.allow(invoice, said, reason=reason, source=source, file=file, by=by, at=at)
    if not _to_give_back(row, invoice):
        fulfil(row, Kind.CREDIT, by=by, at=at)
    return made


@transaction.atomic(durable=True)
def cancel_allowance(
    order: Order,
    allowance: Allowance,
    *,
    reason: str = "",
    on: date | None = None,
    message: Cancellation | None = None,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> Allowance:
    """The allowance is cancelled (today unless `on` says another day). After a refund the invoice is to be given back again.

    Raises Refusal `transition.not_yours`, and as `invoices.cancel_allowance`.
    """
    only(by, SUPPLIER, SYSTEM)
    row = current(order, at=at)
    held = Allowance.objects.select_for_update(of=("self",)).select_related("invoice").get(pk=allowance.pk)
    invoices.cancel_allowance(
        held, reason=reason, on=on or clock.taipei(at).date(), message=message, file=file, by=by, at=at
    )
    owe_credit(row, at=at)
    return held


def owe_credit(row: Order, *, at: datetime) -> None:
    """R-24, R-27: what a refund took off the price may not stay on the invoice: the supplier must void it after a refund of all, or give
    as much back by an allowance. Call with the row locked; nothing is begun where nothing is to be given back, or that is owed already.
    """
    invoice = Invoice.objects.filter(order_number=row.number, state="ISSUED").first()
    if invoice and _to_give_back(row, invoice) and not _credit_owed(row).exists():
        obligations.begin(row, "refund", at=at)


def _to_give_back(row: Order, invoice: Invoice) -> int:
    """NT$, tax included, by which the invoice's allowances fall short of what refunds took off the price."""
    left = queries.standing(invoice)
    allowed = invoice.total_twd - left.sales_left_twd - left.tax_left_twd
    return max(order_queries.price_cut_twd(row) - allowed, 0)


def _credit_owed(row: Order) -> QuerySet[Obligation]:
    return Obligation.objects.filter(order=row, kind=Kind.CREDIT, fulfilled_at=None, lifted_at=None)


def valid_invoice(row: Order) -> Invoice:
    """The order's invoice that is valid now, its row held. Raises Refusal `invoice.none`."""
    invoice = Invoice.objects.select_for_update().filter(order_number=row.number, state="ISSUED").first()
    if invoice is None:
        raise Refusal("invoice.none", _("這張訂單沒有有效的發票，請重新整理頁面查看最新進度。"))
    return invoice


def fulfil(row: Order, kind: Obligation.Kind, *, by: Actor, at: datetime) -> None:
    """The supplier did what it owed; when it was late and no scan had found it, that is recorded now (R-29)."""
    if obligations.fulfil(row, kind, at=at):
        events.record(_MISSED[kind], row, case=row.case, by=by, at=at, announce=False)
