"""The landing page of support agents and experts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.support.queries import faq as help_texts


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The answers to give: the frequently asked questions, searched."""
    words = request.GET.get("q", "").strip()[:100]
    return render(request, "support/home.html", {"words": words, "groups": help_texts.search_faq(words)})
