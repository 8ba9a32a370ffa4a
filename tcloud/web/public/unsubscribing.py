"""Stopping letters from the letter itself: a page with one button, or the mail program's own (RFC 8058).

A link is either of one saved search, or of a category of letters to an address; both are signed, and no sign-in is needed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tcloud.choosing import operations
from tcloud.choosing.models import SavedSearch
from tcloud.choosing.queries.searches import search_of_token
from tcloud.core import clock
from tcloud.core.actors import VISITOR, Actor
from tcloud.outbox import addresses, queries
from tcloud.outbox.categories import LABELS
from tcloud.outbox.operations import preferences


@dataclass(frozen=True)
class _Letters:
    """What a link stops: a question for the page, whether they are still sent, and how to stop them."""

    question: str | Promise
    is_wanted: Callable[[], bool]
    stop: Callable[[], None]


@csrf_exempt  # the signed link is the proof; mail programs post to it without a session
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first: a mail filter that follows links stops nothing."""
    letters = _of_category(token) or _of_search(token)
    if letters is None:
        raise Http404
    if request.method == "POST":
        letters.stop()
    context = {"question": letters.question, "wanted": letters.is_wanted()}
    return render(request, "public/unsubscription.html", context)


def _of_category(token: str) -> _Letters | None:
    said = addresses.of_unsubscription(token)
    if said is None:
        return None
    email, category = said
    return _Letters(
        _("不再寄送「%(category)s」的信？其他信件照常寄送。") % {"category": LABELS[category]},
        lambda: category not in queries.switched_off(email),
        lambda: preferences.stop(email, category, at=clock.now()),
    )


def _of_search(token: str) -> _Letters | None:
    pk = search_of_token(token)
    if pk is None:
        return None
    search = SavedSearch.objects.filter(pk=pk).first()
    if search is None:
        return _Letters("", lambda: False, lambda: None)
    return _Letters(
        _("不再寄送「%(name)s」的新方案通知？儲存的搜尋會保留。") % {"name": search.name},
        lambda: SavedSearch.objects.filter(pk=pk, next_mail_at__isnull=False).exists(),
        lambda: operations.mail_search(search, False, by=Actor(VISITOR), at=clock.now()),
    )
