"""方案頁: what a plan does and for whom, what it costs this company, every deadline and duty, and what others say; before ordering."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.choosing.queries import record, voices, wishes
from tcloud.core import clock
from tcloud.core.counties import county_of
from tcloud.members.models import Company
from tcloud.points import queries as points
from tcloud.points.rules import Split
from tcloud.programme.models import Programme
from tcloud.web.public.kept import for_visitors
from tcloud.web.public.views import with_points
from tcloud.web.ui import comparing
from tcloud.web.ui.acting import company_on_show
from tcloud.web.ui.context import edition
from tcloud.web.ui.duties import dated
from tcloud.web.ui.navigation import url_or_none

VOICES_SHOWN = 3
VOICES_PER_PAGE = 10
OTHERS_SHOWN = 6
SIMILAR_SHOWN = 3


@dataclass(frozen=True)
class Own:
    """What the plan means for the company that looks: its split, its balance and until when that can be used, its wish."""

    company: Company
    takes_part: bool
    split: Split
    spendable: int
    ends_at: datetime | None
    is_favourite: bool
    may_review: bool


def find(code: str) -> Plan:
    """The listed plan. Raises Http404."""
    found = plans.by_code(code)
    if found is None or found.current is None:
        raise Http404
    return found


def version_of(plan: Plan) -> PlanVersion:
    """The version now listed, with its plan. Raises Http404."""
    if plan.current is None:
        raise Http404
    plan.current.plan = plan
    return plan.current


@require_safe
@for_visitors
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One plan. Visitors see the split of a whole grant, members that of their own balance."""
    plan, now, programme = find(code), clock.now(), edition(request)
    version, supplier = version_of(plan), plan.solution.supplier
    company = company_on_show(request)
    seller = supplier.company
    others = plans.listed().filter(solution=plan.solution).exclude(pk=plan.pk).order_by("current__price_twd")
    reviews = voices.published_reviews(plan)
    questions = voices.published_questions(plan)
    context: dict[str, Any] = {
        "plan": plan,
        "v": version,
        "split": comparing.Money(programme).of(version.price_twd),
        "own": _own(programme, company, plan, version.price_twd, at=now) if company else None,
        "industries": comparing.industries_words(version),
        "sizes": comparing.sizes_words(version),
        "answers": comparing.answer_rows(version),
        "duties": dated(
            programme,
            at=now,
            company=county_of(company.address) if company else "",
            supplier=county_of(seller.address) if seller else "",
        ),
        "now": now,
        "record": _record(plan, at=now) if supplier.takes_orders else None,
        "ratings": voices.ratings(plan),
        "reviews": [voices.wording(review) for review in reviews[:VOICES_SHOWN]],
        "questions": list(questions[:VOICES_SHOWN]),
        "question_count": questions.count(),
        "others": with_points(programme, list(others[:OTHERS_SHOWN])),
        "similar": with_points(programme, list(plans.similar(plan)[:SIMILAR_SHOWN])),
        "order_url": reverse("order_new", args=[plan.code]),
        "join_url": url_or_none("join") or "",
    }
    return render(request, "public/plan.html", context)


def _own(programme: Programme, company: Company, plan: Plan, price_twd: int, *, at: datetime) -> Own:
    if programme.pk is None:
        spendable, ends, takes_part = 0, [], False
    else:
        statement = points.statement(programme, company, at=at)
        spendable = statement.spendable_points
        ends = [line.grant.usable_until for line in statement.lines if line.usable and line.available_points]
        takes_part = bool(statement.lines) or points.is_participant(programme, company)
    return Own(
        company,
        takes_part,
        comparing.Money(programme, spendable).of(price_twd),
        spendable,
        min(ends, default=None),
        wishes.is_favourite(company, plan.pk),
        voices.to_review(company).filter(plan_version__plan=plan).exists(),
    )


def _record(plan: Plan, *, at: datetime) -> dict[str, Any]:
    supplier = plan.solution.supplier
    found = record.of_suppliers([supplier], at=at)[supplier.pk]
    words = [comparing.on_time_words(row) for row in found.on_time]
    return {"whole": found, "on_time": words, "completed_of_plan": record.completed_of(plan)}


@require_safe
@for_visitors
def reviews(request: HttpRequest, code: str) -> HttpResponse:
    """Every published review of the plan."""
    plan = find(code)
    page = Paginator(voices.published_reviews(plan), VOICES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "plan": plan,
        "v": plan.current,
        "page": page,
        "ratings": voices.ratings(plan),
        "reviews": [voices.wording(review) for review in page],
    }
    return render(request, "public/plan_reviews.html", context)


@require_safe
@for_visitors
def questions(request: HttpRequest, code: str) -> HttpResponse:
    """Every published question about the plan with its answer."""
    plan = find(code)
    page = Paginator(voices.published_questions(plan), VOICES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "plan": plan,
        "v": plan.current,
        "page": page,
        "questions": list(page),
        "acts": company_on_show(request) is not None,
    }
    return render(request, "public/plan_questions.html", context)
