"""What every answer carries for the browser's protection, and which forms may come without a token."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from tests import factories
from tests.repository.test_urls import PATTERNS

pytestmark = pytest.mark.django_db
PAGES = ["home", "catalogue", "account_login", "join", "contract_verify"]


@pytest.fixture
def page(client):
    factories.programme(code="tcloud")
    return lambda name: client.get(reverse(name), follow=True)


@pytest.mark.parametrize("name", PAGES)
def test_pages_allow_only_our_own_code_and_no_frame(page, name):
    headers = page(name).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_nothing_inline(page, name):
    html = page(name).content.decode()
    assert not re.search(r'<script(?![^>]*\bsrc=| type="application/ld\+json">)', html)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)


def test_pages_let_the_cards_popup_answer(page):
    assert page("join").headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


def test_only_the_gateways_notice_and_a_signed_unsubscription_come_without_a_token():
    bare = {name for name, pattern in PATTERNS.items() if getattr(pattern.callback, "csrf_exempt", False)}
    signed = {"gateway_callback", "gateway_codes", "newebpay_callback", "newebpay_codes"}
    assert bare == signed | {"unsubscription"}


def test_cookies_are_kept_from_scripts_and_other_sites():
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_passwords_are_hashed_slowly_outside_of_tests():
    text = (settings.BASE_DIR / "config" / "settings.py").read_text(encoding="utf-8")
    assert "Argon2" in text.split("PASSWORD_HASHERS = ", 1)[1].splitlines()[0]


def test_sign_in_stops_after_a_few_wrong_passwords(page, client):
    user = factories.user(factories.company())
    answers = [
        client.post(reverse("account_login"), {"login": user.email, "password": f"wrong-{n}-password"})
        for n in range(6)
    ]
    assert all(answer.status_code == 200 for answer in answers[:5])
    last = client.post(reverse("account_login"), {"login": user.email, "password": factories.PASSWORD})
    assert last.status_code != 302
    assert "_auth_user_id" not in client.session
