"""Kept pages: quick, and never wrong about a price, a plan or an edition."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Supplier
from tcloud.catalogue.queries import search
from tcloud.programme import operations as programmes
from tcloud.support.models import FaqArticle
from tcloud.support.operations import faq
from tcloud.web.public import cards
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    factories.programme()
    faq.import_shipped(at=NOW)
    return factories.plan()


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "path", ["/plans/", "/plans/{}/", "/en/plans/", "/faq/", "/faq/?q=點數", "/faq/invoice/"]
)
def test_page_is_built_once_for_visitors(client, plan, path):
    address = path.format(plan.code)
    assert queries(client, address) > 1
    assert queries(client, address) == 1


def test_page_is_built_anew_for_who_is_signed_in(client, plan):
    client.get("/plans/")
    user = factories.user(factories.company(), name="林大同")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert "林大同" in client.get("/plans/").content.decode()
    client.logout()
    client.cookies.clear()
    assert "林大同" not in client.get("/plans/").content.decode()


def test_page_shows_every_change_at_once(client, plan):
    address = f"/plans/{plan.code}/"
    assert "60,000" in client.get(address).content.decode()
    Supplier.objects.update(name="改名的廠商")
    assert "改名的廠商" in client.get(address).content.decode()
    programmes.pause(plan_edition(), by=factories.officer(), at=NOW)
    assert "目前暫停受理" in client.get(address).content.decode()
    catalogue.delist(plan, by=factories.officer(), at=NOW)
    assert client.get(address).status_code == 404
    assert plan.code not in client.get("/plans/").content.decode()


def test_faq_shows_what_is_published_and_taken_back_at_once(client, plan):
    assert "發票什麼時候開" in client.get("/faq/").content.decode()
    article = FaqArticle.objects.select_related("live").get(code="invoice")
    said = {name: getattr(article.live, name) for name in faq.FIELDS} | {"question": "發票何時開立？"}
    article = faq.save_draft(article, said, drawn_from=article.version, by=factories.officer(), at=NOW)
    assert "發票何時開立" not in client.get("/faq/").content.decode()
    article = faq.publish(article, drawn_from=article.version, by=factories.officer(), at=NOW)
    for path in ("/faq/", "/faq/invoice/", "/faq/?q=發票"):
        page = client.get(path).content.decode()
        assert "何時開立" in page, path
    faq.unpublish(article, drawn_from=article.version, reason="x", by=factories.officer(), at=NOW)
    assert "何時開立" not in client.get("/faq/").content.decode()
    assert client.get("/faq/invoice/").status_code == 404


def plan_edition():
    from tcloud.programme.queries import current

    return current()


def test_page_differs_by_language_and_by_part_asked_for(client, plan):
    whole = client.get("/plans/")
    part = client.get("/plans/", headers={"HX-Request": "true"})
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in whole["Vary"]
    assert "HX-Request" in client.get("/plans/")["Vary"]
    assert 'lang="en"' in client.get("/en/plans/").content.decode()


def test_card_is_drawn_once_and_anew_after_a_change(client, plan, monkeypatch):
    """Two addresses share the card of a plan; a supplier's new name is on both at once, in both languages."""
    asked = []
    plans = search.plans
    monkeypatch.setattr(search, "plans", lambda ids: asked.append(ids) or plans(ids))
    for address in ("/plans/", "/plans/?orderable=1", "/en/plans/", "/en/plans/?orderable=1"):
        assert plan.code in client.get(address).content.decode()
    assert asked == [[plan.pk], [plan.pk]]
    Supplier.objects.update(name="改名的廠商", name_en="Renamed Ltd")
    assert "改名的廠商" in client.get("/plans/?orderable=1").content.decode()
    assert "Renamed Ltd" in client.get("/en/plans/").content.decode()


def test_cards_are_thrown_away_when_there_are_too_many(client, monkeypatch):
    factories.programme()
    cheap, dear = factories.plan(price_twd=20_000), factories.plan(price_twd=90_000)
    monkeypatch.setattr(cards, "MOST_KEPT", 1)
    asked = []
    plans = search.plans
    monkeypatch.setattr(search, "plans", lambda ids: asked.append(ids) or plans(ids))
    for condition in ("price_to=30000", "price_from=60000", "price_to=30000&orderable=1"):
        assert client.get(f"/plans/?{condition}").status_code == 200
    assert asked == [[cheap.pk], [dear.pk], [cheap.pk]]
