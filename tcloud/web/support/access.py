"""Who may open the support pages: support agents and experts. Every page goes through `support_page` (R-37)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from tcloud.core.actors import Actor
from tcloud.members import queries as members
from tcloud.members.models import User
from tcloud.web.ui import second_factor

ROLES = {User.StaffRole.SUPPORT, User.StaffRole.EXPERT}


AGENTS = {User.StaffRole.SUPPORT}


def support_page(
    view: Callable[..., HttpResponse], *, roles: set[User.StaffRole] | None = None
) -> Callable[..., HttpResponse]:
    """The view. Signed out: to sign-in; neither support agent nor expert (or not of `roles`): 403; without a second factor: to setting it up."""
    let_in = ROLES if roles is None else roles

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, User) or request.user.staff_role not in let_in:
            raise PermissionDenied
        if unready := second_factor.still_to_set_up(request, request.user):
            return unready
        return view(request, *args, **kwargs)

    return page


def agent_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As `support_page`, for support agents alone; the view is called with the actor after the request.

    What people ask is no business of experts.
    """

    def acting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, actor_of(request), *args, **kwargs)

    return support_page(wraps(view)(acting), roles=AGENTS)


def actor_of(request: HttpRequest) -> Actor:
    """The agent or expert who is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return members.actor_for(request.user)
