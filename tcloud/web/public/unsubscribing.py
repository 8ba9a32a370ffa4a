"""Stopping the daily mail of a saved search from the letter itself: a page with one button, or the mail program's own (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tcloud.choosing import operations
from tcloud.choosing.models import SavedSearch
from tcloud.choosing.queries.searches import search_of_token
from tcloud.core import clock
from tcloud.core.actors import VISITOR, Actor


@csrf_exempt  # the signed link is the proof; mail programs post to it without a session
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first: a mail filter that follows links stops nothing."""
    pk = search_of_token(token)
    if pk is None:
        raise Http404
    search = SavedSearch.objects.filter(pk=pk).first()
    if request.method == "POST" and search is not None:
        operations.mail_search(search, False, by=Actor(VISITOR), at=clock.now())
        search.refresh_from_db()
    wanted = search is not None and search.next_mail_at is not None
    return render(request, "public/unsubscription.html", {"search": search, "wanted": wanted})
