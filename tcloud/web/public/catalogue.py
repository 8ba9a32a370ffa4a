"""找方案: the list of plans, its facets, what helps when nothing is found, and words offered while typing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tcloud.catalogue.industries import divisions
from tcloud.catalogue.operations.search import note_nothing_found
from tcloud.catalogue.queries import categories_with_counts, search
from tcloud.catalogue.queries.filters import AREAS, BANDS, SORTS, Filters, range_words
from tcloud.catalogue.queries.search import PER_PAGE, Categories, Counts
from tcloud.catalogue.queries.suggest import suggest
from tcloud.core import clock, money
from tcloud.recommendations.queries import category_needs
from tcloud.web.public.cards import cards
from tcloud.web.public.kept import do_not_keep, for_visitors
from tcloud.web.ui.acting import company_on_show
from tcloud.web.ui.context import edition, stamp_of
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.navigation import url_or_none
from tcloud.web.ui.templatetags.ui import local, months

MOST_INDUSTRIES = 15
_CHECKED = SafeString(" checked")
_BITS = {
    "category": search.CATEGORY, "area": search.AREA, "industry": search.INDUSTRY, "term": search.TERM, "price": search.PRICE,
    "orderable": search.ORDERABLE, "trial": search.TRIAL, "taiwan": search.TAIWAN,
}  # fmt: skip
# The parameters of the address that make up one condition
_NAMES = {"price": ("price", "price_from", "price_to")}


@dataclass(frozen=True)
class Choice:
    """One box of a facet, with how many plans there would be."""

    name: str
    value: str
    label: str | Promise
    count: int
    checked: bool
    below: "tuple[Choice, ...]" = field(default=())
    kind: str = "checkbox"

    def __str__(self) -> SafeString:
        return format_html(
            '<label><input type="{}" id="{}-{}" name="{}" value="{}"{}>{}<span>{}<span class="vh"> {}</span></span></label>',
            self.kind, self.name, self.value or "any", self.name, self.value, _CHECKED if self.checked else "",
            self.label, money.points(self.count), _("項"),
        )  # fmt: skip


@require_safe
@for_visitors
def catalogue(request: HttpRequest) -> HttpResponse:
    """The list of plans, narrowed and sorted; htmx gets the results and the facets' counts only."""
    filters = Filters.read(request.GET)
    categories = Categories.read(stamp_of(request))
    criteria = filters.criteria(categories)
    answer = search.ask(filters.words, criteria, categories)
    counts, rung = answer.counts, answer.rung
    page = _page(request, filters, counts, ranked=rung is not None)
    need = _need(request) if rung and filters.sort == "best" else {}
    found: list[int] = []
    if counts.total:
        found = search.ids(rung, criteria, categories, sort=filters.sort, page=page.number, need=need)
    wider = rung is not None and not rung.strict
    context: dict[str, Any] = {
        "filters": filters,
        "counts": counts,
        "page": page,
        "cards": cards(request, found),
        "facets": _facets(filters, counts, categories),
        "sorts": SORTS,
        "answer": answer,
        "wider": wider,
        "by_need": bool(need),
        "partial": _is_partial(request),
    }
    context["chips"] = _chips(request, filters, categories)
    if not counts.total:
        context |= _help(request, counts, unfound=not answer.found)
    response = render(
        request, "public/_found.html" if context["partial"] else "public/catalogue.html", context
    )
    patch_vary_headers(response, ["HX-Request"])
    if not answer.found:
        note_nothing_found(filters.words, on=clock.today())
        do_not_keep(response)
    return response


def _need(request: HttpRequest) -> dict[str, float]:
    """Category → 0–1: what the company that asks needs by its assessment, unless it switched personal recommendations off."""
    company = company_on_show(request)
    needs = category_needs(company, edition(request)) if company else {}
    return {code: strength / 100 for code, strength in needs.items()}


def _is_partial(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]


def _page(request: HttpRequest, filters: Filters, counts: Counts, *, ranked: bool) -> "Page[int]":
    """The page asked for; a list ends where going on would help nobody."""
    most = search.RANKED if ranked and filters.sort == "best" else search.MOST_SHOWN
    return Paginator(range(min(counts.total, most)), PER_PAGE).get_page(request.GET.get("page"))


