"""Who may open the support pages: support agents and experts. Every page goes through one of these (R-37)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from tcloud.members import queries as members
from tcloud.members.models import User
from tcloud.web.ui import second_factor

ROLES = {User.StaffRole.SUPPORT, User.StaffRole.EXPERT}


def _guarded(view: Callable[..., HttpResponse], roles: set[User.StaffRole]) -> Callable[..., HttpResponse]:
    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, User) or request.user.staff_role not in roles:
            raise PermissionDenied
        if unready := second_factor.still_to_set_up(request, request.user):
            return unready
        return view(request, *args, **kwargs)

    return page


def support_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view. Signed out: to sign-in; neither support agent nor expert: 403; without a second factor: to setting it up."""
    return _guarded(view, ROLES)


def agent_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, called with the actor after the request, for support agents alone: what people ask is no business of experts."""
    return _guarded(_acting(view), {User.StaffRole.SUPPORT})


def expert_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, called with the actor after the request, for experts alone (R-35)."""
    return _guarded(_acting(view), {User.StaffRole.EXPERT})


def _acting(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, members.actor_for(request.user), *args, **kwargs)  # type: ignore[arg-type]

    return page
