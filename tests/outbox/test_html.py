"""A letter's HTML beside its text: the same content, nothing that runs or loads, nothing a hostile name can break."""

import html5lib
import pytest
from django.core import mail
from django.utils.html import escape
from django.utils.translation import override

from tcloud.core.models import Event
from tcloud.members.models import Company, User
from tcloud.outbox import operations
from tcloud.outbox.categories import DUTY, SEARCHES
from tcloud.outbox.letters import Letter, Link
from tcloud.outbox.rendering import Footer, render
from tcloud.points import operations as points
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(\"1\")</script>\r\nBcc: all@example.tw & 'x'"


@pytest.fixture
def edition() -> Programme:
    return factories.programme()


def letter(edition: Programme, **changes: object) -> Letter:
    said = {
        "subject": "請付款", "happened": ["供應商已接單。"], "programme": edition, "facts": [("訂單編號", "CE0123456789")],
        "next_steps": ["請付款。"], "link": Link("去付款", "/member/orders/CE0123456789/"),
    }  # fmt: skip
    return Letter(**said | changes)  # type: ignore[arg-type]


def test_both_parts_say_all_of_the_letter(edition: Programme) -> None:
    made = render(letter(edition), Footer("company", has_account=True))
    parts = ("供應商已接單。", "訂單編號", "CE0123456789", "請付款。", "去付款", "/member/orders/CE0123456789/", "0809-092-091",
             "不能關閉", "貴公司的帳號", "/account/mail/")  # fmt: skip
    for part in parts:
        assert part in made.text, part
        assert part in made.html, part


def test_html_is_sound_and_loads_and_runs_nothing(edition: Programme) -> None:
    parser = html5lib.HTMLParser(strict=True)
    made = render(
        letter(edition, subject=HOSTILE), Footer("company", SEARCHES, True, "/unsubscription/x/")
    ).html
    parser.parse(made)
    for never in ("<script", "<img", "<link", "src=", "url(", "@import", "onclick", "<form"):
        assert never not in made.lower(), never
    assert "prefers-color-scheme:dark" in made
    assert made.count("<a ") == 3  # one button, and the two links of the footer


def test_hostile_words_are_words_in_every_place(edition: Programme) -> None:
    made = render(
        letter(
            edition,
            subject=HOSTILE,
            happened=[HOSTILE],
            facts=[(HOSTILE, HOSTILE)],
            next_steps=[HOSTILE],
            link=Link(HOSTILE, "/x/"),
        ),
        Footer("company"),
    )
    assert made.html.count(escape('<script>alert("1")</script>')) == 7  # title and heading too
    assert "<script>" in made.text
    assert "\n" not in made.subject
    assert "\r" not in made.subject


def test_only_what_may_be_switched_off_says_how(edition: Programme) -> None:
    news = render(letter(edition), Footer("reader", SEARCHES, True, "/unsubscription/x/"))
    duty = render(letter(edition), Footer("company", DUTY, True))
    assert news.unsubscribe_url.endswith("/unsubscription/x/")
    assert "這封信屬於「新方案」，可以關閉" in news.text
    assert duty.unsubscribe_url == ""
    with override("en"):
        assert "/en/account/mail/" in render(letter(edition), Footer("company", DUTY, True)).html


def test_a_hostile_company_gets_its_letter_as_alternatives(edition: Programme) -> None:
    company = factories.participant(edition)
    factories.user(company, email="owner@example.tw")
    Company.objects.filter(pk=company.pk).update(name=HOSTILE)
    points.grant(edition, Company.objects.get(pk=company.pk), by=factories.actor(company), at=NOW)
    operations.deliver(Event.objects.get(type="points.granted").pk, at=NOW)
    (sent,) = mail.outbox
    message = sent.message()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.get_payload()] == ["text/plain", "text/html"]
    assert message["Bcc"] is None
    assert User.objects.filter(email="owner@example.tw").exists()
    assert "<script>" not in sent.alternatives[0][0]
