"""Pages anybody may read. Nothing here changes anything."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan, Supplier
from tcloud.choosing.queries import record
from tcloud.core import clock, money
from tcloud.points.rules import Split, split
from tcloud.programme.models import Programme
from tcloud.support.queries import faq as help_texts
from tcloud.support.rules.tickets import UNANSWERABLE_DAYS
from tcloud.web.public.forms import EligibilityForm
from tcloud.web.public.policies import POLICIES
from tcloud.web.ui import comparing
from tcloud.web.ui.context import edition
from tcloud.web.ui.navigation import url_or_none

TEASER_FAQ = ("how-many-points", "points-expiry", "what-to-prepare", "points-share")
QUICK_WORDS = (_("電子發票"), _("排班"), _("網路開店"), _("資安"))


def best_split(programme: Programme, price_twd: int) -> Split:
    """R-17: points and cash of a plan for a company that holds a whole, unspent grant."""
    return split(
        price_twd,
        programme.grant_points,
        numerator=programme.points_share_numerator,
        denominator=programme.points_share_denominator,
    )


def with_points(programme: Programme, found: list[Plan]) -> list[Plan]:
    """The plans, each with `points_max`, the points usable on it at most."""
    for plan in found:
        price = plan.current.price_twd if plan.current else 0
        plan.points_max = best_split(programme, price).points if price else 0  # type: ignore[attr-defined]
    return found


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the programme gives, how to get it, and the plans."""
    programme = edition(request)
    example, categories = _example(programme), plans.categories_with_counts()
    return render(
        request,
        "public/home.html",
        {
            "categories": categories,
            "plans": with_points(
                programme, list(plans.orderable().order_by("-document__listed_at", "-pk")[:3])
            ),
            "example": example,
            "example_split": best_split(programme, example.current.price_twd)
            if example and example.current
            else None,
            "questions": help_texts.some_faq(TEASER_FAQ),
            "quick": QUICK_WORDS,
            "total": sum(category.plan_count for category in categories),  # type: ignore[attr-defined]
            "join_url": url_or_none("join") or "",
        },
    )


def _example(programme: Programme) -> Plan | None:
    """The cheapest plan on which a whole grant can be used; where there is none, the dearest one."""
    whole = programme.grant_points * programme.points_share_denominator // programme.points_share_numerator
    cheapest = plans.orderable(price_min_twd=whole).order_by("document__price_twd", "pk").first()
    return cheapest or plans.orderable().order_by("-document__price_twd", "pk").first()


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The flyer's four steps, the six of joining, what to prepare."""
    return render(request, "public/guide.html", {"join_url": url_or_none("join") or ""})


@require_safe
def eligibility_check(request: HttpRequest) -> HttpResponse:
    """Three questions before applying; the answer is not binding and nothing is kept."""
    programme = edition(request)
    asked = bool(request.GET.keys() & {"registered", "small", "clear", "asked"})
    form = EligibilityForm(
        request.GET if asked else None,
        max_capital=money.twd(programme.max_capital_twd),
        max_employees=programme.max_employees,
    )
    failed = [name for name, value in form.cleaned_data.items() if value == "no"] if form.is_valid() else None
    context = {"form": form, "failed": failed, "join_url": url_or_none("join") or ""}
    return render(request, "public/eligibility_check.html", context)


@require_safe
def supplier(request: HttpRequest, slug: str) -> HttpResponse:
    """A supplier and its listed plans."""
    found = Supplier.objects.select_related("company").filter(slug=slug).first()
    offered = list(
        plans.listed().filter(solution__supplier__slug=slug).order_by("solution__name", "current__price_twd")
    )
    if found is None or not offered:
        raise Http404
    context: dict[str, Any] = {"supplier": found, "plans": with_points(edition(request), offered)}
    if found.takes_orders:
        context |= {"whole": (whole := record.of_suppliers([found], at=clock.now())[found.pk])}
        context |= {"on_time": [comparing.on_time_words(row) for row in whole.on_time]}
    return render(request, "public/supplier.html", context)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page, and the keys that lead around a page."""
    return render(
        request, "public/sitemap.html", {"categories": plans.categories_with_counts(), "policies": POLICIES}
    )


@require_safe
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """Privacy, security, open data, accessibility, terms."""
    title = dict(POLICIES).get(slug)
    if title is None:
        raise Http404
    return render(
        request,
        f"public/policies/{slug}.html",
        {"title": title, "policies": POLICIES, "slug": slug, "brief_days": UNANSWERABLE_DAYS},
    )
