"""The guard of every change of state; the database's own guard is proved in tests/repository/test_states.py."""

import pytest

from tcloud.core.actors import COMPANY, THE_SYSTEM, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import advance, allowed
from tcloud.programme.models import Programme
from tcloud.programme.states import PROGRAMME
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return factories.programme()


def move(edition, name, by=THE_SYSTEM, **data):
    return advance(edition, PROGRAMME, name, by=by, at=NOW, case="programme/x", **data)


def refused(code, edition, call):
    before = Programme.objects.values_list("state", "version").get(pk=edition.pk), Event.objects.count()
    with pytest.raises(Refusal) as error:
        call()
    assert error.value.code == code
    after = Programme.objects.values_list("state", "version").get(pk=edition.pk), Event.objects.count()
    assert after == before


def test_advance_moves_and_records_who_when_and_from_where(edition):
    officer = factories.officer()
    event = move(edition, "pause", by=officer, why="test")
    stored = Programme.objects.get(pk=edition.pk)
    assert (stored.state, stored.version) == (edition.state, edition.version) == ("PAUSED", 2)
    assert (event.type, event.at, event.actor_kind, event.actor_name) == (
        "programme.paused", NOW, "officer", officer.name,
    )  # fmt: skip
    assert event.data == {"from": "OPEN", "to": "PAUSED", "why": "test"}
    assert event.subject == f"programme.programme/{edition.pk}"


def test_advance_sets_other_columns_in_the_same_update(edition):
    move(edition, "close", changes={"review_working_days": 4})
    assert Programme.objects.get(pk=edition.pk).review_working_days == 4


def test_advance_is_not_open_to_another_kind_of_actor(edition):
    refused("transition.not_yours", edition, lambda: move(edition, "pause", by=Actor(COMPANY)))


def test_advance_is_not_open_from_another_state(edition):
    refused("transition.not_now", edition, lambda: move(edition, "open"))


def test_advance_loses_against_who_moved_first(edition):
    late = Programme.objects.get(pk=edition.pk)
    move(edition, "pause")
    with pytest.raises(Stale):
        move(late, "close")
    assert late.state == "OPEN"
    assert Programme.objects.get(pk=edition.pk).state == "PAUSED"
    assert not Event.objects.filter(type="programme.closed").exists()


def test_advance_notices_a_version_drawn_before_two_moves(edition):
    late = Programme.objects.get(pk=edition.pk)
    move(edition, "pause")
    move(edition, "open")
    with pytest.raises(Stale):
        move(late, "close")


def test_allowed_names_what_an_actor_may_do_now():
    names = [t.name for t in allowed(PROGRAMME, "OPEN", "officer")]
    assert names == ["pause", "close"]
    assert allowed(PROGRAMME, "OPEN", COMPANY) == allowed(PROGRAMME, "CLOSED", "officer") == []
