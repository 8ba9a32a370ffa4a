"""金流對帳: each day's statement of the gateway beside our record (R-30). Auditors read."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.payments import operations, queries
from tcloud.payments.models import StatementLine
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import ExplanationForm

PER_PAGE = 20
LINES_PER_PAGE = 50


@require_safe
def statement_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """The days, newest first, with what is still open."""
    page = Paginator(queries.statements(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "open": queries.open_differences()}
    return render(request, "office/statements.html", context)


@require_safe
def statement_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One day: every trade, differences first."""
    statement = get_object_or_404(queries.statements(), pk=pk)
    page = Paginator(queries.lines_of(statement), LINES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/statement.html", {"statement": statement, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def difference_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One difference, and why it is one."""
    differing = StatementLine.objects.exclude(result=StatementLine.Result.MATCHED)
    line = get_object_or_404(
        differing.select_related("statement", "charge").defer("statement__content"), pk=pk
    )
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
    context = {"line": line, "form": form if may_act(by) and line.explained_at is None else None}
    return render(request, "office/difference.html", context, status=422 if form.is_bound else 200)
