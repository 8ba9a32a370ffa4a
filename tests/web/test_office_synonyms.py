"""搜尋用詞: officers edit synonyms and read which words found nothing; auditors read; a stale form changes nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tcloud.catalogue.models import SynonymGroup
from tcloud.catalogue.operations.search import add_synonyms, note_nothing_found
from tcloud.core import clock
from tests import factories as make
from tests.factories import NOW
from tests.web.test_office_pages import signed_in

pytestmark = pytest.mark.django_db
LIST, NEW, GROUP, REMOVAL = (
    "office_synonyms",
    "office_synonyms_new",
    "office_synonym_group",
    "office_synonym_removal",
)


@pytest.fixture(autouse=True)
def moment():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def officer() -> Client:
    return signed_in(make.user(staff_role="officer", name="王執行"))


@pytest.fixture
def group():
    return add_synonyms(["打卡", "出勤"], ["差勤"], by=make.officer(), at=NOW)


def text(client: Client, name: str, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_officer_adds_changes_and_removes_a_group(officer):
    officer.post(reverse(NEW), {"words": "打卡、出勤\n考勤", "finds_also": ""})
    group = SynonymGroup.objects.get()
    assert group.words == ["打卡", "出勤", "考勤"]
    assert "打卡、出勤、考勤" in text(officer, LIST)
    assert 'name="version" value="1"' in text(officer, GROUP, group.pk)
    officer.post(reverse(GROUP, args=[group.pk]), {"words": "打卡", "finds_also": "差勤", "version": 1})
    page = text(officer, GROUP, group.pk)
    assert "修改同義詞" in page  # its record
    officer.post(reverse(REMOVAL, args=[group.pk]), {"version": 2})
    assert not SynonymGroup.objects.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("", "請填寫至少一個詞"), ("打卡", "請填寫至少兩個詞"), ("打" * 50 + "、卡", "超過40個字")],
)
def test_what_is_no_group_is_said_and_what_was_typed_stays(officer, words, sentence):
    answer = officer.post(reverse(NEW), {"words": words, "finds_also": ""})
    page = answer.content.decode()
    assert sentence in page
    assert "有錯誤" in page
    assert words in page
    assert not SynonymGroup.objects.exists()


def test_stale_form_changes_nothing(officer, group):
    for name in (GROUP, REMOVAL):
        answer = officer.post(reverse(name, args=[group.pk]), {"words": "x、y", "version": 7})
        assert answer.status_code == 409
    assert SynonymGroup.objects.get().words == ["打卡", "出勤"]


@pytest.mark.rule("R-37")
def test_auditor_reads_and_sees_no_form(group):
    auditor = signed_in(make.user(staff_role="auditor"))
    for name, args in ((LIST, ()), (NEW, ()), (GROUP, (group.pk,))):
        assert "<textarea" not in text(auditor, name, *args)
    assert auditor.post(reverse(REMOVAL, args=[group.pk]), {"version": 1}).status_code == 403


def test_group_that_is_gone_is_not_found(officer):
    assert officer.get(reverse(GROUP, args=[999])).status_code == 404
    assert officer.post(reverse(REMOVAL, args=[999]), {"version": 1}).status_code == 404


def test_words_that_found_nothing_lead_to_a_new_group(officer):
    for days in range(3):
        note_nothing_found("量子電腦", on=NOW.date() - timedelta(days=days))
    note_nothing_found("只找一次", on=NOW.date())
    page = text(officer, LIST)
    assert "量子電腦" in page
    assert "只找一次" not in page
    assert ">量子電腦</textarea>" in text(officer, NEW, words="量子電腦").replace("\n", "")


def test_list_costs_the_same_for_few_and_many(officer, group, django_assert_max_num_queries):
    text(officer, LIST)
    with django_assert_max_num_queries(10) as few:
        text(officer, LIST)
    for number in range(60):
        add_synonyms([f"甲{number}", f"乙{number}"], by=make.officer(), at=NOW)
    text(officer, LIST)  # what every page shows is read anew after a change
    with django_assert_max_num_queries(10) as many:
        text(officer, LIST, page=2)
    assert len(few) == len(many)
    assert "甲59" in text(officer, LIST, q="甲59")
