"""The edition: its state, its numbers and its budget (R-11 to R-14). Each act is one operation."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.points import operations as points
from tcloud.points import queries as point_queries
from tcloud.programme import operations as programmes
from tcloud.programme import queries as programme_queries
from tcloud.programme.models import Programme
from tcloud.web.office.access import may_act, same_version
from tcloud.web.office.edition_forms import BudgetForm, NumbersForm
from tcloud.web.office.forms import VersionForm
from tcloud.web.ui import order_progress


def _page(
    request: HttpRequest,
    by: Actor,
    *,
    status: int = 200,
    bad_form: BudgetForm | None = None,
    **forms: BudgetForm,
) -> HttpResponse:
    programme = programme_queries.latest()
    context = {
        "programme": programme,
        "budget": point_queries.budget(programme) if programme else None,
        "may_act": may_act(by),
        "appropriation_form": forms.get("appropriation_form") or BudgetForm(prefix="appropriation"),
        "reduction_form": forms.get("reduction_form") or BudgetForm(prefix="reduction"),
        "form": bad_form,
        "entries": _entries(programme) if programme else [],
    }
    return render(request, "office/programme.html", context, status=status)


def _entries(programme: Programme) -> list[dict[str, Any]]:
    """What happened to the edition, oldest first; a change of numbers with each number before and after."""
    recorded = list(events.of_case(f"programme/{programme.code}"))
    entries = order_progress.entries(recorded)
    for event, entry in zip(recorded, entries, strict=True):
        changed = [
            f"{NumbersForm.base_fields[name].label}{_('：')}{values['from']} → {values['to']}"
            for name, values in event.data.get("changed", {}).items()
        ]
        entry["text"] = _("；").join([*filter(None, [entry["text"]]), *changed])
    return entries


@require_safe
def programme_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every number of the edition, its budget, and opening, pausing or closing it."""
    return _page(request, by)


def _programme() -> Programme:
    found = programme_queries.latest()
    if found is None:
        raise Http404
    return found


def _move(request: HttpRequest, by: Actor, act: Callable[..., object], done: str) -> HttpResponse:
    programme, form = _programme(), VersionForm(request.POST)
    same_version(form.cleaned_data["version"] if form.is_valid() else -1, programme.version)
    act(programme, by=by, at=clock.now())
    messages.success(request, done)
    return redirect("office_programme")


@require_POST
def open_programme(request: HttpRequest, by: Actor) -> HttpResponse:
    """Open the edition to companies."""
    return _move(request, by, programmes.open_edition, _("計畫已開放受理。"))


@require_POST
def pause_programme(request: HttpRequest, by: Actor) -> HttpResponse:
    """Stop new applications, grants and orders for now."""
    return _move(request, by, programmes.pause, _("計畫已暫停受理，進行中的訂單照常辦理。"))


@require_http_methods(["GET", "HEAD", "POST"])
def close_programme(request: HttpRequest, by: Actor) -> HttpResponse:
    """End the edition for good, after showing whom it touches."""
    if request.method == "POST":
        return _move(request, by, programmes.close, _("本期計畫已結束，候補企業會收到通知。"))
    programme = _programme()
    context = {
        "programme": programme,
        "budget": point_queries.budget(programme),
        "holders": point_queries.holders(programme, at=clock.now()),
        "may_act": may_act(by),
    }
    return render(request, "office/programme_close.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: HttpRequest, by: Actor) -> HttpResponse:
    """Change the numbers for what begins from now on; what was given keeps its own."""
    programme, status = _programme(), 200
    if request.method != "POST":
        form = NumbersForm(initial=_shown(programme))
    else:
        form = NumbersForm(request.POST)
        if form.is_valid():
            try:
                return _change(request, by, programme, dict(form.cleaned_data))
            except Refusal as refusal:
                if refusal.code == "stale":
                    raise
                form.add_error(None, refusal.text())
                status = 409
    context = {"programme": programme, "form": form, "may_act": may_act(by)}
    return render(request, "office/programme_numbers.html", context, status=status)


def _shown(programme: Programme) -> dict[str, Any]:
    return {name: getattr(programme, name) for name in programmes.NUMBERS} | {"version": programme.version}


def _change(request: HttpRequest, by: Actor, programme: Programme, data: dict[str, Any]) -> HttpResponse:
    version, reason = data.pop("version"), data.pop("reason")
    programmes.change_numbers(programme, data, version=version, reason=reason, by=by, at=clock.now())
    messages.success(request, _("數字已變更，適用之後的申請、核發與訂單；先前已核發的點數與訂單不受影響。"))
    return redirect("office_programme")


@require_POST
def appropriate(request: HttpRequest, by: Actor) -> HttpResponse:
    """R-12: put points into the appropriation, then serve who waits."""
    programme, form = _programme(), BudgetForm(request.POST, prefix="appropriation")
    if not form.is_valid():
        return _page(request, by, appropriation_form=form, bad_form=form)
    at, data = clock.now(), form.cleaned_data
    try:
        points.appropriate(programme, data["points"], reference=data["reference"], by=by, at=at)
    except Refusal as refusal:
        form.add_error("reference", refusal.text())
        return _page(request, by, appropriation_form=form, bad_form=form, status=409)
    served = points.serve_waiting_list(programme, by=by, at=at)
    messages.success(request, _("預算已撥入，並核發給候補企業 %(count)d 家。") % {"count": served})
    return redirect("office_programme")


@require_POST
def reduce(request: HttpRequest, by: Actor) -> HttpResponse:
    """R-12: take points that are not granted out of the appropriation."""
    programme, form = _programme(), BudgetForm(request.POST, prefix="reduction")
    if not form.is_valid():
        return _page(request, by, reduction_form=form, bad_form=form)
    data = form.cleaned_data
    try:
        points.reduce(programme, data["points"], reference=data["reference"], by=by, at=clock.now())
    except Refusal as refusal:
        form.add_error("points" if refusal.code == "points.more_than_left" else "reference", refusal.text())
        return _page(request, by, reduction_form=form, bad_form=form, status=409)
    messages.success(request, _("預算已減列。"))
    return redirect("office_programme")
