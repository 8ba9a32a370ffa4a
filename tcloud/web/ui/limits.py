"""How often one may do what others have to read. Counted in the shared cache, so that every web process counts together."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# amount/period/per: `ip` the network address, `key` what the view names (a person, a company)
RATES = {
    "report": "20/d/key",
    "question": "20/d/key",
    "review": "30/d/key",
    "comparison_mail": "20/d/key",
}


def too_many(request: HttpRequest, action: str, *, key: str = "") -> HttpResponse | None:
    """Count one try of `action`; the 429 page when it was one too many, else None."""
    allowed = ratelimit.consume(request, app="tcloud.choosing", action=action, config=RATES, key=key)
    return None if allowed else render(request, "429.html", status=429)
