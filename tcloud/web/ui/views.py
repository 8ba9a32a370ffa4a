"""Pages that belong to no audience: where to go after sign-in, error pages, health, the gallery."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseErrors
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.members.models import User
from tcloud.web.ui import gallery, rehearsal
from tcloud.web.ui.navigation import url_or_none

HOMES = {
    User.StaffRole.OFFICER: ("office_home",),
    User.StaffRole.AUDITOR: ("office_home",),
    User.StaffRole.SUPPORT: ("support_inbox", "support_tickets", "support_home"),
    User.StaffRole.EXPERT: ("support_visits", "support_home"),
}


@login_required
@require_safe
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """To the desk of whoever signed in: back office, supplier, member centre; home when that area is not installed."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    if user.staff_role:
        names = HOMES.get(User.StaffRole(user.staff_role), ())
    elif user.memberships.filter(company__supplier__isnull=False).exists():
        names = ("supplier_home", "member_home")
    else:
        names = ("member_home",)
    urls = [url for name in names if (url := url_or_none(name))]
    return HttpResponseRedirect(urls[0] if urls else reverse("home"))


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when this process answers and its database too. Raises what the database raises (500)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True, "at": clock.now().isoformat()})


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without a look at the database, which may be what failed: the bar of a rehearsal where the clock was read before."""
    try:
        moved = rehearsal.bar()
    except DatabaseErrors:
        moved = None
    return HttpResponse(render_to_string("500.html", {"rehearsal": moved}), status=500)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state; what CI scans and reviewers look at."""
    return render(request, "styleguide.html", gallery.context())


@require_safe
def styleguide_console(request: HttpRequest) -> HttpResponse:
    """The layout of the back offices, with sample rows."""
    return render(request, "styleguide_console.html", gallery.context())


@require_safe
def error_sample(request: HttpRequest, name: str) -> HttpResponse:
    """An error page on purpose, for review. Only in DEBUG."""
    if name not in {"404", "403", "500", "403_csrf", "429", "refused"}:
        raise Http404
    return render(request, f"{name}.html", {"sentence": "點數不足。", "back_url": reverse("home")})
