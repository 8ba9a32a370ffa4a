"""Who may see the pages of a company (R-37). Deny by default: a view is a member's page only through `member_page`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from tcloud.core.actors import Actor
from tcloud.members import queries as members
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.web.ui.acting import COMPANY_KEY, choose, chosen, companies_of, places_of
from tcloud.web.ui.context import edition

__all__ = [
    "COMPANY_KEY",
    "MemberRequest",
    "choose",
    "chosen",
    "companies_of",
    "member_page",
    "not_for_you",
    "page_of",
]


class MemberRequest(HttpRequest):
    """A request of a signed-in person who acts for `company`, in the edition on show."""

    user: User
    company: Company
    actor: Actor
    programme: Programme


View = Callable[..., HttpResponse]


def member_page(view: Callable[..., HttpResponse]) -> View:
    """Only for people who act for a company of the programme; others are told who may.

    Sets `company`, `actor`, `programme` on the request. With several companies and none chosen: the page to choose one.
    """

    @login_required
    @never_cache
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        places = places_of(request.user)
        if not places:
            return not_for_you(request)
        company = chosen(request, [place.company for place in places])
        if company is None:
            back = urlencode({"next": request.get_full_path() if request.method == "GET" else ""})
            return HttpResponseRedirect(f"{reverse('company_choice')}?{back}")
        request.company = company
        request.actor = members.member_actor(next(place for place in places if place.company == company))
        request.programme = SimpleLazyObject(lambda: edition(request))
        return view(request, *args, **kwargs)

    return guarded


def not_for_you(request: HttpRequest) -> HttpResponse:
    """403 with who may see the page and where this person belongs."""
    return render(request, "member/centre/not_for_you.html", status=403)


def page_of(url_name: str, *args: object) -> str:
    """The address of a page with its arguments; empty where that part of the site is not installed."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""
