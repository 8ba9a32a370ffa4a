"""What a supplier reads: what is to be done, its orders, its plans."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tcloud.choosing.queries import voices
from tcloud.core import clock
from tcloud.core.actors import SUPPLIER
from tcloud.invoices import queries as invoices
from tcloud.invoices.rules import may_void_for_refund
from tcloud.orders import queries as orders
from tcloud.orders import returning
from tcloud.orders.models import Obligation, Order
from tcloud.orders.states import ORDER, REFUNDABLE
from tcloud.payments import queries as payments
from tcloud.payments.models import Invoice
from tcloud.web.supplier.access import Desk
from tcloud.web.ui import order_list as order_list_ui
from tcloud.web.ui import order_progress
from tcloud.web.ui.order_acts import Act, common, refund_call
from tcloud.web.ui.order_changes import supplements_of
from tcloud.web.ui.order_list import OrderFilter
from tcloud.web.ui.order_place import DESK
from tcloud.web.ui.order_thread import thread_link

DUTIES_SHOWN = 50
URGENT = 2  # shown large, each with its one button
ACTS = {
    Obligation.Kind.ACCEPT: ("supplier_accept", _("檢視並接單")),
    Obligation.Kind.INVOICE: ("supplier_invoice", _("登錄發票")),
    Obligation.Kind.DELIVER: ("supplier_deliver", _("回報服務已提供")),
    Obligation.Kind.REISSUE: ("supplier_invoice", _("重新登錄發票")),
    Obligation.Kind.CREDIT: ("supplier_order", _("作廢發票或開立折讓")),
}

INVOICING = (Obligation.Kind.INVOICE, Obligation.Kind.REISSUE, Obligation.Kind.CREDIT)


@dataclass(frozen=True)
class Duty:
    """One thing the supplier owes, with the page where it is done."""

    obligation: Obligation
    overdue: bool
    url: str
    action: str | Promise


def duty_of(obligation: Obligation, *, at: datetime) -> Duty:
    """The obligation with its page; overdue as of `at`."""
    name, action = ACTS[Obligation.Kind(obligation.kind)]
    url = reverse(name, args=[obligation.order.number])
    return Duty(obligation, bool(obligation.missed_at) or at >= obligation.due_at, url, action)


@require_safe
def home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """今天要處理: everything owed, the nearest deadline first."""
    at = clock.now()
    owed = [duty_of(row, at=at) for row in orders.owed_by_supplier(desk.supplier)]
    kinds = [duty.obligation.kind for duty in owed]
    context = {
        "supplier": desk.supplier,
        "urgent": owed[:URGENT],
        "duties": owed[URGENT:DUTIES_SHOWN],
        "more": max(len(owed) - DUTIES_SHOWN, 0),
        "to_accept": kinds.count(Obligation.Kind.ACCEPT),
        "to_invoice": sum(kinds.count(kind) for kind in INVOICING),
        "to_deliver": kinds.count(Obligation.Kind.DELIVER),
        "overdue": sum(duty.overdue for duty in owed),
        "missed": orders.missed_by_supplier(desk.supplier),
        "disputed": orders.of_supplier(desk.supplier).filter(state=Order.State.DISPUTED).exists(),
        "to_answer": voices.waiting_questions(desk.supplier),
    }
    return render(request, "supplier/home.html", context)


@require_safe
def order_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The supplier's orders, narrowed as the address says."""
    form = OrderFilter(request.GET, party=SUPPLIER)
    found = orders.of_supplier(desk.supplier)
    shown = order_list_ui.listing(request.GET, found, form, side=SUPPLIER, at=clock.now())
    return render(request, "supplier/orders.html", shown)


