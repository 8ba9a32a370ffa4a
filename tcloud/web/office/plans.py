"""方案審查: what waits for review, old and new side by side, the decision; and taking plans off the list (R-32). Auditors read."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue import drafts, reviewing
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Plan, PlanChange
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.web.office.access import may_act, same_version
from tcloud.web.ui import order_progress, plan_lines
from tcloud.web.ui.plan_media import file_response

PER_PAGE = 20
TABS = ("SUBMITTED", "RETURNED", "APPROVED")
REMARK = "remark:"


class DecisionForm(forms.Form):
    """The officer's word on the whole; reasons for single fields come beside their lines."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=gettext_lazy("總說明"),
        help_text=gettext_lazy("退回時供應商會看到；核准可以不寫。"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """Why a plan is taken off the list or put back."""

    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("會寄給供應商，並留在方案的辦理紀錄。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("請寫下理由，會留在方案的辦理紀錄。")},
    )


@require_safe
def plan_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Under review, the longest waiting first; or those returned or approved; or listed plans by name."""
    tab = request.GET.get("state", "")
    words = request.GET.get("q", "").strip()[:80]
    counts = reviewing.review_counts()
    context: dict[str, Any] = {"counts": counts, "tab": tab, "words": words}
    if tab == "plans":
        context["page"] = Paginator(reviewing.plans_named(words), PER_PAGE).get_page(request.GET.get("page"))
        return render(request, "office/plans/listed.html", context)
    context["tab"] = tab = tab if tab in TABS else "SUBMITTED"
    page = Paginator(reviewing.review_queue(tab), PER_PAGE).get_page(request.GET.get("page"))
    due = reviewing.review_dues(page)
    context |= {"page": page, "rows": [(change, due[change.pk]) for change in page]}
    return render(request, "office/plans/queue.html", context)


def _sent(pk: int) -> PlanChange:
    return get_object_or_404(reviewing.sent_changes(), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def change_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One change: what is listed beside what is asked for, and the decision."""
    change, status = _sent(pk), 200
    typed: dict[str, str] = {}
    form = DecisionForm(initial={"version": change.version})
    if request.method == "POST":
        form = DecisionForm(request.POST)
        typed = {
            name.removeprefix(REMARK): str(said)
            for name, said in request.POST.items()
            if name.startswith(REMARK)
        }
        if form.is_valid():
            try:
                return _decide(request, by, change, form.cleaned_data, typed)
            except Refusal as refusal:
                if refusal.code == "stale":
                    raise
                form.add_error("note" if refusal.code == "plan_change.no_reason" else None, refusal.text())
                status = 409
    return _show(request, by, change, form, typed, status=status)


def _decide(
    request: HttpRequest, by: Actor, change: PlanChange, data: dict[str, Any], remarks: dict[str, str]
) -> HttpResponse:
    same_version(data["version"], change.version)
    version, at = data["version"], clock.now()
    if request.POST.get("decision") == "approve":
        done = catalogue.approve_change(change, version=version, by=by, at=at)
        number = done.result.number if done.result else 1
        messages.success(request, _("已核准為第%(number)d版，供應商會收到通知。") % {"number": number})
    else:
        catalogue.return_change(change, remarks, data["note"], version=version, by=by, at=at)
        messages.success(request, _("已退回補正，供應商會收到通知。"))
    return redirect("office_plan_change", pk=change.pk)


def _show(
    request: HttpRequest,
    by: Actor,
    change: PlanChange,
    form: DecisionForm,
    typed: dict[str, str],
    *,
    status: int,
) -> HttpResponse:
    category = catalogue.category_of(change)
    names = {str(row.pk): row.name for row in change.supplier.solutions.all()}
    if category:
        names[category.code] = category.name
    before = drafts.of_version(change.based_on) if change.based_on else None
    groups = plan_lines.groups(
        change.content, plan_lines.Facts(category.answer_template if category else (), names), before=before,
        remarks=typed or change.remarks, new=change.plan_id is None,
    )  # fmt: skip
    due_at, county = reviewing.review_due_at(change)
    open_here = change.state == "SUBMITTED"
    context = {
        "change": change,
        "category": category,
        "groups": groups,
        "compared": before is not None,
        "changed": plan_lines.changed(groups),
        "differing": [line for group in groups for line in group.lines if line.differs],
        "files": reviewing.files_of(change.content),
        "before_files": reviewing.files_of(before) if before and _other_files(before, change) else [],
        "due_at": due_at,
        "county": county,
        "form": form if open_here and may_act(by) else None,
        "entries": order_progress.entries(events.of_case(change.case)),
    }
    return render(request, "office/plans/change.html", context, status=status)


def _other_files(before: dict[str, Any], change: PlanChange) -> bool:
    return bool(before["files"] != (change.content.get("files") or []))


def _plan(code: str) -> Plan:
    return get_object_or_404(reviewing.plans_named(""), code=code)


@require_safe
def plan_page(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One plan: its versions, what happened, delisting and relisting."""
    return _plan_page(request, by, _plan(code), ReasonForm())


def _plan_page(
    request: HttpRequest, by: Actor, plan: Plan, form: ReasonForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "plan": plan,
        "v": plan.current,
        "versions": reviewing.versions_of(plan),
        "entries": order_progress.entries(events.of_case(plan.case)),
        "form": form,
        "may_act": may_act(by),
    }
    return render(request, "office/plans/plan.html", context, status=status)


def _move(request: HttpRequest, by: Actor, code: str, act: Callable[..., object], done: str) -> HttpResponse:
    plan, form = _plan(code), ReasonForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, by, plan, form)
    try:
        act(plan, reason=form.cleaned_data["reason"], by=by, at=clock.now())
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _plan_page(request, by, _plan(code), form, status=409)
    messages.success(request, done)
    return redirect("office_plan", code=code)


@require_POST
def delisting(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """Take a plan off the list; only the office puts it back."""
    return _move(
        request, by, code, catalogue.delist, _("方案已下架，供應商會收到通知；進行中的訂單照常履行。")
    )


@require_POST
def relisting(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """Put the version last reviewed back on the list."""
    return _move(request, by, code, catalogue.relist, _("方案已重新上架，供應商會收到通知。"))


@require_safe
def plan_file(request: HttpRequest, by: Actor, sha256: str) -> HttpResponse:
    """A file of a plan that was sent for review or listed."""
    file = reviewing.file_under_review(sha256)
    if file is None:
        raise Http404
    return file_response(request, file, public=False)
