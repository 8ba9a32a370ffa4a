"""The letters themselves, and the pages about them, in a real browser: readable, accessible, no wider than a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.members.models import User
from tcloud.outbox import operations
from tcloud.outbox.models import FailingAddress, Notice
from tests import factories
from tests.browser.conftest import Person, accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ordered(language: str = "zh-hant") -> User:
    """Somebody of a company whose order was accepted; her letters are delivered."""
    now = clock.now()
    edition = factories.programme(at=now)
    company = factories.granted(edition, at=now)
    owner = factories.user(company, email="owner@example.tw")
    User.objects.filter(pk=owner.pk).update(language=language)
    factories.accepted(edition, company, at=now)
    for event in Event.objects.filter(
        type__in=("points.granted", "order.submitted", "order.accepted")
    ).order_by("id"):
        operations.deliver(event.pk, at=now)
    return owner


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(320, "zh-hant"), (1280, "en")], ids=["phone", "desk-en"])
def test_a_letter_is_readable_in_both_schemes(
    person: Callable[..., Person], width: int, language: str, scheme: Any
) -> None:
    ordered(language)
    reader = person(width)
    reader.page.emulate_media(color_scheme=scheme)
    sent = [letter for letter in mail.outbox if letter.to == ["owner@example.tw"]][-1]
    reader.page.set_content(sent.alternatives[0][0])
    accessible(reader)
    assert reader.page.locator(".button a").bounding_box()["height"] >= 44
    assert reader.complaints == []


@pytest.mark.parametrize(("width", "language"), [(320, ""), (1280, "/en")], ids=["phone", "desk-en"])
def test_pages_about_letters_are_accessible(person: Callable[..., Person], width: int, language: str) -> None:
    owner = ordered()
    FailingAddress.objects.create(email=owner.email, hard_bounces=1, since=clock.now(), last_at=clock.now())
    reader = person(width)
    reader.sign_in(owner.email)
    for path in ("/account/notices/", "/account/mail/", "/account/mail/address/", "/member/"):
        reader.open(language + path)
        accessible(reader)
    reader.open(f"{language}/account/notices/")
    unread = Notice.objects.filter(user=owner, read_at=None).count()
    reader.page.locator(".notices button").first.click()
    reader.page.wait_for_url("**/member/orders/**")
    assert Notice.objects.filter(user=owner, read_at=None).count() == unread - 1
    assert reader.complaints == []
