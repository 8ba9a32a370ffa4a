"""辦公日曆 (R-28): what the year looks like, closures, and the import of the next year. Each change is shown before it is made."""

import base64
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core import calendar, calendar_file, clock, operations, queries
from tcloud.core.actors import Actor
from tcloud.core.deadlines import places_words
from tcloud.core.models import CalendarChange
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.workdays import Impact
from tcloud.eligibility import queries as applications
from tcloud.orders import queries as orders
from tcloud.support.queries import experts
from tcloud.web.office import month_grid
from tcloud.web.office.access import may_act
from tcloud.web.office.calendar_forms import ClosureForm, FileForm, ImportForm, RevocationForm

METHODS = ["GET", "HEAD", "POST"]


@require_safe
def year_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """One year: its months, its special days, its closures."""
    in_force, today = calendar.shown(), clock.today()
    year = _year(request, today.year)
    first_missing, _days = in_force.ends_in(today)
    known = year in in_force.years
    closures = list(queries.closures(year))
    context = {
        "year": year,
        "years": sorted({*in_force.years, first_missing}),
        "known": known,
        "months": month_grid.months(in_force, year, today=today) if known else [],
        "weekdays": month_grid.weekdays(),
        "specials": month_grid.specials(in_force, year) if known else [],
        "working_days": month_grid.working_days(in_force, year) if known else 0,
        "source": queries.latest_import(year),
        "closures": closures,
        "may_act": may_act(by),
    }
    return render(request, "office/calendar/year.html", context)


def _year(request: HttpRequest, this_year: int) -> int:
    asked = request.GET.get("year", "")
    if asked.isascii() and asked.isdigit() and len(asked) == 4:
        return max(int(asked), 1912)
    return this_year


def _to_year(year: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('office_calendar')}?year={year}")


def _impact(changes: list[CalendarChange]) -> Impact:
    """What the changes, not saved, would do to deadlines of orders, reviews and the expert service now."""
    change, at = calendar.would_be(changes), clock.now()
    apart = calendar.in_force().changed_days(change[-1].calendar)
    since = clock.start_of(apart[0]) if apart else at
    return (
        orders.impact(change, since=since, at=at)
        + applications.impact(change, at=at)
        + experts.impact(change, at=at)
    )


def _tell(request: HttpRequest, impact: Impact) -> None:
    """What a change does, beside the message that it was made."""
    if impact.moving:
        said = _("%(count)s個進行中的期限會調整，並通知訂單的雙方。")
        messages.info(request, said % {"count": f"{impact.moving:,}"})
    if impact.passed:
        said = _("%(count)s個期限在這之前已經屆滿，不會恢復。")
        messages.info(request, said % {"count": f"{impact.passed:,}"})


# Closures


@require_http_methods(METHODS)
def closure_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """停班: the form, then what it will do, then the act."""
    if request.method != "POST":
        initial = {"serial": calendar.serial_now(), "date": clock.today(), "where": "counties"}
        form = ClosureForm(initial=initial) if may_act(by) else None
        return render(request, "office/calendar/closure.html", {"form": form})
    form = ClosureForm(request.POST)
    if not form.is_valid() or "change" in request.POST:
        return render(request, "office/calendar/closure.html", {"form": form})
    day, places, data = form.cleaned_data["date"], form.places(), form.cleaned_data
    try:
        operations.check_closure(day, places)
    except Refusal as refusal:
        form.add_error("date", refusal.text())
        return render(request, "office/calendar/closure.html", {"form": form}, status=409)
    said = {"reason": data["reason"], "authority": data["authority"], "by": by, "at": clock.now()}
    impact = _impact(operations.closures(day, places, **said))
    if "confirmed" not in request.POST:
        typed = [(name, value) for name in ClosureForm.SENT for value in request.POST.getlist(name)]
        context = {
            "form": form,
            "day": day,
            "places": places_words(places),
            "impact": impact,
            "today": clock.today(),
        }
        context["hidden"] = typed
        return render(request, "office/calendar/closure_check.html", context)
    operations.declare_closure(day, places, drawn_from=data["serial"], **said)
    messages.success(request, _("已公告停班。"))
    _tell(request, impact)
    return _to_year(day.year)


