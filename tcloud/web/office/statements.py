"""金流對帳: each day's statement of the gateway beside our record (R-30). Auditors read."""

from datetime import date, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.payments import operations, queries
from tcloud.payments.models import Charge, PaymentAccount, StatementLine
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import ExplanationForm

PER_PAGE = 20
LINES_PER_PAGE = 50
STILL_COMING = timedelta(hours=3)  # the file of yesterday is not missing yet


@require_safe
def statement_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """The days, newest first, with what is still open and what is not here."""
    page = Paginator(queries.statements(), PER_PAGE).get_page(request.GET.get("page"))
    missing: dict[PaymentAccount | None, list[date]] = {}
    for account, day in queries.missing_statements(clock.now() - STILL_COMING):
        missing.setdefault(account, []).append(day)
    context = {"page": page, "open": queries.open_differences(), "missing": missing}
    return render(request, "office/statements.html", context)


@require_safe
def statement_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One day: every trade, differences first."""
    statement = get_object_or_404(queries.statements(), pk=pk)
    page = Paginator(queries.lines_of(statement), LINES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/statement.html", {"statement": statement, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def difference_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One difference, and why it is one; `act=ask` has the gateway asked about it."""
    differing = StatementLine.objects.exclude(result=StatementLine.Result.MATCHED)
    line = get_object_or_404(
        differing.select_related("statement", "charge").defer("statement__content"), pk=pk
    )
    charge = line.charge if line.result == StatementLine.Result.HERE else None
    if request.method == "POST" and request.POST.get("act") == "ask":
        return _ask(request, line, charge, by)
    form = ExplanationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.explain_difference(
                line, explanation=form.cleaned_data["explanation"], by=by, at=clock.now()
            )
            messages.success(request, _("已記下說明。"))
            return redirect("office_statement", pk=line.statement_id)
        except Refusal as refusal:  # a colleague was quicker; her words are shown
            messages.warning(request, refusal.text())
            return redirect("office_difference", pk=pk)
    until = charge.asked_until if charge else None
    context = {
        "line": line,
        "form": form if may_act(by) and line.explained_at is None else None,
        "unpaid": charge is not None and charge.state in ("OPEN", "CLOSED"),
        "asked_until": until if until and until > clock.now() else None,
        "may_act": may_act(by),
        "messages_of_gateway": queries.messages_of(charge.trade_no) if charge else [],
    }
    return render(request, "office/difference.html", context, status=422 if form.is_bound else 200)


def _ask(request: HttpRequest, line: StatementLine, charge: Charge | None, by: Actor) -> HttpResponse:
    if charge is None:
        raise Http404
    try:
        operations.ask_again(charge, by=by, at=clock.now())
        messages.success(request, _("系統會在一分鐘內向金流查詢，查到付款就依規定辦理。"))
    except Refusal as refusal:  # it has been found meanwhile
        messages.warning(request, refusal.text())
    return redirect("office_difference", pk=line.pk)
