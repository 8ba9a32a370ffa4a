"""What a hostile visitor types, sends or pretends: never a 500, and no way past a limit."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache, caches
from django.core.cache.backends.db import DatabaseCache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tcloud.assessment import operations as assessment
from tcloud.contracts.models import SigningSession
from tcloud.core import clock
from tcloud.members import cards
from tcloud.members import operations as members
from tcloud.members.models import CardChallenge
from tcloud.members.tasks import forget_expired
from tcloud.web.ui.limits import RATES, too_many
from tests import factories
from tests.recommendations.conftest import assessed
from tests.repository.test_urls import ANYBODY, PATTERNS, SIGNED_IN, WHO
from tests.web.order_pages import with_test_cards

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
DEBUG_ONLY = {"styleguide", "styleguide_console", "error_sample"}
FIELDS = [
    "account",
    "again",
    "agree",
    "all",
    "asked",
    "case",
    "category",
    "change",
    "check",
    "clear",
    "code",
    "compare",
    "contact_email",
    "contact_name",
    "contact_phone",
    "conversation",
    "data_lookup",
    "decision",
    "email",
    "edition",
    "from",
    "grant",
    "group",
    "issued_on_year",
    "key",
    "kind",
    "login",
    "name",
    "next",
    "nonce",
    "note",
    "number",
    "order",
    "orderable",
    "page",
    "password",
    "person",
    "phone",
    "plan",
    "points",
    "price",
    "q",
    "reader",
    "reason",
    "reference",
    "refund-reason",
    "refund-version",
    "registered",
    "settle-version",
    "show",
    "since_day",
    "since_month",
    "since_year",
    "signature",
    "small",
    "sort",
    "state",
    "tax_twd",
    "term",
    "total_twd",
    "type",
    "until_year",
    "version",
    "certificate",
    "company",
    "price_twd",
    "term_months",
    "included",
    "industries",
    "answers.items_limit",
    "title",
    "remark:name",
    "q",
]
ODD = {
    "a zero byte": "a\0b",
    "more digits than an integer has": "9" * 4400,
    "another script's digits": "²٣",
    "a mail's header and no UTF-8": "a\r\nBcc: x@evil.example\udcff",
    "another site": "//evil.example/",
}


@pytest.fixture
def people(monkeypatch):
    """A browser of every role, and what the addresses name: an order that the supplier may accept, and its signing session."""
    assessment.publish_first(at=factories.NOW)
    edition = factories.programme(code="tcloud")
    company = assessed(edition)
    users = {"member": company.memberships.get().user}
    order = factories.submitted(edition, company)
    users["supplier"] = factories.user(order.supplier.company)
    users |= {role: factories.user(staff_role=role) for role in ("officer", "support", "expert")}
    browsers = {role: Client(raise_request_exception=False) for role in users}
    for role, browser in browsers.items():
        browser.force_login(users[role], backend=BACKEND)
    browsers["anybody"] = Client(raise_request_exception=False)
    session = SigningSession.objects.get().pk
    names = {
        "number": order.number,
        "session": session,
        "session_id": session,
        "code": order.plan_version.plan.code,
        "pk": factories.plan_change(on=order.plan_version.plan).pk,
        "section": "price",
        "file": "1",
    }
    with with_test_cards(monkeypatch):
        yield browsers, names


def role_for(name):
    who = WHO[name]
    if who == ANYBODY:
        return "anybody"
    return (
        "member"
        if who == SIGNED_IN
        else next(role for role in ("member", "supplier", "officer", "support", "expert") if role in who)
    )


NUMBERS = ("pk", "version", "file")


def paths(name, names, value):
    """The address as it is, and with each of its parts replaced by `value` or by a number past every column."""
    parts = PATTERNS[name].pattern.converters or PATTERNS[name].pattern.regex.groupindex
    true = {key: names.get(key, "1" if key in NUMBERS else "sample") for key in parts}
    yield reverse(name, kwargs=true)
    for key in parts:
        for other in (value, 10**40):
            try:
                yield reverse(name, kwargs=true | {key: other})
            except (NoReverseMatch, UnicodeEncodeError):
                continue


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_no_address_fails_over_odd_input(people, value):
    browsers, names = people
    text = urlencode(dict.fromkeys(FIELDS, value), errors="surrogateescape")
    failed = {}
    for name in PATTERNS.keys() - DEBUG_ONLY - {"account_logout"}:
        browser = browsers[role_for(name)]
        for path in paths(name, names, value):
            answers = {
                "get": browser.get(f"{path}?{text}"),
                "post": browser.post(path, text, content_type="application/x-www-form-urlencoded"),
            }
            failed |= {
                (name, path[:60], how): 500 for how, answer in answers.items() if answer.status_code >= 500
            }
            astray = [answer.get("Location", "") for answer in answers.values()]
            assert not any(place.startswith(("//", "http")) for place in astray), (name, astray)
    assert failed == {}


def test_no_address_fails_over_an_unusual_method(people):
    browsers, names = people
    failed = [
        (name, method)
        for name in PATTERNS.keys() - DEBUG_ONLY
        for method in ("put", "options")
        if getattr(browsers[role_for(name)], method)(next(paths(name, names, ""))).status_code >= 500
    ]
    assert failed == []


def test_a_zero_byte_in_a_cookie_is_a_bad_request(client):
    client.cookies[settings.SESSION_COOKIE_NAME] = "placeholder"
    answer = client.get("/member/join/", HTTP_COOKIE=f'{settings.SESSION_COOKIE_NAME}="abcdefgh\\000ijkl"')
    assert answer.status_code == 400


@pytest.mark.parametrize("length", [str(6 * 1024 * 1024 + 1), "9" * 30, "²"])
def test_a_body_past_all_measure_is_refused_before_it_is_read(client, length):
    assert client.post("/contracts/verify/", {}, CONTENT_LENGTH=length).status_code == 413


@pytest.mark.parametrize(("proxies", "last"), [(1, "203.0.113.7"), (0, "198.51.100.1")])
def test_limits_count_by_an_address_nobody_can_choose(rf, settings, monkeypatch, proxies, last):
    """Behind the proxy by the address it saw, else by the connection's: what a client writes into the header changes nothing."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    cache.clear()
    monkeypatch.setitem(RATES, "join", "1/m/ip")

    def ask(claimed, seen):
        request = rf.post(
            "/member/join/", HTTP_X_FORWARDED_FOR=f"{claimed}, {seen}", REMOTE_ADDR="198.51.100.1"
        )
        return too_many(request, "join") is None

    assert ask("192.0.2.1", "203.0.113.7")
    assert not ask("192.0.2.2", "203.0.113.7")
    assert ask("192.0.2.2", "203.0.113.8") is bool(proxies)


