"""Who may open the office's pages: officers act, auditors only read. Every page goes through `office_page` (R-37)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from tcloud.core.actors import Actor
from tcloud.core.refusals import Stale
from tcloud.members import queries as members
from tcloud.members.models import User
from tcloud.web.ui import second_factor

READERS = {User.StaffRole.OFFICER, User.StaffRole.AUDITOR}
READING = {"GET", "HEAD"}


def office_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, called with the actor after the request.

    Signed out: to sign-in. Neither officer nor auditor: 403. Without a second factor: to setting it up.
    Anything but reading by an auditor: 403.
    """

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or user.staff_role not in READERS:
            raise PermissionDenied
        if unready := second_factor.still_to_set_up(request, user):
            return unready
        if request.method not in READING and user.staff_role != User.StaffRole.OFFICER:
            raise PermissionDenied
        return view(request, members.actor_for(user), *args, **kwargs)

    return page


def may_act(by: Actor) -> bool:
    """Whether the page shows its forms to this actor."""
    return by.kind == User.StaffRole.OFFICER


def same_version(drawn_from: int, now: int) -> None:
    """Office forms carry the version they were drawn from. Raises Stale when the case has moved on since."""
    if drawn_from != now:
        raise Stale()
