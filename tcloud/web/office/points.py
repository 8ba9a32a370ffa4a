"""Tracing points: where all points of an edition are, and the way of each grant's (R-12, R-18). Officers and auditors read."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.eligibility import queries as applications
from tcloud.points import queries as points
from tcloud.points import tracing
from tcloud.points.models import Grant
from tcloud.points.queries import GrantLine
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import GrantFilter
from tcloud.web.office.views import PER_PAGE
from tcloud.web.ui import points_timeline, points_way
from tcloud.web.ui.points_rows import entry_rows

ENTRIES_PER_PAGE = 50
TONES = {"": "ok", "unactivated": "soft", "expired": "soft", "reversed": "err"}


@require_safe
def points_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """The flow of the edition, and every grant: by 統編, name or number, and by state."""
    form = GrantFilter(request.GET, editions=Programme.objects.order_by("-id"))
    shown = programmes.latest()
    words, state = "", None
    if form.is_valid():
        words, state = form.cleaned_data["q"].strip(), form.closed_as()
        shown = form.cleaned_data.get("edition") or shown
    found = tracing.find_grants(programme=shown, state=state, words=words)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    flow = tracing.edition_flow(shown) if shown else None
    context = {
        "programme": shown,
        "flow": flow,
        "drawing": points_way.of_edition(flow) if flow else None,
        "form": form,
        "page": page,
        "rows": [_row(line) for line in points.grant_lines(list(page), at=clock.now())],
    }
    return render(request, "office/points.html", context)


def _row(line: GrantLine) -> dict[str, Any]:
    grant = line.grant
    overdue = not grant.closed_as and not line.usable
    return {
        "line": line,
        "grant": grant,
        "overdue": overdue,
        "tone": "warn" if overdue else TONES.get(grant.closed_as, ""),
    }


def find_grant(pk: int) -> Grant:
    """The grant with its company and edition. Raises Http404."""
    found = tracing.find_grants().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def grant_context(grant: Grant, request: HttpRequest) -> dict[str, Any]:
    """What the page of a grant shows: its way, its life, and every entry with its cause."""
    (line,) = points.grant_lines([grant], at=clock.now())
    told = tracing.recorded([grant])[grant.pk]
    endings = [event for event in told if event.type in tracing.ENDINGS]
    count = tracing.totals([grant])[1].entries
    page = Paginator(range(count), ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    entries = tracing.entries([grant], offset=max(page.start_index() - 1, 0), limit=ENTRIES_PER_PAGE)
    newest = tracing.entries([grant], limit=points_timeline.MOST)
    way = tracing.way(grant)
    suppliers = points_way.suppliers_of(way)
    applied = applications.proved().filter(programme=grant.programme, company=grant.company)
    return {
        **_row(line),
        "way": way,
        "drawing": points_way.of_grant(way, office=True, suppliers=suppliers),
        "ending": endings[-1] if endings else None,
        "application": applied.order_by("-id").first(),
        "steps": points_timeline.steps(
            grant, newest[::-1], told, usable=line.usable, office=True, order_page=order_page
        ),
        "left_out": max(count - points_timeline.MOST, 0),
        "page": page,
        "rows": entry_rows(entries, office=True, order_page=order_page, suppliers=suppliers),
    }


def order_page(number: str) -> str:
    """The office's page of an order."""
    return reverse("office_order", args=[number])


@require_safe
def grant_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One grant: trace any of its points from the appropriation to the supplier."""
    grant = find_grant(pk)
    reversal = points.reversals().filter(grant=grant).first()
    waits = reversal is not None and reversal.state == "REQUESTED"
    context = grant_context(grant, request) | {
        "reversal": reversal,
        "may_reverse": may_act(by) and not grant.closed_as and not waits,
    }
    return render(request, "office/grant.html", context)
