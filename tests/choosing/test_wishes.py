"""Favourites and saved searches."""

import re
from datetime import timedelta

import pytest

from tcloud.catalogue import operations as catalogue
from tcloud.choosing import operations, rules
from tcloud.choosing.models import Favourite, SavedSearch, SearchHit
from tcloud.choosing.queries import searches
from tcloud.core.clock import start_of
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company, Membership
from tests import factories
from tests.choosing import scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MORNING = start_of(NOW.date() + timedelta(days=1)) + timedelta(hours=rules.MAIL_HOUR)


@pytest.fixture
def company() -> Company:
    return factories.company()


def keep(company, plan):
    return operations.add_favourite(company, plan, user=scene.person(company), by=scene.by(company), at=NOW)


def save(company, query="q=庫存", *, name="庫存", mail=True, at=NOW):
    return operations.save_search(
        company, name, query, mail=mail, user=scene.person(company), by=scene.by(company), at=at
    )


def test_add_favourite_keeps_a_plan_once_and_remove_forgets_it(company):
    plan = factories.plan()
    assert keep(company, plan) == keep(company, plan)
    assert Favourite.objects.get().seen == plan.current
    for _press in range(2):
        operations.remove_favourite(company, plan, by=scene.by(company), at=NOW)
    assert not Favourite.objects.exists()
    assert list(Event.objects.filter(type__startswith="favourite.").values_list("type", flat=True)) == [
        "favourite.added",
        "favourite.removed",
    ]


def test_add_favourite_refuses_a_delisted_plan_and_one_too_many(company, monkeypatch):
    first, second = factories.plan(), factories.plan()
    keep(company, first)
    monkeypatch.setattr(rules, "MOST_FAVOURITES", 1)
    with pytest.raises(Refusal) as refused:
        keep(company, second)
    assert refused.value.code == "favourite.too_many"
    catalogue.delist(second, by=factories.officer(), at=NOW)
    second.refresh_from_db()
    with pytest.raises(Refusal) as refused:
        keep(company, second)
    assert refused.value.code == "plan.not_listed"
    assert Favourite.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("sort=price&page=3", ""),
        ("q=+%E5%BA%AB%E5%AD%98++", "q=%E5%BA%AB%E5%AD%98"),
        ("term=12&category=stock&category=pos&x=1", "category=pos&category=stock&term=12"),
        ("price=to-1&price=to-10000&orderable=yes", "price=to-10000"),
        ("category=%27%3B--&term=abc&term=%EF%BC%91", ""),
        ("q=" + "x" * 700, "q=" + "x" * 100),
    ],
)
def test_canonical_keeps_what_narrows_and_nothing_else(asked, kept):
    assert searches.canonical(asked) == kept
    assert searches.canonical(kept) == kept


@pytest.mark.parametrize(
    "query",
    [
        "q=庫存",
        "category=stock",
        "price=to-30000",
        "price=over-60000",
        "term=12",
        "orderable=1",
        "term=24",
        "area=sales_channels",
        "price_from=30000",
        "trial=1",
    ],
)
def test_matching_finds_what_the_page_of_the_same_address_shows(query, client):
    factories.programme()
    for price_twd in (20_000, 90_000):
        factories.plan(price_twd=price_twd)
    shown = re.findall(r'name="compare" value="([^"]+)"', client.get(f"/plans/?{query}").content.decode())
    assert {plan.code for plan in searches.matching(searches.canonical(query))} == set(shown)


def test_save_search_is_repeatable_and_refuses_another_of_its_name_an_empty_one_and_one_too_many(
    company, monkeypatch
):
    assert save(company) == save(company)
    monkeypatch.setattr(rules, "MOST_SEARCHES", 1)
    for change, code in (
        ({"query": "q=other"}, "search.name_used"),
        ({"query": "page=2"}, "search.empty"),
        ({"name": "another"}, "search.too_many"),
    ):
        with pytest.raises(Refusal) as refused:
            save(company, **change)
        assert refused.value.code == code
    assert SavedSearch.objects.count() == 1


def test_send_matches_tells_each_plan_listed_since_once_on_the_next_morning(company):
    factories.plan(at=NOW - timedelta(days=1))
    search = save(company)
    plan = factories.plan(at=NOW + timedelta(hours=1))
    assert operations.send_matches(at=MORNING - timedelta(seconds=1)) == 0
    assert operations.send_matches(at=MORNING) == 1
    assert Event.objects.get(type="search.matched").data == {"plans": [plan.code]}
    assert operations.send_matches(at=MORNING) == 0
    assert operations.send_matches(at=MORNING + timedelta(days=1)) == 1
    assert SearchHit.objects.get().search == search
    assert Event.objects.filter(type="search.matched").count() == 1


def test_send_matches_tells_nobody_who_left_the_company_or_stopped_the_mail(company):
    left, stopped = save(company), save(factories.company())
    factories.plan(at=NOW + timedelta(hours=1))
    Membership.objects.filter(user=left.saved_by).delete()
    for _press in range(2):
        operations.mail_search(stopped, False, by=scene.by(company), at=NOW)
    operations.send_matches(at=MORNING)
    assert not Event.objects.filter(type="search.matched").exists()
    operations.mail_search(stopped, True, by=scene.by(company), at=MORNING)
    stopped.refresh_from_db()
    assert stopped.next_mail_at == MORNING + timedelta(days=1)


def test_delete_search_forgets_it_with_what_it_told(company):
    search = save(company)
    SearchHit.objects.create(search=search, plan=factories.plan(), found_at=NOW)
    for _press in range(2):
        operations.delete_search(search, by=scene.by(company), at=NOW)
    assert not SavedSearch.objects.exists()
