"""聯絡我們, and the announcements of now and before."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.support.queries import announcements, contact
from tcloud.web.ui.context import audiences_of, contact_of, edition

PER_PAGE = 10


@require_safe
def contact_page(request: HttpRequest) -> HttpResponse:
    """Hotline, mailbox, hours, whether somebody is there now, and by when a ticket is answered."""
    now, settings = clock.now(), contact_of(request)
    context = {
        "is_staffed": contact.is_open(settings, at=now),
        "opens_next": contact.opens_next(settings, at=now),
        "answer_by": contact.answer_by(edition(request), settings, at=now),
    }
    return render(request, "public/contact.html", context)


@require_safe
def announcement_list(request: HttpRequest) -> HttpResponse:
    """All that have begun and were not withdrawn, newest first."""
    now = clock.now()
    found = announcements.begun(edition(request), audiences_of(request), at=now)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/announcements.html", {"page": page, "now": now})
