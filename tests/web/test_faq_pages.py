"""常見問題 on screen: for readers, whether it helped; for editors, from draft to publication and back."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.core.models import Event
from tcloud.support.models import FaqArticle, FaqGroup, FaqVote
from tcloud.support.operations import faq as operations
from tcloud.support.queries import faq as queries
from tests import factories as make
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def questions() -> None:
    cache.clear()
    make.programme(code="tcloud")
    operations.import_shipped(at=NOW)


def signed_in(**values: Any) -> Client:
    return make.signed_in(make.user(**values))


def article() -> FaqArticle:
    return FaqArticle.objects.get(code="invoice")


def test_each_question_has_its_address_and_one_taken_back_has_none(client: Client) -> None:
    page = client.get("/faq/invoice/").text
    assert "<h1>發票什麼時候開？金額是多少？</h1>" in page
    assert 'href="/faq/supplier-late/"' in client.get("/faq/service-start/").text
    assert client.get("/faq/nothing/").status_code == client.get("/faq/nothing/feedback/").status_code == 404


def test_search_marks_the_hits_and_escapes_everything_else(client: Client) -> None:
    page = client.get("/faq/", {"q": "發票"}).text
    assert "<mark>發票</mark>什麼時候開" in page
    nothing = client.get("/faq/", {"q": "<img src=x>量子"}).text
    assert "<img" not in nothing
    assert "可以這樣找" in nothing
    assert "0809-092-091" in nothing


def test_readers_say_once_a_session_whether_it_helped(client: Client) -> None:
    url = reverse("faq_feedback", args=["invoice"])
    boxes = [box.split(">")[0] for box in client.get(url, {"helpful": "no"}).text.split("<input")]
    assert [box for box in boxes if "checked" in box and 'value="no"' in box]
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"helpful": "no", "words": "請舉例"}).status_code == 302
    assert "謝謝您的回饋" in client.get(url).text
    assert client.post(url, {"helpful": "yes"}).status_code == 409
    assert Client().post(url, {"helpful": "yes"}).status_code == 302
    assert sorted(FaqVote.objects.values_list("helpful", flat=True)) == [False, True]


def test_members_say_once_whatever_the_browser(client: Client) -> None:
    user, url = make.user(make.company()), reverse("faq_feedback", args=["invoice"])
    for expected in (302, 409):
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert browser.post(url, {"helpful": "yes"}).status_code == expected
    assert FaqVote.objects.count() == 1


def test_saying_is_limited(client: Client) -> None:
    codes = list(FaqArticle.objects.values_list("code", flat=True))[:25]
    answers = [
        client.post(reverse("faq_feedback", args=[code]), {"helpful": "yes"}).status_code for code in codes
    ]
    assert answers.count(302) == 20
    assert answers.count(429) == 5


def form(**changes: Any) -> dict[str, Any]:
    words = {
        "version": article().version, "group": FaqGroup.objects.get(code="payment").pk, "position": 3,
        "question": "發票何時開？", "answer": "付款後。\n\n寄到信箱。", "question_en": "Invoice?", "answer_en": "Later.",
        "rules": "r-24，R-25",
    }  # fmt: skip
    return words | changes


def test_agent_drafts_and_officer_publishes(client: Client) -> None:
    agent, officer, pk = signed_in(staff_role="support"), signed_in(staff_role="officer"), article().pk
    wrong = agent.post(reverse("support_faq_draft", args=[pk]), form(rules="規則", question_en=""))
    assert wrong.status_code == 422
    assert "規則編號的格式是 R-13" in wrong.text
    assert "付款後。" in wrong.text
    assert agent.post(reverse("support_faq_draft", args=[pk]), form()).status_code == 302
    page = agent.get(reverse("support_faq_article", args=[pk])).text
    assert "<ins>" in page
    assert "<del>" in page
    assert "公開草稿" not in page
    assert "付款後。" in agent.get(reverse("support_faq_preview", args=[pk])).text
    assert "何時開" not in client.get("/faq/invoice/").text
    stale = officer.post(reverse("office_faq_publish", args=[pk]), {"version": 0})
    assert stale.status_code == 409
    assert (
        officer.post(reverse("office_faq_publish", args=[pk]), {"version": article().version}).status_code
        == 302
    )
    assert "發票何時開？" in client.get("/faq/invoice/").text
    live = article().live
    assert live is not None
    assert live.rules == ["R-24", "R-25"]
    first = queries.history(article())[1]
    assert "第1版" in officer.get(reverse("office_faq_version", args=[first.pk])).text
    restored = officer.post(reverse("office_faq_restore", args=[first.pk]), {"version": article().version})
    assert restored.status_code == 302
    assert (
        officer.post(reverse("office_faq_discard", args=[pk]), {"version": article().version}).status_code
        == 302
    )
    assert queries.draft_of(article()) is None
    case = officer.get(reverse("office_events"), {"type": "faq.published"}).text
    assert reverse("office_faq_article", args=[pk]) in case


def test_officer_takes_it_back_with_a_reason(client: Client) -> None:
    officer, url = signed_in(staff_role="officer"), reverse("office_faq_unpublish", args=[article().pk])
    assert officer.post(url, {"version": article().version, "reason": " "}).status_code == 422
    assert client.get("/faq/invoice/").status_code == 200
    assert officer.post(url, {"version": article().version, "reason": "過時"}).status_code == 302
    assert client.get("/faq/invoice/").status_code == 404


def test_new_question_needs_an_address_of_its_own() -> None:
    officer, url = signed_in(staff_role="officer"), reverse("office_faq_new")
    taken = officer.post(url, form(code="invoice"))
    assert taken.status_code == 409
    assert "已經有人使用" in taken.text
    assert officer.post(url, form(code="new-question")).status_code == 302
    made = FaqArticle.objects.get(code="new-question")
    assert officer.get(reverse("office_faq_article", args=[made.pk])).status_code == 200


@pytest.mark.rule("R-37")
def test_auditor_reads_and_finds_no_form() -> None:
    auditor, pk = signed_in(staff_role="auditor"), article().pk
    events = Event.objects.count()
    for name in ("office_faq", "office_faq_new"):
        assert auditor.get(reverse(name)).status_code == 200
    for name in ("office_faq_article", "office_faq_draft", "office_faq_unpublish"):
        page = auditor.get(reverse(name, args=[pk])).text
        assert 'name="version"' not in page, name
    assert auditor.post(reverse("office_faq_draft", args=[pk]), form()).status_code == 403
    assert Event.objects.count() == events


def test_list_takes_the_same_number_of_queries_however_long(django_assert_max_num_queries: Any) -> None:
    officer = signed_in(staff_role="officer")
    with django_assert_max_num_queries(20) as first:
        officer.get(reverse("office_faq"))
    for number in range(5):
        operations.begin(f"more-{number}", {**form(), "group": FaqGroup.objects.first(), "rules": []}, by=make.officer(), at=NOW)  # fmt: skip
    with django_assert_max_num_queries(len(first)):
        officer.get(reverse("office_faq"))
