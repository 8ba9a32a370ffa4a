"""方案比較: two to four plans side by side, for everybody; on a page, on paper, as a file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.choosing import rules
from tcloud.choosing.queries import record, voices
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.points import queries as points
from tcloud.web.ui import comparing, sheets
from tcloud.web.ui.acting import company_on_show
from tcloud.web.ui.context import edition

SUGGESTED = 6


def chosen_of(request: HttpRequest) -> list[Plan]:
    """The listed plans that the address names, in its order, four at most; anything unknown in it is ignored."""
    codes = list(dict.fromkeys(request.GET.getlist("compare")))[: 4 * rules.MOST_COMPARED]
    known = {found.code: found for found in plans.listed().filter(code__in=codes)}
    return [known[code] for code in codes if code in known][: rules.MOST_COMPARED]


def _versions(chosen: list[Plan]) -> list[PlanVersion]:
    versions = []
    for plan in chosen:
        if plan.current is not None:
            plan.current.plan = plan
            versions.append(plan.current)
    return versions


def _money(request: HttpRequest) -> comparing.Money:
    """Split by the balance of the company that looks, else by a whole grant."""
    programme, company = edition(request), company_on_show(request)
    if company is None or programme.pk is None or not points.is_participant(programme, company):
        return comparing.Money(programme)
    return comparing.Money(programme, points.spendable(programme, company, at=clock.now()))


def _groups(request: HttpRequest, chosen: list[Plan], pays: comparing.Money) -> list[comparing.Group]:
    suppliers = [plan.solution.supplier for plan in chosen]
    records = record.of_suppliers(list({each.pk: each for each in suppliers}.values()), at=clock.now())
    ratings = voices.ratings_of(chosen)
    trust = comparing.trust_group(
        [records[each.pk] for each in suppliers], [ratings[plan.pk] for plan in chosen]
    )
    return [*comparing.groups_of(_versions(chosen), pays), trust]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The comparison. `differ=1` leaves out rows that are the same; `show` says which two a phone shows."""
    chosen, pays = chosen_of(request), _money(request)
    wanted = [plan.code for plan in chosen if plan.code in request.GET.getlist("show")]
    shown = (wanted if len(wanted) > 1 else [plan.code for plan in chosen])[: comparing.SHOWN_ON_PHONE]
    seen = [plan.code in shown for plan in chosen]
    only_differing = request.GET.get("differ") == "1"
    groups = _groups(request, chosen, pays) if len(chosen) > 1 else []
    codes = [("compare", plan.code) for plan in chosen]
    context = {
        "plans": chosen,
        "shown": shown,
        "now": clock.now(),
        "pays": pays,
        "columns": _columns(chosen, seen, codes),
        "groups": comparing.table(groups, shown=seen, only_differing=only_differing),
        "differing": sum(len(group.differing) for group in groups),
        "only_differing": only_differing,
        "most": rules.MOST_COMPARED,
        "query": urlencode(codes + ([("differ", "1")] if only_differing else [])),
        "toggle": urlencode(
            [*codes, *(("show", code) for code in wanted), *([] if only_differing else [("differ", "1")])]
        ),
        "link": request.build_absolute_uri(f"{request.path}?{urlencode(codes)}"),
        "suggested": _suggested(chosen),
        "acts": company_on_show(request) is not None,
    }
    return render(request, "public/compare.html", context)


def _columns(chosen: list[Plan], seen: list[bool], codes: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "plan": plan,
            "version": plan.current,
            "third": not is_seen,
            "remove": urlencode([pair for pair in codes if pair[1] != plan.code]),
            "considered": urlencode(codes),
        }
        for plan, is_seen in zip(chosen, seen, strict=True)
    ]


def _suggested(chosen: list[Plan]) -> list[Plan]:
    """Plans that could be added: similar to the first one."""
    if not chosen or len(chosen) >= rules.MOST_COMPARED:
        return []
    similar = plans.similar(chosen[0]).exclude(pk__in=[plan.pk for plan in chosen])
    return list(similar[:SUGGESTED])


def _sheet(request: HttpRequest) -> tuple[sheets.Sheet, str]:
    """Raises Refusal `comparison.size`."""
    chosen, now = chosen_of(request), clock.now()
    if len(chosen) < 2:
        raise Refusal(
            "comparison.size", _("一次比較2到%(most)s個方案，請重新挑選。"), most=rules.MOST_COMPARED
        )
    title = _("方案比較")
    made = comparing.sheet(
        title,
        _versions(chosen),
        _groups(request, chosen, _money(request)),
        facts=[],
        at=now,
        only_differing=request.GET.get("differ") == "1",
    )
    return made, f"{title}-{clock.taipei(now):%Y%m%d}"


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The same comparison as CSV."""
    sheet, filename = _sheet(request)
    return sheets.as_csv(sheet, filename=filename)


@require_safe
def as_ods(request: HttpRequest) -> HttpResponse:
    """The same comparison as ODS."""
    sheet, filename = _sheet(request)
    return sheets.as_ods(sheet, filename=filename)
