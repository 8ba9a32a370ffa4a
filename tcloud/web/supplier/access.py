"""Who may open a supplier's pages: a person who acts for a company that is a supplier. Every page goes through `desk_page` (R-37)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from tcloud.catalogue.models import Supplier
from tcloud.core.actors import Actor
from tcloud.members import queries as members
from tcloud.members.models import Company, User
from tcloud.orders import queries as orders
from tcloud.orders.models import Order


@dataclass(frozen=True)
class Desk:
    """The supplier whose pages are shown, its company, and who acts for it."""

    supplier: Supplier
    company: Company
    actor: Actor

    def order(self, number: str) -> Order:
        """The order when it is this supplier's. Raises Http404 for anybody else's."""
        found = orders.of_supplier(self.supplier).filter(number=number).first()
        if found is None:
            raise Http404
        return found


def desk_of(user: User) -> Desk | None:
    """The desk of a person, None when she acts for no supplier."""
    acting = members.memberships(user).filter(company__supplier__isnull=False)
    membership = acting.select_related("company__supplier").first()
    if membership is None:
        return None
    company = membership.company
    return Desk(company.supplier, company, members.actor_for(user, company=company, as_supplier=True))


def with_keys(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page to which the supplier's keys or accounts go: for its owner alone, after the password once more; others get 403."""

    @wraps(view)
    def page(request: HttpRequest, desk: Desk, *args: Any, **kwargs: Any) -> HttpResponse:
        if not members.is_owner(desk.company, request.user.pk):
            raise PermissionDenied
        if not did_recently_reauthenticate(request):
            # allauth's decorator would keep the posted keys in the session meanwhile; they are typed again instead
            here = urlencode({"next": request.path})
            return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{here}")
        return view(request, desk, *args, **kwargs)

    return page


def desk_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, called with the desk after the request. Signed out: to sign-in; no supplier: 403."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        desk = desk_of(request.user) if isinstance(request.user, User) else None
        if desk is None:
            raise PermissionDenied
        return view(request, desk, *args, **kwargs)

    return page