def _facets(filters: Filters, counts: Counts, categories: Categories) -> dict[str, Any]:
    return {
        "categories": _category_choices(filters, counts, categories),
        "areas": [
            Choice("area", code, label, counts.areas[code], code in filters.areas)
            for code, label in AREAS.items()
            if code in categories.areas
        ],
        "bands": [
            Choice("price", "", _("不限"), sum(counts.bands.values()), filters.band is None, kind="radio"),
            *(
                Choice(
                    "price", band.slug, band.label, counts.bands[place], band == filters.band, kind="radio"
                )
                for place, band in enumerate(BANDS)
            ),
        ],
        "terms": [
            Choice("term", str(term), months(term), counts.terms[term], term in filters.terms)
            for term in sorted({*counts.terms, *filters.terms})
        ],
        "industries": _industry_choices(filters, counts),
        "orderable": Choice("orderable", "1", _("可以用點數訂購"), counts.orderable, filters.orderable),
        "more": [
            Choice("trial", "1", _("可以試用"), counts.trial, filters.trial),
            Choice("taiwan", "1", _("資料存放在臺灣"), counts.taiwan, filters.taiwan),
        ],
    }


def _category_choices(filters: Filters, counts: Counts, categories: Categories) -> list[Choice]:
    """The upper kinds; below a chosen one those of the second level that hold something."""

    def choice(row: Any, below: Iterable[Choice] = ()) -> Choice:
        return Choice(
            "category", row.code, local(row, "name"), counts.categories[row.pk], row.code in filters.categories, tuple(below)
        )  # fmt: skip

    made = []
    for top in (row for row in categories.rows if row.parent_id is None):
        under = [choice(row) for row in categories.rows if row.parent_id == top.pk]
        is_open = top.code in filters.categories or any(each.checked for each in under)
        made.append(choice(top, (each for each in under if is_open and (each.count or each.checked))))
    return made


def _industry_choices(filters: Filters, counts: Counts) -> list[Choice]:
    """Industries that plans are made for, those with most of them; what is chosen stays."""
    known = divisions()
    common = [number for number, _n in counts.industries.most_common(MOST_INDUSTRIES)]
    return [
        Choice("industry", f"{number:02}", local(known[f"{number:02}"], "name"),
               counts.industries[number] or counts.any_industry, number in filters.industries)
        for number in sorted({*common, *filters.industries})
        if f"{number:02}" in known
    ]  # fmt: skip


def _chips(request: HttpRequest, filters: Filters, categories: Categories) -> list[dict[str, object]]:
    """The conditions set, each with the address of the same list without it."""
    named = {row.code: local(row, "name") for row in categories.rows}
    known = divisions()
    parts = [(named[code], "category", code) for code in filters.categories if code in named]
    parts += [(AREAS[code], "area", code) for code in filters.areas]
    parts += [
        (local(known[f"{n:02}"], "name"), "industry", f"{n:02}")
        for n in filters.industries
        if f"{n:02}" in known
    ]
    if filters.band:
        parts.append((filters.band.label, "price", ""))
    elif filters.own_price:
        parts.append((range_words(filters.price_from, filters.price_to), "price", ""))
    parts += [(months(term), "term", str(term)) for term in filters.terms]
    switches = {"orderable": _("可以用點數訂購"), "trial": _("可以試用"), "taiwan": _("資料存放在臺灣")}
    parts += [(label, name, "") for name, label in switches.items() if getattr(filters, name)]
    return [{"label": label, "url": _without(request, name, value)} for label, name, value in parts]


def _without(request: HttpRequest, name: str, value: str = "") -> str:
    """The address without one condition, or without one value of it."""
    query = request.GET.copy()
    for each in _NAMES.get(name, (name,)):
        query.setlist(
            each, [kept for kept in query.getlist(each) if value and kept.lstrip("0") != value.lstrip("0")]
        )
    query.pop("page", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _help(request: HttpRequest, counts: Counts, *, unfound: bool) -> dict[str, Any]:
    """What leads on from an empty list: conditions to drop and what that would show, other kinds, people to ask."""
    labels = {
        "category": _("不限類別"), "area": _("不限需求"), "industry": _("不限行業"), "term": _("不限期間"), "price": _("不限價格"),
        "orderable": _("包含不能用點數訂購的方案"), "trial": _("包含不能試用的方案"), "taiwan": _("不限資料存放地點"),
    }  # fmt: skip
    drops = [
        {"label": labels[name], "url": _without(request, name), "count": counts.without[bit]}
        for name, bit in _BITS.items()
        if counts.without.get(bit)
    ]
    return {
        "drops": sorted(drops, key=lambda drop: -int(drop["count"])),
        "kinds": [kind for kind in categories_with_counts() if kind.plan_count] if unfound else [],  # type: ignore[attr-defined]
        "expert_url": url_or_none("expert_request") or "",
    }


@require_safe
@for_visitors
def suggestions(request: HttpRequest) -> HttpResponse:
    """Words that begin like what is typed, as <option>s for the search box. Asked while typing; the box works without it."""
    if limited := too_many(request, "suggestions"):
        return limited
    typed = " ".join(request.GET.get("q", "").split())[:40]
    return render(request, "public/_suggestions.html", {"offered": suggest(typed)})
