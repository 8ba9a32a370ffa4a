"""我的點數: what can be used now, until when and what happens then, and every entry with its cause (R-11 to R-18)."""

from collections.abc import Sequence
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.points import queries as points
from tcloud.points import tracing
from tcloud.points.models import Grant
from tcloud.points.tracing import Wanted
from tcloud.web.member.access import MemberRequest, member_page, page_of
from tcloud.web.member.points_cards import card, next_end
from tcloud.web.member.points_filter import EntryFilter, without
from tcloud.web.ui import points_timeline, points_way
from tcloud.web.ui.points_rows import entry_rows

PER_PAGE: Final = 25
MOST: Final = 3000  # entries on one page to print, or in one file


@member_page
@require_safe
def statement(request: MemberRequest) -> HttpResponse:
    """The whole statement; the entries narrowed as the address says."""
    now = clock.now()
    grants = tracing.grants_of(request.programme, request.company)
    mine = points.Statement(points.grant_lines(grants, at=now))
    endings = tracing.recorded(grants, tracing.ENDINGS)
    place = points.place_in_line(request.programme, request.company)
    may_apply_again = request.programme.is_open and points.may_apply_again(
        request.programme, request.company, at=now
    )
    form = EntryFilter(request.GET, grants=grants, order_prefix=request.programme.order_prefix)
    wanted = form.wanted()
    shown, whole = tracing.totals(grants, wanted)
    context = {
        "statement": mine,
        "next_end": next_end(mine.lines),
        "cards": [
            card(
                line,
                next(iter(endings[line.grant.pk][-1:]), None),
                may_apply_again=line.grant == grants[0] and may_apply_again,
            )
            for line in mine.lines
        ],
        "place": place,
        "now": now,
        "form": form,
        "conditions": form.conditions(),
        "chips": _chips(request.GET, form),
        "shown": shown,
        "whole": whole,
        "most": MOST,
        "several": len(grants) > 1,
        **_page(grants, wanted, shown.entries, request.GET),
    }
    if not shown.entries and whole.entries:
        context["drops"] = _drops(request, grants, form)
    return render(request, "member/points/statement.html", context)


def order_page(number: str) -> str:
    """The address of an order of this company."""
    return page_of("order", number)


def _page(
    grants: Sequence[Grant], wanted: Wanted, count: int, query: QueryDict, **words: Any
) -> dict[str, Any]:
    """The entries of the page asked for, ready to show."""
    size = MOST if query.get("all") == "1" else PER_PAGE
    page: Page[int] = Paginator(range(count), size).get_page(query.get("page"))
    rows = tracing.entries(grants, wanted, offset=max(page.start_index() - 1, 0), limit=size)
    return {"page": page, "rows": entry_rows(rows, order_page=order_page, **words)}


def _chips(query: QueryDict, form: EntryFilter) -> list[dict[str, Any]]:
    """The conditions set, each with the address of the same list without it."""
    return [{"text": each.text, "query": without(query, each).urlencode()} for each in form.conditions()]


def _drops(request: MemberRequest, grants: Sequence[Grant], form: EntryFilter) -> list[dict[str, Any]]:
    """Nothing fits: which condition to drop, and how many entries there are without it."""
    found = []
    for each in form.conditions():
        rest = without(request.GET, each)
        wanted = EntryFilter(rest, grants=grants, order_prefix=request.programme.order_prefix).wanted()
        if not (count := tracing.totals(grants, wanted)[0].entries):
            continue
        found.append({"text": each.text, "query": rest.urlencode(), "count": count})
    return found


# One grant


@member_page
@require_safe
def grant(request: MemberRequest, pk: int) -> HttpResponse:
    """The life of one grant and 一點的路: the way of its points from the appropriation to the suppliers."""
    now = clock.now()
    grants = tracing.grants_of(request.programme, request.company)
    found = next((each for each in grants if each.pk == pk), None)
    if found is None:
        raise Http404
    (line,) = points.grant_lines([found], at=now)
    told = tracing.recorded([found])[found.pk]
    endings = [event for event in told if event.type in tracing.ENDINGS]
    steps = tracing.entries([found], limit=points_timeline.MOST)
    count = tracing.totals([found])[1].entries
    way = tracing.way(found)
    suppliers = points_way.suppliers_of(way)
    context = {
        "card": card(line, endings[-1] if endings else None),
        "grant": found,
        "way": way,
        "drawing": points_way.of_grant(way, suppliers=suppliers),
        "steps": points_timeline.steps(found, steps[::-1], told, usable=line.usable, order_page=order_page),
        "left_out": max(count - points_timeline.MOST, 0),
        "now": now,
        **_page([found], tracing.EVERYTHING, count, request.GET, suppliers=suppliers),
    }
    return render(request, "member/points/grant.html", context)