def test_counted_tries_are_not_washed_out_by_other_rows():
    backend = caches["default"]
    assert isinstance(backend, DatabaseCache)
    assert backend._max_entries >= 10_000


@pytest.mark.rule("R-37")
@pytest.mark.parametrize(
    ("role", "name"), [("officer", "office_home"), ("auditor", "office_books"), ("support", "support_home")]
)
def test_staff_get_no_further_than_setting_up_the_second_factor(settings, role, name):
    settings.STAFF_SECOND_FACTOR = True
    factories.programme(code="tcloud")
    user, browser = factories.user(staff_role=role), Client()
    browser.force_login(user, backend=BACKEND)
    answer = browser.get(reverse(name), follow=True)
    assert answer.redirect_chain[0][0] == reverse("mfa_activate_totp")
    assert "兩步驟驗證" in answer.content.decode()
    TOTP.activate(user, generate_totp_secret())
    assert browser.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["home", "account_change_password", "mfa_activate_totp", "member_home"])
def test_nothing_shown_to_somebody_signed_in_is_kept(client, name):
    company = factories.participant(factories.programme(code="tcloud"))
    cache.clear()
    typed = {"login": factories.user(company).email, "password": factories.PASSWORD}
    client.post(reverse("account_login"), typed)
    client.post(reverse("account_reauthenticate"), typed)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.rule("R-09")
def test_challenges_nobody_answered_and_sessions_that_are_over_are_forgotten(client):
    with clock.moved_to(factories.NOW):
        members.issue_challenge(purpose="join", holder="h", at=factories.NOW - timedelta(days=2))
        fresh = members.issue_challenge(purpose="join", holder="h", at=factories.NOW)
        Session.objects.create(
            session_key="over", session_data="", expire_date=datetime(2020, 1, 1, tzinfo=UTC)
        )
        forget_expired(0)
    assert CardChallenge.objects.get() == fresh
    assert not Session.objects.filter(session_key="over").exists()


@pytest.mark.rule("R-09")
def test_only_configured_hosts_are_asked_about_cards(settings):
    settings.CARD = {**settings.CARD, "revocation_hosts": ["ocsp.example"]}
    assert cards.revocation_checker()._fetcher.allowed_hosts == ("ocsp.example",)
