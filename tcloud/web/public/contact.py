"""聯絡我們, and the announcements of now and before."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.support.queries import announcements, contact, hours
from tcloud.web.ui.context import audiences_of, contact_of, edition

PER_PAGE = 10


@require_safe
def contact_page(request: HttpRequest) -> HttpResponse:
    """Hotline, mailbox, hours, whether somebody is there now, and by when a ticket is answered."""
    now, programme = clock.now(), edition(request)
    context = {
        "desk": hours.desk(programme, at=now),
        "closures": hours.announced(at=now),
        "answer_by": contact.answer_by(programme, contact_of(request), at=now),
    }
    return render(request, "public/contact.html", context)


@require_safe
def announcement_list(request: HttpRequest) -> HttpResponse:
    """All that have begun and were not withdrawn, newest first."""
    now = clock.now()
    found = announcements.begun(edition(request), audiences_of(request), at=now)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/announcements.html", {"page": page, "now": now})
