"""What officers say about words, and what the search notes of itself."""

from datetime import timedelta

import pytest

from tcloud.catalogue.models import NothingFound, SynonymGroup
from tcloud.catalogue.operations import search as operations
from tcloud.catalogue.queries import synonyms as queries
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def add(words, also=()):
    return operations.add_synonyms(words, also, by=factories.officer(), at=NOW)


def test_add_synonyms_keeps_words_as_written_and_as_looked_up():
    group = add(["簽到", "ＨＲ", "签到", " LINE  Pay "], ["打卡", "簽到"])
    assert group.words == ["簽到", "HR", "LINE Pay"]
    assert group.finds_also == ["打卡"]
    assert group.keys[1:] == ["hr", "line pay"]
    assert Event.objects.get(type="synonyms.added").data["words"] == group.words


@pytest.mark.parametrize(
    ("words", "also", "code"),
    [
        ([], [], "too_few"),
        (["打卡"], [], "too_few"),
        (["打卡", "打卡"], ["打卡"], "too_few"),
        (["!!!"], ["打卡"], "too_few"),
        ([str(n) * 2 for n in range(13)], [], "too_many"),
        (["打" * 41, "卡"], [], "too_long"),
    ],
)
def test_add_synonyms_refuses_what_is_no_group_and_keeps_nothing(words, also, code):
    with pytest.raises(Refusal) as refused:
        add(words, also)
    assert refused.value.code == f"synonyms.{code}"
    assert not SynonymGroup.objects.exists()
    assert not Event.objects.filter(type__startswith="synonyms.").exists()


def test_change_and_remove_synonyms_refuse_a_stale_form_and_change_nothing():
    group = add(["打卡", "出勤"])
    operations.change_synonyms(group, ["打卡", "考勤"], drawn_from=1, by=factories.officer(), at=NOW)
    with pytest.raises(Stale):
        operations.change_synonyms(group, ["x", "y"], drawn_from=1, by=factories.officer(), at=NOW)
    with pytest.raises(Stale):
        operations.remove_synonyms(group, drawn_from=1, by=factories.officer(), at=NOW)
    assert SynonymGroup.objects.get().words == ["打卡", "考勤"]
    operations.remove_synonyms(group, drawn_from=2, by=factories.officer(), at=NOW)
    assert not SynonymGroup.objects.exists()
    types = Event.objects.filter(case=f"synonyms/{group.pk}").order_by("id").values_list("type", flat=True)
    assert list(types) == ["synonyms.added", "synonyms.changed", "synonyms.removed"]


def test_groups_are_found_by_any_of_their_words():
    group = add(["勒索病毒"], ["備份"])
    add(["打卡", "出勤"])
    assert [*queries.groups("备份")] == [*queries.groups("勒索")] == [group]
    assert queries.groups().count() == 2


@pytest.mark.parametrize(
    "words", ["0912345678", "a@b.tw", "12345678 有限公司", "https://x.tw", "我", "", "！"]
)
def test_note_nothing_found_notes_nothing_that_may_name_somebody(words):
    operations.note_nothing_found(words, on=TODAY)
    assert not NothingFound.objects.exists()


def test_nothing_found_is_told_from_three_times_on_and_for_ninety_days():
    for days in (0, 0, 1):
        operations.note_nothing_found("量子 電腦", on=TODAY - timedelta(days=days))
    operations.note_nothing_found("太空船", on=TODAY)
    assert [(row.words, row.count, row.latest) for row in queries.nothing_found(on=TODAY)] == [
        ("量子電腦", 3, TODAY)
    ]
    assert queries.nothing_found(on=TODAY + timedelta(days=90)) == []
    operations.note_nothing_found("別的詞", on=TODAY + timedelta(days=100))
    assert NothingFound.objects.count() == 1  # what is older is gone


def test_note_nothing_found_ends_where_somebody_fills_the_table(monkeypatch):
    monkeypatch.setattr(operations, "MOST_NOTED_A_DAY", 2)
    for words in ("一號", "二號", "三號", "一號"):
        operations.note_nothing_found(words, on=TODAY)
    assert dict(NothingFound.objects.values_list("words", "count")) == {"一號": 2, "二號": 1}
