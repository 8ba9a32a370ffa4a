"""What one may switch off, and that it is honoured when a letter is sent; what one may not is sent whatever is said."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from tcloud.choosing import operations as choosing
from tcloud.choosing.models import SavedSearch
from tcloud.core.models import Event
from tcloud.outbox import addresses, operations
from tcloud.outbox.categories import CHOOSING, DUTY, LABELS, SEARCHES, SWITCHABLE
from tcloud.outbox.models import Message, Notice, Unwanted
from tcloud.outbox.operations import preferences
from tcloud.outbox.table import TABLE
from tcloud.programme.models import Programme
from tests import factories
from tests.choosing import scene
from tests.choosing.test_wishes import MORNING, save
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MONEY_AND_DEADLINES = ("order.", "points.", "charge.", "application.", "ticket.", "plan_change.", "member.")


def test_nothing_about_orders_money_deadlines_or_answers_may_be_switched_off() -> None:
    off = {type for type, posts in TABLE.items() for post in posts if post.category != DUTY}
    assert {type for type in off if type.startswith(MONEY_AND_DEADLINES)} == set()
    assert {post.category for posts in TABLE.values() for post in posts} == {DUTY, *LABELS}
    assert len(SWITCHABLE) == len(LABELS)


def matched() -> Event:
    """A saved search has found a new plan."""
    save(factories.company())
    factories.plan(at=NOW + timedelta(hours=1))
    choosing.send_matches(at=MORNING)
    return Event.objects.filter(type="search.matched").latest("id")


@pytest.fixture(autouse=True)
def edition() -> Programme:
    return factories.programme()


def test_a_category_that_is_off_is_not_mailed_and_still_told_on_the_site() -> None:
    event = matched()
    email = SavedSearch.objects.get().saved_by.email
    preferences.choose(email, [CHOOSING], at=NOW)
    assert operations.deliver(event.pk, at=MORNING) == 0
    assert (mail.outbox, Message.objects.filter(event=event).exists()) == ([], False)
    assert Notice.objects.get(event=event).user.email == email
    preferences.choose(email, LABELS, at=NOW)
    assert operations.deliver(event.pk, at=MORNING) == 1


def test_choose_keeps_exactly_what_is_wanted_and_duties_cannot_be_stopped() -> None:
    preferences.choose("a@b.tw", [SEARCHES], at=NOW)
    preferences.choose("a@b.tw", [SEARCHES], at=NOW)
    assert set(Unwanted.objects.values_list("category", flat=True)) == set(LABELS) - {SEARCHES}
    with pytest.raises(LookupError):
        preferences.stop("a@b.tw", DUTY, at=NOW)


def test_one_press_in_the_mail_program_stops_a_category_without_signing_in() -> None:
    scene.answered(scene.asked(factories.company(), factories.plan()))
    event = Event.objects.get(type="question.answered")
    operations.deliver(event.pk, at=NOW)
    (sent,) = mail.outbox
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(sent.extra_headers["List-Unsubscribe"].strip("<>")).path
    stranger = Client(enforce_csrf_checks=True)
    assert "停止通知" in stranger.get(path).content.decode()
    assert not Unwanted.objects.exists()  # a filter that follows links stops nothing
    for _press in range(2):
        assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    unwanted = Unwanted.objects.get()
    assert (unwanted.email, unwanted.category) == (sent.to[0], CHOOSING)


def test_a_forged_link_stops_nothing() -> None:
    good = addresses.unsubscription("a@b.tw", SEARCHES)
    for path in (good[:-2] + "x/", addresses.unsubscription("a@b.tw", DUTY)):
        assert Client().post(path).status_code == 404
    assert not Unwanted.objects.exists()


def test_a_duty_carries_no_way_to_stop_it(edition: Programme) -> None:
    order = factories.submitted(edition, factories.granted(edition))
    operations.deliver(Event.objects.get(type="order.submitted").pk, at=NOW)
    assert order.number in mail.outbox[0].body
    assert all("List-Unsubscribe" not in sent.extra_headers for sent in mail.outbox)
