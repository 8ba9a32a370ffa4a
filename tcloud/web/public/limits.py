"""How often one may ask what costs more than a page. Counted in the shared cache, so that every web process counts together."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RATES = {"suggestions": "300/m/ip"}


def too_many(request: HttpRequest, action: str) -> HttpResponse | None:
    """Count one try of `action`; the 429 page when it was one too many, else None."""
    allowed = ratelimit.consume(request, app="tcloud.public", action=action, config=RATES, limit_get=True)
    return None if allowed else render(request, "429.html", status=429)
