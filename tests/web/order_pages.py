"""What the tests of a company's order pages share: a signed-in browser, its card, and the moment."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import html5lib
from django.test import Client

from tcloud.contracts.document import Party
from tcloud.contracts.models import SigningSession
from tcloud.core import clock
from tcloud.members.models import Company
from tcloud.orders.models import Order
from tests import factories
from tests.adapters.card import authorities, pki


@contextmanager
def with_test_cards(monkeypatch: Any) -> Iterator[None]:
    """Cards of the test PKI are trusted and none is revoked."""
    authorities.stand_in(monkeypatch)
    with clock.moved_to(factories.NOW):
        yield


def browser(company: Company) -> Client:
    """A browser in which somebody of the company is signed in."""
    return factories.signed_in(
        company.memberships.first().user if company.memberships.exists() else factories.user(company)
    )


def page(response: Any, status: int = 200) -> str:
    """The text of a page, after a look at its HTML."""
    assert response.status_code == status, response.content.decode()[:3000]
    text: str = response.content.decode()
    parser = html5lib.HTMLParser()
    parser.parse(text)
    assert not parser.errors, parser.errors[:3]
    assert len(re.findall(r"<h1\b", text)) == 1
    assert not re.findall(
        r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=|[^>]*\stype="application/ld\+json")', text
    )
    return text


def hidden(text: str, name: str) -> str:
    """The value of a hidden input on a page."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def certificate(ubn: str) -> dict[str, str]:
    """What the browser posts after it has read the card."""
    return {
        "certificate": b64(factories.card(ubn).der),
        "reader": "Reader 0",
        "card_sn": "1",
        "signature": "",
    }


def sign(client: Client, order: Order, company: Company) -> SigningSession:
    """Go through both card steps in the browser."""
    base = f"/member/orders/{order.number}"
    assert client.post(f"{base}/contract/acknowledgement/", {"agree": "on"}).status_code == 302
    moved = client.post(f"{base}/signing/", certificate(company.ubn))
    assert moved.status_code == 302, moved.content.decode()[:2000]
    session = SigningSession.objects.filter(contract__order_number=order.number, party=Party.BUYER).latest(
        "pk"
    )
    done = client.post(moved["Location"], {"signature": b64(factories.signature(session))})
    assert done["Location"] == f"{base}/signed/"
    return session


OTHER_KEY = pki.card(ubn=pki.OTHER_UBN, organisation="別的公司", key_name="somebody else")
