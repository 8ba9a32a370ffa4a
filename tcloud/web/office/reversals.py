"""撤銷核發: one officer asks with a reason, another decides (R-18). Auditors read."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reversal
from tcloud.web.office.access import may_act, same_version
from tcloud.web.office.forms import ReversalDecisionForm, ReversalForm

PER_PAGE = 20


@require_safe
def reversal_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Cases that wait for a second officer first, then those decided."""
    page = Paginator(queries.reversals(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/reversals.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def request_reversal(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Ask that a grant be taken back: what would go back now, what stays with orders, and the reason."""
    grant = get_object_or_404(Grant.objects.select_related("company", "programme"), pk=pk)
    form, status = ReversalForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        try:
            case = points.request_reversal(grant, reason=form.cleaned_data["reason"], by=by, at=clock.now())
            messages.success(request, _("已提出撤銷，等待另一位承辦人員決定。決定前點數照常使用。"))
            return redirect("office_reversal", pk=case.pk)
        except Refusal as refusal:
            form.add_error(None, refusal.text())
            status = 409
    context = _facts(grant) | {"form": form, "may_act": may_act(by)}
    return render(request, "office/reversal_request.html", context, status=status)


def _facts(grant: Grant) -> dict[str, Any]:
    """The grant with where its points are now."""
    lines = queries.statement(grant.programme, grant.company, at=clock.now()).lines
    return {"grant": grant, "line": next(line for line in lines if line.grant.pk == grant.pk)}


@require_http_methods(["GET", "HEAD", "POST"])
def reversal_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One case: who asked and why, where the points are, and the decision of a second officer."""
    case = get_object_or_404(queries.reversals(), pk=pk)
    mine = case.requested_by_id == by.user_id
    form, status = None, 200
    if request.method == "POST":
        form = ReversalDecisionForm(request.POST)
        if form.is_valid():
            try:
                return _decide(request, by, case, form.cleaned_data)
            except Refusal as refusal:
                if refusal.code == "stale":
                    raise
                form.add_error(None, refusal.text())
                status = 409
    elif case.state == "REQUESTED" and may_act(by):
        form = ReversalDecisionForm(initial={"version": case.version})
    context = _facts(case.grant) | {"case": case, "form": form, "mine": mine}
    return render(request, "office/reversal.html", context, status=status)


def _decide(request: HttpRequest, by: Actor, case: Reversal, data: dict[str, Any]) -> HttpResponse:
    same_version(data["version"], case.version)
    at, remark = clock.now(), data["remark"]
    if data["decision"] == "approve":
        points.approve_reversal(case, remark=remark, by=by, at=at)
        messages.success(request, _("已撤銷，未使用的點數已收回，企業會收到通知。"))
    elif data["decision"] == "reject":
        points.reject_reversal(case, remark=remark, by=by, at=at)
        messages.success(request, _("已退回這件撤銷案，點數照常使用。"))
    else:
        points.withdraw_reversal(case, by=by, at=at)
        messages.success(request, _("已取消這件撤銷案。"))
    return redirect("office_reversal", pk=case.pk)
