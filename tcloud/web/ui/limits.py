"""How often one may try what floods or is guessed. Counted in the shared cache, so that every web process counts together."""

from typing import Final

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# amount/period/per: `ip` the network address, `key` what the view names (a person, a browser session, an e-mail address,
# a company, an application, a ticket)
RATES: Final = {
    "suggestions": "300/m/ip",
    "card_challenge": "240/m/ip",
    "card_proof": "120/m/ip,10/m/key",
    "account": "240/m/ip,12/h/key",
    "email_code": "240/m/ip,30/h/key",
    "join": "240/m/ip",
    "expert_request": "60/m/ip,20/d/key",
    "invitation": "60/h/ip,20/d/key",
    "invitation_page": "60/m/ip",
    "lead": "30/m/ip,200/h/ip",
    "lead_make": "60/h/ip,100/d/key",
    "report": "20/d/key",
    "question": "20/d/key",
    "review": "30/d/key",
    "comparison_mail": "20/d/key",
    "ticket_open": "60/h/ip,5/h/key",
    "ticket_reply": "120/h/ip,20/h/key",
    "ticket_page": "120/m/ip",
    "order_message": "240/h/ip,30/h/key",
    "order_change": "120/h/ip,20/d/key",
}


def too_many(request: HttpRequest, action: str, *, key: str = "") -> HttpResponse | None:
    """Count one try of `action`; the 429 page when it was one too many, else None."""
    allowed = ratelimit.consume(
        request, app="tcloud.web", action=action, config=RATES, key=key, limit_get=True
    )
    return None if allowed else render(request, "429.html", status=429)
