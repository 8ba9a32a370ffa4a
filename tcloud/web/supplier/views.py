"""What a supplier reads: what is to be done, its orders, its plans."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tcloud.choosing.queries import voices
from tcloud.core import clock
from tcloud.core.actors import COMPANY
from tcloud.orders import queries as orders
from tcloud.orders.models import Obligation, Order
from tcloud.orders.states import REFUNDABLE
from tcloud.payments import queries as payments
from tcloud.payments.models import Invoice
from tcloud.web.supplier.access import Desk
from tcloud.web.ui import order_progress

PER_PAGE = 20
DUTIES_SHOWN = 50
ACTS = {
    Obligation.Kind.ACCEPT: ("supplier_accept", _("檢視並接單")),
    Obligation.Kind.INVOICE: ("supplier_invoice", _("登錄發票")),
    Obligation.Kind.DELIVER: ("supplier_deliver", _("回報服務已提供")),
}


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
        "duties": owed[:DUTIES_SHOWN],
        "more": max(len(owed) - DUTIES_SHOWN, 0),
        "to_accept": kinds.count(Obligation.Kind.ACCEPT),
        "to_invoice": kinds.count(Obligation.Kind.INVOICE),
        "to_deliver": kinds.count(Obligation.Kind.DELIVER),
        "overdue": sum(duty.overdue for duty in owed),
        "missed": orders.missed_by_supplier(desk.supplier),
        "to_answer": voices.waiting_questions(desk.supplier),
    }
    return render(request, "supplier/home.html", context)


@require_safe
def order_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The supplier's orders, all or those in one state."""
    counts = orders.state_counts(supplier=desk.supplier)
    states = [(code, label, counts[code]) for code, label in Order.State.choices if code in counts]
    state = request.GET.get("state", "")
    found = orders.of_supplier(desk.supplier)
    if state:
        found = found.filter(state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    nearest = orders.next_deadlines(shown)
    context = {
        "page": page,
        "rows": [(order, nearest.get(order.pk)) for order in shown],
        "states": states,
        "state": state,
        "total": sum(counts.values()),
    }
    return render(request, "supplier/orders.html", context)


@require_safe
def order_page(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """One order: what to do next, what happened, what is owed."""
    order = desk.order(number)
    at = clock.now()
    owed = orders.deadlines(order, at=at)
    invoice = payments.invoice_of(order.number)
    context = {
        "order": order,
        "charge": payments.charge_of(order.number),
        "invoice": invoice,
        "entries": order_progress.entries(orders.timeline(order), owed),
        "contract_url": reverse("supplier_order_contract", args=[order.number]),
        "may_transfer": order.accepted_at is not None
        and payments.bank_account_of(desk.company.pk) is not None,
        "transfer_waits": any(each.answered_at is None for each in payments.transfers_of(order.number)),
        "refund_waits": order.refund_proposals.filter(state="PROPOSED", party=COMPANY).exists(),
        **next_steps(order, owed, invoice, at=at),
    }
    return render(request, "supplier/order.html", context)


def next_steps(
    order: Order, owed: list[orders.Deadline], invoice: Invoice | None, *, at: datetime
) -> dict[str, Any]:
    """Which acts the page offers, and by when."""
    due = {row.obligation.kind: row.obligation.due_at for row in owed}
    accept_due = due.get(Obligation.Kind.ACCEPT)
    return {
        "may_accept": order.state == "SUBMITTED" and accept_due is not None and at < accept_due,
        "may_decline": order.state == "SUBMITTED",
        "may_invoice": invoice is None and order.paid_at is not None and order.state != "REFUNDED",
        "may_deliver": order.state == "PAID",
        "may_refund": order.state in REFUNDABLE,
        "accept_due_at": accept_due,
        "pay_due_at": due.get(Obligation.Kind.PAY),
        "invoice_due_at": due.get(Obligation.Kind.INVOICE),
        "deliver_due_at": due.get(Obligation.Kind.DELIVER),
        "confirm_due_at": due.get(Obligation.Kind.CONFIRM),
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