@require_safe
def order_list_file(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """The orders that the address asks for, as CSV or ODS."""
    facts = {gettext("供應商"): desk.company.name, gettext("統一編號"): desk.company.ubn}
    found, form = orders.of_supplier(desk.supplier), OrderFilter(request.GET, party=SUPPLIER)
    return order_list_ui.as_file(kind, found, form, facts=facts, name=desk.company.ubn, at=clock.now())


@require_safe
def order_page(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """One order: what to do next, what happened, what is owed."""
    order = desk.order(number)
    at = clock.now()
    owed = orders.deadlines(order, at=at)
    found = invoices.of_order(order.number)
    invoice = next((each for each in found if each.is_valid), None)
    context = {
        "order": order,
        "charge": payments.charge_of(order.number),
        "to_remit": returning.of_supplier(order.number),
        "invoices": found,
        "entries": order_progress.of_order(order, orders.timeline(order), owed),
        "contract_url": reverse("supplier_order_contract", args=[order.number]),
        "following": orders.following(order),
        "earlier_url": reverse("supplier_order", args=[order.previous_order.number])
        if order.previous_order
        else "",
        **thread_link(order, DESK),
        **supplements_of(order, DESK),
        **refund_call(order, DESK),
        "transfer_asks": next(
            (each for each in payments.transfers_of(order.number) if each.answered_at is None), None
        ),
        "transfer_url": reverse("supplier_transfer", args=[order.number]),
        "has_deadlines": any(row.is_outstanding for row in owed),
        **next_steps(order, owed, invoice, at=at),
    }
    has_bank = order.accepted_at is not None and payments.bank_account_of(desk.company.pk) is not None
    acts = _acts(order, unread=context["unread"], has_bank=has_bank, asked=context["refund_asks"] is not None)
    return render(request, "supplier/order.html", context | {"acts": acts})


def _acts(order: Order, *, unread: int, has_bank: bool, asked: bool) -> list[Act]:
    """What the supplier may do besides the next step; what it is asked to answer stands above instead."""
    refund, transfer = (
        reverse(name, args=[order.number]) for name in ("supplier_refund", "supplier_transfer")
    )
    effect = gettext("與企業談好退還全部或部分自付款。對方同意才會退款，談妥前訂單照常進行。")
    acts = common(order, DESK, unread=unread)
    if order.state in REFUNDABLE and not asked:
        acts.append(Act(gettext("提議或回覆退款"), refund, effect, icon="undo-2"))
    if has_bank:
        acts.append(Act(gettext("登錄企業的匯款"), transfer, icon="banknote"))
    return acts


def next_steps(
    order: Order, owed: list[orders.Deadline], invoice: Invoice | None, *, at: datetime
) -> dict[str, Any]:
    """Which acts the page offers, and by when."""
    due = {row.obligation.kind: row.obligation.due_at for row in owed}
    still = {row.obligation.kind: row.obligation.due_at for row in owed if row.is_outstanding}
    today = clock.taipei(at).date()
    accept_due = due.get(Obligation.Kind.ACCEPT)
    return {
        "may_accept": order.state == "SUBMITTED" and accept_due is not None and at < accept_due,
        "may_decline": order.state == "SUBMITTED",
        "may_invoice": invoice is None and order.paid_at is not None and order.state != "REFUNDED",
        "may_deliver": order.state in ORDER.find("deliver").sources,
        "accept_due_at": accept_due,
        "pay_due_at": due.get(Obligation.Kind.PAY),
        "invoice_due_at": still.get(Obligation.Kind.REISSUE, due.get(Obligation.Kind.INVOICE)),
        "reissue_due_at": still.get(Obligation.Kind.REISSUE),
        "credit_due_at": still.get(Obligation.Kind.CREDIT),
        "price_cut_twd": orders.price_cut_twd(order) if Obligation.Kind.CREDIT in still else 0,
        "may_void": invoice is not None and may_void_for_refund(invoice.date, today=today),
        "deliver_due_at": still.get(Obligation.Kind.DELIVER),
        "confirm_due_at": still.get(Obligation.Kind.CONFIRM),
    }


@require_safe
def contract_file(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The contract as it stands, with the signatures it has (R-20)."""
    order = desk.order(number)
    if order.contract is None:
        raise Http404
    content = bytes(order.contract.document.content)
    headers = {"Content-Disposition": f'inline; filename="{order.contract.number}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
