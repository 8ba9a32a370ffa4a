"""點數候補: who waits for points, in the order in which they will be served (R-12)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tcloud.core.actors import Actor
from tcloud.points import queries
from tcloud.programme import queries as programmes

PER_PAGE = 50


@require_safe
def waiting_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """The line of the edition on show, a page at a time; the place is counted from the head."""
    programme = programmes.latest()
    if programme is None:
        return redirect("office_programme")
    line = queries.waiting(programme).select_related("company")
    page = Paginator(line, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "programme": programme,
        "page": page,
        "rows": list(enumerate(page, page.start_index())),
        "budget": queries.budget(programme),
    }
    return render(request, "office/waiting.html", context)
