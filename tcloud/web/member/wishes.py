"""收藏與搜尋: plans and searches that the company keeps."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue.models import Plan
from tcloud.choosing import operations
from tcloud.choosing.models import Favourite, SavedSearch
from tcloud.choosing.queries import searches, wishes
from tcloud.core import clock, money
from tcloud.core.refusals import Refusal
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.choosing_forms import SearchForm

PER_PAGE = 20


@member_page
@require_safe
def favourite_list(request: MemberRequest) -> HttpResponse:
    """What the company keeps, each with what has changed since."""
    page = Paginator(wishes.favourites(request.company), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"kept": kept, "change": change_words(kept), "listed": is_listed(kept.plan)} for kept in page]
    return render(
        request, "member/choosing/favourites.html", {"page": page, "rows": rows, "tab": "favourites"}
    )


def is_listed(plan: Plan) -> bool:
    """Whether it can still be looked at and chosen."""
    return plan.listed_at is not None and plan.delisted_at is None


def change_words(kept: Favourite) -> str:
    """What has become of the plan since it was kept; empty when nothing has."""
    now = kept.plan.current
    if not is_listed(kept.plan) or now is None:
        return _("已下架")
    if now.price_twd != kept.seen.price_twd:
        words = {"old": money.twd(kept.seen.price_twd), "new": money.twd(now.price_twd)}
        if now.price_twd < kept.seen.price_twd:
            return _("降價：收藏時%(old)s，現在%(new)s") % words
        return _("漲價：收藏時%(old)s，現在%(new)s") % words
    return _("價格不變，內容已更新") if now.pk != kept.seen_id else ""


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def favourite(request: MemberRequest, code: str) -> HttpResponse:
    """Keep a plan, or with `remove` keep it no longer. GET asks: a visitor who signs in comes here with her wish."""
    plan = get_object_or_404(Plan.objects.select_related("current"), code=code, current__isnull=False)
    if request.method != "POST":
        if not is_listed(plan):
            return redirect("favourite_list")
        kept = wishes.is_favourite(request.company, plan.pk)
        return render(
            request, "member/choosing/favourite.html", {"plan": plan, "v": plan.current, "kept": kept}
        )
    if "remove" in request.POST:
        operations.remove_favourite(request.company, plan, by=request.actor, at=clock.now())
        messages.success(request, _("已取消收藏。"))
    else:
        operations.add_favourite(request.company, plan, user=request.user, by=request.actor, at=clock.now())
        messages.success(request, _("已收藏，貴公司的同事也看得到。"))
    return HttpResponseRedirect(_back(request, reverse("favourite_list")))


def _back(request: MemberRequest, otherwise: str) -> str:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else otherwise


# Searches


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def search_list(request: MemberRequest) -> HttpResponse:
    """The company's saved searches; a POST saves one."""
    if request.method == "POST":
        return _save(request)
    found = list(searches.of_company(request.company))
    context = {"searches": found, "tab": "searches", "url": reverse("catalogue")}
    return render(request, "member/choosing/searches.html", context)


@member_page
@require_safe
def search_new(request: MemberRequest) -> HttpResponse:
    """Name the search that the address describes."""
    query = searches.canonical(request.GET.urlencode())
    words = request.GET.get("q", "").strip()[:60]
    return _show_new(request, SearchForm(initial={"query": query, "name": words, "mail": True}), query)


def _show_new(request: MemberRequest, form: SearchForm, query: str, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "query": query,
        "count": searches.matching(query).count() if query else 0,
        "url": f"{reverse('catalogue')}?{query}",
    }
    return render(request, "member/choosing/search_new.html", context, status=status)


def _save(request: MemberRequest) -> HttpResponse:
    form = SearchForm(request.POST)
    query = searches.canonical(request.POST.get("query", ""))
    if not form.is_valid():
        return _show_new(request, form, query, status=422)
    said = form.cleaned_data
    try:
        operations.save_search(
            request.company,
            said["name"],
            query,
            mail=said["mail"],
            user=request.user,
            by=request.actor,
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _show_new(request, form, query, status=409)
    messages.success(request, _("已儲存搜尋「%(name)s」。") % {"name": said["name"]})
    return redirect("search_list")


def _find(request: MemberRequest, pk: int) -> SavedSearch:
    return get_object_or_404(searches.of_company(request.company), pk=pk)


@member_page
@require_POST
def search_mail(request: MemberRequest, pk: int) -> HttpResponse:
    """Whether who saved the search is told of new plans."""
    wanted = request.POST.get("wanted") == "1"
    operations.mail_search(_find(request, pk), wanted, by=request.actor, at=clock.now())
    messages.success(request, _("有新方案時會寄信通知。") if wanted else _("已停止通知。"))
    return redirect("search_list")


@member_page
@require_POST
def search_deletion(request: MemberRequest, pk: int) -> HttpResponse:
    """Keep the search no longer."""
    operations.delete_search(_find(request, pk), by=request.actor, at=clock.now())
    messages.success(request, _("已刪除搜尋。"))
    return redirect("search_list")
