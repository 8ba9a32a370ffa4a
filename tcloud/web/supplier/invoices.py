"""What a supplier does about an order's invoice, each by its lines or by its file: record, void, allow, cancel (R-24, R-27)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tcloud.adapters.einvoice.port import EinvoiceProvider
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import File
from tcloud.invoices import queries, reading, words
from tcloud.invoices.models import Allowance
from tcloud.invoices.operations import set_account
from tcloud.invoices.provider import provider_of
from tcloud.invoices.words import Row
from tcloud.orders import operations
from tcloud.orders.effects import effects
from tcloud.orders.models import Obligation, Order
from tcloud.payments import queries as payments
from tcloud.payments.models import Invoice
from tcloud.web.supplier.access import Desk, with_keys
from tcloud.web.supplier.acts import back_to, due_at, page_and_act
from tcloud.web.supplier.forms import (
    AllowanceForm,
    InvoiceForm,
    MessageFileForm,
    ProviderForm,
    VoidingForm,
    invoice_proposal,
)


@dataclass
class Ways:
    """The two forms of a page, the lines of a file that do not fit, and whether one of the ways went through."""

    form: Any
    file_form: MessageFileForm
    rows: list[Row] = field(default_factory=list)
    done: bool = False

    @property
    def bad(self) -> forms.Form:
        """The form whose errors the summary tells."""
        return self.file_form if self.file_form.is_bound else self.form


def two_ways(
    request: HttpRequest,
    make_form: Callable[[Any], Any],
    *,
    read: Callable[[bytes], Any],
    by_lines: Callable[[Any], object],
    by_file: Callable[[Any, File], object],
) -> Ways:
    """Draw both forms, or act on the one that was sent. What a rule objects to stands at its form; what was typed stays."""
    if request.method != "POST":
        return Ways(make_form(None), MessageFileForm())
    if request.POST.get("by") == "file":
        ways = Ways(make_form(None), MessageFileForm(request.POST, request.FILES))
        if ways.file_form.is_valid():
            _act_on_file(ways, read, by_file)
        return ways
    ways = Ways(make_form(request.POST), MessageFileForm())
    if ways.form.is_valid():
        try:
            by_lines(ways.form)
            ways.done = True
        except Refusal as refusal:
            ways.form.take(refusal)
    return ways


def _act_on_file(ways: Ways, read: Callable[[bytes], Any], by_file: Callable[[Any, File], object]) -> None:
    try:
        sent = ways.file_form.sent()
        by_file(read(sent.content), sent)
        ways.done = True
    except Refusal as refusal:
        ways.rows = words.rows_of(refusal.facts.get("wrong", ()))
        said = _("檔案內容與訂單不符，沒有登錄任何資料。不符的項目列在下面。")
        ways.file_form.add_error("file", said if ways.rows else refusal.text())


def _valid(order: Order) -> Invoice:
    """The order's invoice that is valid now. Raises Http404."""
    invoice = payments.invoice_of(order.number)
    if invoice is None:
        raise Http404
    return invoice


