"""待退款項: money that is to go back, and what the platform could not send by itself (R-27, R-30). Auditors read."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import OFFICER, Actor
from tcloud.core.refusals import Refusal
from tcloud.orders import queries as orders
from tcloud.orders import returning
from tcloud.payments import operations, queries
from tcloud.payments.models import BankReceipt, Charge, Refund
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import ReturnedForm
from tcloud.web.ui.downloads import attachment
from tcloud.web.ui.event_words import words_of

PER_PAGE = 20
KINDS: dict[str, type[Charge] | type[Refund]] = {"charge": Charge, "part": Refund}


@dataclass(frozen=True)
class Owed:
    """One sum that is to go back: what it belongs to, and whether people must see to it."""

    kind: str
    row: Charge | Refund
    amount_twd: int
    stuck: bool

    @property
    def charge(self) -> Charge:
        return queries.charge_behind(self.row)

    @property
    def way(self) -> str:
        """Who gives it back, in short."""
        return returning.in_short(self.charge)


def _owed(row: Charge | Refund, amount_twd: int) -> Owed:
    kind = "charge" if isinstance(row, Charge) else "part"
    return Owed(kind, row, amount_twd, operations.may_be_noted(row, at=clock.now()))


@require_safe
def refund_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Everything that is still to go back; what needs people first."""
    rows = sorted((_owed(*each) for each in queries.owed_back()), key=lambda each: not each.stuck)
    return render(request, "office/refunds.html", {"rows": rows, "receipts": queries.receipts_owed()})


def _find(kind: str, pk: int) -> Charge | Refund:
    """The sum that is owed back or was. Raises Http404."""
    owed = {"pk": pk, "state__in": ("TO_REFUND", "REFUNDED")}
    row = KINDS[kind].objects.filter(**owed).first() if kind in KINDS else None
    if row is None:
        raise Http404
    return row


@require_POST
def another_try(request: HttpRequest, by: Actor, kind: str, pk: int) -> HttpResponse:
    """The officer has the gateway asked again (R-30). Pressed twice, it is asked once."""
    try:
        operations.try_again(_find(kind, pk), by=by, at=clock.now())
        messages.success(request, _("已重新送往金流，一分鐘內會再試。"))
    except Refusal as refusal:
        messages.error(request, refusal.text())
    return redirect("office_refund_owed", kind, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def refund_page(request: HttpRequest, by: Actor, kind: str, pk: int) -> HttpResponse:
    """One sum: why it did not go back by itself, that it is to be tried again, or that it was returned another way."""
    row = _find(kind, pk)
    owed, status = _owed(row, queries.owed_twd(row)), 200
    form = ReturnedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.note_returned(row, reference=form.cleaned_data["reference"], by=by, at=clock.now())
            messages.success(request, _("已登錄退還，企業會收到通知。"))
            return redirect("office_refunds")
        except Refusal as refusal:
            form.add_error(None, refusal.text())
            status = 409
    context = {
        "owed": owed,
        "form": form if may_act(by) and owed.stuck and row.state == "TO_REFUND" else None,
        "said": returning.said(owed.charge, OFFICER, amount_twd=owed.amount_twd),
        "way": returning.way_of(owed.charge),
        "order": orders.all_orders().filter(number=owed.charge.order_number).first(),
        "may_try_again": may_act(by) and operations.may_try_again(row),
        "tries": [(event, words_of(event.type)) for event in queries.tries_of(row)],
        "messages_of_gateway": queries.messages_of(owed.charge.trade_no),
    }
    return render(request, "office/refund.html", context, status=status)


@require_safe
def account_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Which suppliers take their money by accounts of their own, and of which kind."""
    page = Paginator(queries.active_accounts(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/payment_accounts.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def receipt_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """A remittance with its evidence, and that the supplier has given it back when it paid nothing."""
    receipt = get_object_or_404(BankReceipt.objects.defer("content"), pk=pk)
    form = ReturnedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        operations.note_receipt_returned(
            receipt, reference=form.cleaned_data["reference"], by=by, at=clock.now()
        )
        messages.success(request, _("已登錄退還。"))
        return redirect("office_refunds")
    owed = receipt.outcome != BankReceipt.Outcome.PAID and receipt.returned_at is None
    context = {"receipt": receipt, "form": form if owed and may_act(by) else None}
    return render(request, "office/bank_receipt.html", context, status=422 if form.is_bound else 200)


@require_safe
def receipt_file(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """The evidence of a remittance, to be kept, never shown inside a page."""
    receipt = get_object_or_404(BankReceipt, pk=pk)
    return attachment(bytes(receipt.content), receipt.media_type, receipt.file_name)