@require_http_methods(METHODS)
def revocation_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """What taking a closure back would do, then the act."""
    closure = queries.closure(pk)
    if closure is None or closure.date is None:
        raise Http404
    context: dict[str, Any] = {"closure": closure, "revoked": hasattr(closure, "revoked_by")}
    if request.method == "POST":
        form = RevocationForm(request.POST)
        if form.is_valid():
            return _revoke(request, closure, form, by)
        context["form"] = form
    elif may_act(by) and not context["revoked"]:
        context["form"] = RevocationForm(initial={"serial": calendar.serial_now()})
    if context.get("form"):
        context["impact"] = _impact([operations.revocation(closure, reason="", by=by, at=clock.now())])
    return render(request, "office/calendar/revocation.html", context)


def _revoke(request: HttpRequest, closure: CalendarChange, form: RevocationForm, by: Actor) -> HttpResponse:
    at, data = clock.now(), form.cleaned_data
    impact = _impact([operations.revocation(closure, reason=data["reason"], by=by, at=at)])
    operations.revoke_closure(closure, reason=data["reason"], drawn_from=data["serial"], by=by, at=at)
    messages.success(request, _("已撤銷停班公告。"))
    _tell(request, impact)
    return _to_year(closure.date.year if closure.date else at.year)


# The next year


@require_http_methods(METHODS)
def import_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """The official file: chosen, then shown with everything that is wrong or will change, then imported."""
    if request.method == "POST" and "content" in request.POST:
        return _import(request, by)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    context: dict[str, Any] = {
        "form": form if may_act(by) else None,
        "missing": calendar.shown().ends_in(clock.today())[0],
    }
    if not form.is_valid():
        return render(request, "office/calendar/import.html", context)
    content, name = form.cleaned_data["file"].read(), form.cleaned_data["file"].name
    file = calendar_file.read(content)
    if file.wrong:
        context |= {"wrong": file.wrong, "name": name}
        return render(request, "office/calendar/import.html", context)
    return render(request, "office/calendar/import_check.html", _preview(file, content, name, by))


def _preview(file: calendar_file.YearFile, content: bytes, name: str, by: Actor) -> dict[str, Any]:
    in_force = calendar.in_force()
    change = operations.year_of(file, name=name, by=by, at=clock.now())
    new = calendar.after(in_force, change)
    earlier = in_force.years.get(file.year)
    apart = sorted(earlier.off ^ file.data.off) if earlier else []
    return {
        "file": file,
        "name": name,
        "known": earlier is not None,
        "same": earlier == file.data,
        "changed": month_grid.changed(in_force, new, apart),
        "specials": month_grid.specials(new, file.year),
        "odd": not 235 <= file.working_days <= 260,
        "impact": _impact([change]),
        "form": ImportForm(
            initial={
                "serial": in_force.serial,
                "name": name,
                "digest": file.sha256,
                "content": base64.b64encode(content).decode(),
            }
        ),
    }


def _import(request: HttpRequest, by: Actor) -> HttpResponse:
    form = ImportForm(request.POST)
    if not form.is_valid():
        raise Stale()
    data, at = form.cleaned_data, clock.now()
    file = calendar_file.read(data["content"])
    impact = Impact() if file.wrong else _impact([operations.year_of(file, name=data["name"], by=by, at=at)])
    operations.import_year(
        file, name=data["name"], digest=data["digest"], drawn_from=data["serial"], by=by, at=at
    )
    messages.success(request, _("已匯入%(year)s年辦公日曆。") % {"year": file.year})
    _tell(request, impact)
    return _to_year(file.year)
