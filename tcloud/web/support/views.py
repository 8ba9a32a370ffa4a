"""The landing page of support agents and experts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.core.deadlines import english
from tcloud.support import faq_search
from tcloud.support.queries import faq
from tcloud.web.ui.faq_words import FAQ_WORDS_MOST


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The answers to give: the frequently asked questions, searched, the best first."""
    words = request.GET.get("q", "").strip()[:FAQ_WORDS_MOST]
    context = {
        "words": words,
        "terms": faq_search.terms(words),
        "found": faq.search(words, english=english()) if words else [],
        "groups": [] if words else faq.faq(),
    }
    return render(request, "support/home.html", context)