@page_and_act
def invoice(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The invoice, with every objection beside its field or its line of the file (R-24)."""
    order, at = desk.order(number), clock.now()
    if order.paid_at is None or order.state == "REFUNDED" or payments.invoice_of(order.number):
        return _gone(request, order)
    today = clock.taipei(at).date()
    ways = two_ways(
        request,
        lambda data: InvoiceForm(data, initial=invoice_proposal(order, today=today)),
        read=reading.invoice,
        by_lines=lambda form: operations.record_invoice(
            order, form.lines(order, desk.company.ubn), by=desk.actor, at=at
        ),
        by_file=lambda message, file: operations.record_invoice(
            order, message, file=file, source=Invoice.Source.XML, by=desk.actor, at=at
        ),
    )
    if ways.done:
        recorded = _valid(order)
        messages.success(request, _("發票 %(number)s 已登錄，我們已通知企業。") % {"number": recorded.number})
        return back_to(order)
    kind = Obligation.Kind.REISSUE if queries.of_order(order.number) else Obligation.Kind.INVOICE
    context = {
        "order": order,
        "ways": ways,
        "form": ways.form,
        "seller": desk.company,
        "due_at": due_at(order, kind, at=at),
        "account": queries.account_of(desk.company),
        "effects": effects(order, "invoice", at=at),
    }
    return render(request, "supplier/invoice.html", context)


@require_POST
def issuing(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """由平台開立發票: the supplier's provider issues it (R-24). Pressed twice, it is issued once."""
    order, at = desk.order(number), clock.now()
    if payments.invoice_of(order.number):
        return _gone(request, order)
    provider = _provider(desk)
    if provider is None:
        return redirect("supplier_invoice_provider")
    try:
        issued = operations.issue_by_provider(order, provider=provider, by=desk.actor, at=at)
    except Refusal as refusal:
        context = {"order": order, "sentence": refusal.text(), "code": refusal.code}
        context["rows"] = words.rows_of(refusal.facts.get("wrong", ()))
        return render(request, "supplier/invoice_issuing.html", context)
    messages.success(request, _("加值中心已開立發票 %(number)s，並完成登錄。") % {"number": issued.number})
    return back_to(order)


def _provider(desk: Desk) -> EinvoiceProvider | None:
    account = queries.account_of(desk.company)
    return provider_of(account) if account else None


@sensitive_post_parameters("hash_key", "hash_iv")
@page_and_act
@with_keys
def provider_page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The supplier's account with its provider; its keys go in and never come out."""
    account = queries.account_of(desk.company)
    form = ProviderForm(request.POST or None, initial={"merchant_id": account.merchant_id if account else ""})
    if request.method == "POST" and form.is_valid():
        try:
            set_account(desk.company, **form.cleaned_data, by=desk.actor, at=clock.now())
        except Refusal as refusal:
            form.add_error(None, refusal.text())
        else:
            messages.success(request, _("加值中心帳號已儲存。"))
            return redirect("supplier_invoice_provider")
    return render(request, "supplier/invoice_provider.html", {"form": form, "account": account})


def _gone(request: HttpRequest, order: Order) -> HttpResponse:
    recorded = payments.invoice_of(order.number)
    said = _("收到企業的自付款之後才能登錄發票。")
    if recorded:
        said = _("這張訂單的發票 %(number)s 已登錄，不需要重複登錄。") % {"number": recorded.number}
    elif order.state == "REFUNDED":
        said = _("這張訂單已退款，不需要開立發票。")
    messages.info(request, said)
    return back_to(order)


@page_and_act
def voiding(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Void the order's invoice, with the reason that the company will read (R-24, R-27)."""
    order, at = desk.order(number), clock.now()
    of = _valid(order)
    ways = two_ways(
        request,
        lambda data: VoidingForm(data, initial={"on": clock.taipei(at).date()}),
        read=reading.voiding,
        by_lines=lambda form: _void(request, desk, order, form.cleaned_data, at=at),
        by_file=lambda message, file: operations.void_invoice(
            order, message=message, file=file, by=desk.actor, at=at
        ),
    )
    if ways.done:
        messages.success(request, _("發票 %(number)s 已作廢，我們已通知企業。") % {"number": of.number})
        return back_to(order)
    context = {
        "order": order,
        "invoice": of,
        "ways": ways,
        "refunded": order.state == "REFUNDED",
        "by_provider": _is_providers(of, desk),
    }
    return render(request, "supplier/invoice_voiding.html", context)


def _void(request: HttpRequest, desk: Desk, order: Order, said: dict[str, Any], *, at: datetime) -> None:
    provider = _provider(desk) if "provider" in request.POST else None
    if provider:
        operations.void_by_provider(order, reason=said["reason"], provider=provider, by=desk.actor, at=at)
    else:
        operations.void_invoice(order, reason=said["reason"], on=said["on"], by=desk.actor, at=at)


def _is_providers(of: Invoice, desk: Desk) -> bool:
    """Whether the provider that issued it can be asked about it."""
    return of.source == Invoice.Source.PROVIDER and queries.account_of(desk.company) is not None


@page_and_act
def allowance(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Give back part of the invoice, or all that is left of it (R-24, R-27)."""
    order, at = desk.order(number), clock.now()
    of = _valid(order)
    left = queries.standing(of)
    ways = two_ways(
        request,
        lambda data: AllowanceForm(
            data, initial=_proposal(order, of, at=at), numbered="provider" not in request.POST
        ),
        read=reading.allowance,
        by_lines=lambda form: _allow(request, desk, order, form, at=at),
        by_file=lambda message, file: operations.record_allowance(
            order, message, reason=message.items[0].description, file=file, by=desk.actor, at=at
        ),
    )
    if ways.done:
        messages.success(request, _("折讓已登錄，我們已通知企業。"))
        return back_to(order)
    context = {"order": order, "invoice": of, "ways": ways, "left": left}
    return render(request, "supplier/allowance.html", context | {"by_provider": _is_providers(of, desk)})


def _allow(request: HttpRequest, desk: Desk, order: Order, form: AllowanceForm, *, at: datetime) -> None:
    said, provider = form.cleaned_data, _provider(desk) if "provider" in request.POST else None
    if provider:
        operations.allow_by_provider(
            order,
            sales_twd=said["sales_twd"],
            tax_twd=said["tax_twd"],
            reason=said["reason"],
            provider=provider,
            by=desk.actor,
            at=at,
        )
    else:
        operations.record_allowance(order, form.lines(), reason=said["reason"], by=desk.actor, at=at)


def _proposal(order: Order, of: Invoice, *, at: datetime) -> dict[str, Any]:
    """After a refund the whole rest; else only today's day."""
    today = {"issued_on": clock.taipei(at).date()}
    if order.state != "REFUNDED":
        return today
    left = queries.standing(of)
    return today | {
        "sales_twd": left.sales_left_twd,
        "tax_twd": left.tax_left_twd,
        "reason": _("訂單退款"),
    }


@page_and_act
def allowance_cancellation(request: HttpRequest, desk: Desk, number: str, pk: int) -> HttpResponse:
    """An allowance was a mistake: it is cancelled, and its part is the invoice's again."""
    order, at = desk.order(number), clock.now()
    found = (
        Allowance.objects.filter(pk=pk, invoice__order_number=order.number).select_related("invoice").first()
    )
    if found is None:
        raise Http404
    if not found.is_valid:
        messages.info(request, _("這張折讓單已作廢。"))
        return back_to(order)
    ways = two_ways(
        request,
        lambda data: VoidingForm(data, initial={"on": clock.taipei(at).date()}),
        read=reading.cancelling,
        by_lines=lambda form: operations.cancel_allowance(
            order,
            found,
            reason=form.cleaned_data["reason"],
            on=form.cleaned_data["on"],
            by=desk.actor,
            at=at,
        ),
        by_file=lambda message, file: operations.cancel_allowance(
            order, found, message=message, file=file, by=desk.actor, at=at
        ),
    )
    if ways.done:
        messages.success(request, _("折讓單 %(number)s 已作廢，我們已通知企業。") % {"number": found.number})
        return back_to(order)
    return render(
        request, "supplier/allowance_cancellation.html", {"order": order, "allowance": found, "ways": ways}
    )
