"""通知: what happened, on the site, for who is signed in; the same as the letters, whether mail works or not."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from tcloud.core import clock
from tcloud.outbox import queries, rules
from tcloud.outbox.operations import notices

PER_PAGE = 20


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Her notices, newest first."""
    mine = queries.notices(request.user)  # type: ignore[arg-type]
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    newest = max((row.pk for row in page.object_list), default=0)
    unread = queries.unread(request.user)  # type: ignore[arg-type]
    context = {"page": page, "newest": newest, "unread": unread, "kept_days": rules.NOTICES_KEPT_DAYS}
    return render(request, "account/notices.html", context)


@login_required
@require_POST
def opening(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it, and go where it leads; somebody else's is not found (R-37)."""
    notice = get_object_or_404(queries.notices(request.user), pk=pk)  # type: ignore[arg-type]
    notices.read(notice, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return HttpResponseRedirect(("/en" if get_language() == "en" else "") + notice.path)


@login_required
@require_POST
def reading(request: HttpRequest) -> HttpResponse:
    """All that was there when the page was drawn is read; what came since stays unread."""
    said = request.POST.get("up_to", "")
    up_to = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    notices.read_all(by=request.user, up_to=up_to, at=clock.now())  # type: ignore[arg-type]
    return redirect("notices")
