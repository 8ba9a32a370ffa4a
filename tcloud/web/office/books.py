"""帳目核對: how far the books are closed, whether they are what they were, and each entry with its proof (R-18)."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.points import books
from tcloud.points import queries as points
from tcloud.web.office.views import url_of
from tcloud.web.ui.event_words import words_of

DAYS_SHOWN: Final = 10
PER_PAGE: Final = 50
OPEN: Final = "open"


@require_safe
def overview(request: HttpRequest, by: Actor) -> HttpResponse:
    """Days closed and still open; asked to, recompute balances, grants, editions and the newest days, and say whether all agrees."""
    at = clock.now()
    context = {
        "state": books.state(at=at),
        "digests": books.digests()[:DAYS_SHOWN],
        "result": points.audit() if "check" in request.GET else None,
        "checked_at": at,
    }
    return render(request, "office/books.html", context)


@require_safe
def entries_of_day(request: HttpRequest, by: Actor, day: str) -> HttpResponse:
    """Every entry of a closed day, or (`open`) of those not closed yet, with its cause and its proof."""
    digest = None if day == OPEN else _digest(day)
    page = Paginator(books.entries_of(digest), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"entry": entry, "words": words_of(entry.event.type), "url": url_of(entry.event)} for entry in page
    ]
    return render(request, "office/books_day.html", {"digest": digest, "page": page, "rows": rows})


def _digest(day: str) -> Any:
    found = books.digest_of(day)
    if found is None:
        raise Http404
    return found


@require_safe
def entry_proof(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """The proof of one entry as a file; who receives it verifies it without us."""
    try:
        answer = JsonResponse(
            books.proof_of_entry(pk), json_dumps_params={"ensure_ascii": False, "indent": 2}
        )
    except LookupError as error:
        raise Http404 from error
    answer.headers["Content-Disposition"] = f'attachment; filename="tcloud-entry-{pk}.json"'
    return answer
