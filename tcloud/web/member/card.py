"""A card in the browser: a fresh challenge for the page, and the proof out of what the page posts (R-09).

The PIN never comes here: it goes from the page to the component on the visitor's computer.
"""

import base64
import secrets
from typing import Any

from django.http import HttpRequest

from tcloud.core import clock
from tcloud.members import cards
from tcloud.members import operations as members
from tcloud.members.models import CardProof
from tcloud.web.ui.card_answer import decoded
from tcloud.web.ui.context import edition

HOLDER_KEY = "card_holder"
MOST_SIGNATURE_CHARS = 64 * 1024


def holder(request: HttpRequest) -> str:
    """A random value kept in the session: a challenge is good only in the browser that asked for it."""
    if HOLDER_KEY not in request.session:
        request.session[HOLDER_KEY] = secrets.token_hex(16)
    return str(request.session[HOLDER_KEY])


def challenge(request: HttpRequest, purpose: str) -> dict[str, Any]:
    """What components/card_form.html needs for a fresh challenge: `tbs`, `nonce`, `hidden`."""
    issued = members.issue_challenge(purpose=purpose, holder=holder(request), at=clock.now())
    return {
        "tbs": base64.b64encode(issued.text.encode()).decode(),
        "nonce": issued.nonce,
        "hidden": [{"name": "nonce", "value": issued.nonce}],
    }


def prove(request: HttpRequest, purpose: str) -> CardProof:
    """The company proved by the signature in the form. Raises the Refusals of `members.operations.prove_by_card`."""
    return members.prove_by_card(
        request.POST.get("nonce", "")[:64],
        decoded(request.POST.get("signature", ""), most=MOST_SIGNATURE_CHARS),
        purpose=purpose,
        holder=holder(request),
        at=clock.now(),
        policy=cards.trust_policy(accepts_secondary=edition(request).accepts_secondary_cards),
        revocation=cards.revocation_checker(),
    )
