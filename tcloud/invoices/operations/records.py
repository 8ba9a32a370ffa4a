"""Keeping what a supplier reports of its invoices (R-24, R-27). Orders decide when; these acts run in their transactions."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.mig.port import Cancellation, IssuedAllowance, IssuedInvoice
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.core.uploads import File
from tcloud.invoices import queries, rules, words
from tcloud.invoices.models import Allowance, InvoiceFile
from tcloud.invoices.rules import AllowanceLines
from tcloud.invoices.states import ALLOWANCE
from tcloud.payments.models import Invoice
from tcloud.payments.rules import InvoiceDue, InvoiceLines, check_invoice
from tcloud.payments.states import INVOICE

Kind = InvoiceFile.Kind
Source = Invoice.Source


@transaction.atomic
def record(
    order_number: str,
    said: InvoiceLines | IssuedInvoice,
    due: InvoiceDue,
    *,
    source: str = Source.FIELDS,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> Invoice:
    """R-24: keep an invoice that fits its order in every line, with the message it came in. The order's row must be locked.

    Raises Refusal `invoice.mismatch` (`words.mismatch`), `invoice.already`, `invoice.number_used`.
    """
    today = clock.taipei(at).date()
    if isinstance(said, IssuedInvoice):
        wrong, lines = rules.check_message(said, due, today=today), rules.lines_of(said)
    else:
        wrong, lines = check_invoice(said, due, today=today), said
    if wrong:
        raise words.mismatch(wrong)
    if Invoice.objects.filter(order_number=order_number, state="ISSUED").exists():
        raise Refusal("invoice.already", _("這張訂單的發票已登錄，不需要重複登錄。"))
    number_used = Refusal("invoice.number_used", _("這個發票號碼已用於其他訂單，或已作廢，請確認號碼。"))
    if Invoice.objects.filter(number=lines.number).exists():
        raise number_used
    try:
        with transaction.atomic():
            invoice = Invoice.objects.create(
                order_number=order_number,
                number=lines.number,
                date=lines.issued_on,
                buyer_ubn=lines.buyer_ubn,
                seller_ubn=lines.seller_ubn,
                sales_twd=lines.sales_twd,
                tax_twd=lines.tax_twd,
                total_twd=lines.total_twd,
                recorded_at=at,
                source=source,
            )
    except IntegrityError as error:  # two orders with the same number at the same moment
        raise number_used from error
    _keep(file, Kind.ISSUED, invoice, source=source, at=at)
    return invoice


@transaction.atomic
def void(
    invoice: Invoice,
    *,
    reason: str,
    on: date,
    message: Cancellation | None = None,
    file: File | None = None,
    for_refund: bool,
    source: str = Source.FIELDS,
    by: Actor,
    at: datetime,
) -> None:
    """R-24, R-27: the invoice no longer stands. `on` is the day the voiding names; with `for_refund` only within its own period.

    The row must be locked. Raises Refusal `invoice.reason_missing`, `invoice.has_allowances`, `invoice.period_over`,
    `invoice.mismatch`, `transition.not_now`.
    """
    reason = (message.reason if message else reason).strip()
    today, of = clock.taipei(at).date(), queries.standing(invoice)
    if message:
        on = message.cancelled_on
        wrong = rules.check_cancellation(
            message, of, number=invoice.number, issued_on=invoice.date, today=today
        )
    else:
        wrong = rules.check_day(on, since=invoice.date, today=today)
    if wrong:
        raise words.mismatch(wrong)
    if not reason:
        raise Refusal("invoice.reason_missing", _("請填寫作廢原因，企業會看到。"))
    if invoice.allowances.filter(state="ISSUED").exists():
        raise Refusal("invoice.has_allowances", _("這張發票已開立折讓，請先作廢折讓再作廢發票。"))
    if for_refund and not rules.may_void_for_refund(invoice.date, today=today):
        raise Refusal("invoice.period_over", _("這張發票不是當期開立的，退款不能作廢發票，請改為開立折讓。"))
    changes = {"voided_on": on, "void_reason": reason[:200]}
    advance(
        invoice, INVOICE, "void", by=by, at=at, case=invoice.case, changes=changes,
        number=invoice.number, reason=reason,
    )  # fmt: skip
    _keep(file, Kind.VOIDED, invoice, source=source, at=at)


@transaction.atomic
def allow(
    invoice: Invoice,
    said: AllowanceLines | IssuedAllowance,
    *,
    reason: str,
    source: str = Source.FIELDS,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> Allowance:
    """R-24, R-27: keep an allowance that fits its invoice. The invoice's row must be locked.

    Raises Refusal `invoice.mismatch`, `invoice.not_valid`, `allowance.reason_missing`, `allowance.number_used`.
    """
    if not invoice.is_valid:
        raise Refusal("invoice.not_valid", _("這張發票已作廢，不能折讓。"))
    today, of = clock.taipei(at).date(), queries.standing(invoice)
    if isinstance(said, IssuedAllowance):
        wrong = rules.check_allowance_message(said, of, today=today)
        said = AllowanceLines(said.number, said.issued_on, said.sales_twd, said.tax_twd)
    else:
        wrong = rules.check_allowance(said, of, today=today)
    if wrong:
        raise words.mismatch(wrong)
    if not reason.strip():
        raise Refusal("allowance.reason_missing", _("請填寫折讓原因，企業會看到。"))
    if invoice.allowances.filter(number=said.number).exists():
        raise Refusal("allowance.number_used", _("這個折讓單號碼已登錄過，不需要重複登錄。"))
    allowance = Allowance.objects.create(
        invoice=invoice,
        number=said.number,
        date=said.issued_on,
        sales_twd=said.sales_twd,
        tax_twd=said.tax_twd,
        reason=reason.strip()[:200],
        source=source,
        recorded_at=at,
    )
    _keep(file, Kind.ALLOWANCE, invoice, allowance, source=source, at=at)
    events.record(
        "allowance.issued", allowance, case=invoice.case, by=by, at=at, number=allowance.number,
        invoice=invoice.number, total_twd=allowance.total_twd, reason=allowance.reason,
    )  # fmt: skip
    return allowance


@transaction.atomic
def cancel_allowance(
    allowance: Allowance,
    *,
    reason: str,
    on: date,
    message: Cancellation | None = None,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """The allowance no longer stands; what it took back is the invoice's again. The invoice's row must be locked.

    Raises Refusal `invoice.mismatch`, `allowance.reason_missing`, `transition.not_now`.
    """
    reason = (message.reason if message else reason).strip()
    today = clock.taipei(at).date()
    if message:
        on = message.cancelled_on
        of = queries.standing(allowance.invoice)
        wrong = rules.check_cancellation(
            message, of, number=allowance.number, issued_on=allowance.date, today=today
        )
    else:
        wrong = rules.check_day(on, since=allowance.date, today=today)
    if wrong:
        raise words.mismatch(wrong)
    if not reason:
        raise Refusal("allowance.reason_missing", _("請填寫作廢原因，企業會看到。"))
    changes = {"cancelled_on": on, "cancel_reason": reason[:200]}
    advance(
        allowance, ALLOWANCE, "cancel", by=by, at=at, case=allowance.case, changes=changes,
        number=allowance.number, reason=reason,
    )  # fmt: skip
    _keep(file, Kind.CANCELLED, allowance.invoice, allowance, at=at)


def _keep(
    file: File | None,
    kind: str,
    invoice: Invoice,
    allowance: Allowance | None = None,
    *,
    source: str = Source.XML,
    at: datetime,
) -> None:
    """The message as received; what a provider answered is no MIG file."""
    if file is None:
        return
    InvoiceFile.objects.create(
        invoice=invoice,
        allowance=allowance,
        kind=Kind.ANSWER if source == Source.PROVIDER else kind,
        name=file.name,
        content=file.content,
        sha256=file.sha256,
        received_at=at,
    )
