"""契約範本 in the office: an officer drafts, checks, previews and publishes; auditors read; stale and faulty forms change nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.contracts import operations as contracts
from tcloud.contracts.models import ContractTemplate
from tcloud.core import clock
from tests import factories as make
from tests.contracts.sample import FIRST
from tests.factories import NOW
from tests.web.test_office_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-20")]
LIST = "office_contract_templates"


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    cache.clear()
    make.programme()
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def officer() -> Client:
    return signed_in(make.user(staff_role="officer", name="王執行"))


def to(name: str, version: int = 2) -> str:
    return reverse(f"office_contract_template_{name}", args=[version])


def drafted(officer: Client) -> ContractTemplate:
    assert officer.post(reverse("office_contract_template_draft"))["Location"] == to("edit")
    return ContractTemplate.objects.get(version=2)


def words(page: Any, **changes: str) -> dict[str, str]:
    """What the form of the page sends back when only these fields are changed."""
    articles = page.context["articles"]
    sent = {f"{form.prefix}-{name}": str(form[name].value()) for form in articles for name in form.fields}
    sent |= {f"article-{key}": str(value) for key, value in articles.management_form.initial.items()}
    sent |= {
        "edits": str(page.context["template"].edits),
        "preamble": page.context["form"]["preamble"].value(),
    }
    return sent | changes


def test_an_officer_drafts_checks_and_publishes(officer: Client) -> None:
    drafted(officer)
    sent = words(
        officer.get(to("edit")),
        **{"article-0-title": "契約標的", "article-17-title": "附則", "article-17-clauses": "甲\n\n乙"},
    )
    assert officer.post(to("edit"), sent | {"check": ""})["Location"] == to("publication")
    page = officer.get(to("publication")).text
    for shown in ("<ins>契約標的</ins>", "<del>契約標的與文件</del>", "<ins>甲</ins>", "<ins>乙</ins>"):
        assert shown in page
    assert officer.post(to("publication"), {"version": "1"})["Location"] == reverse(LIST)
    published = ContractTemplate.objects.get(version=2)
    assert published.published_at is not None
    assert published.wording["articles"][-1] == {"title": "附則", "clauses": ["甲", "乙"]}
    assert "使用中" in officer.get(reverse(LIST)).text
    assert officer.get(to("edit")).status_code == 404  # what is published is not edited


def test_an_unchanged_form_keeps_the_wording_and_articles_move_by_their_place(officer: Client) -> None:
    drafted(officer)
    officer.post(to("edit"), words(officer.get(to("edit"))))
    assert ContractTemplate.objects.get(version=2).wording == FIRST.to_json()
    officer.post(to("edit"), words(officer.get(to("edit")), **{"article-0-place": "25"}))
    titles = [article["title"] for article in ContractTemplate.objects.get(version=2).wording["articles"]]
    assert titles[:2] == [FIRST.articles[1].title, FIRST.articles[0].title]


def test_what_is_not_ready_is_kept_and_not_published(officer: Client) -> None:
    draft = drafted(officer)
    sent = words(officer.get(to("edit")), **{"article-2-clauses": "免費。{nobody}"})
    officer.post(to("edit"), sent)
    page = officer.get(to("publication")).text
    assert "還不能發布" in page
    assert "{nobody}" in page
    assert officer.get(to("preview"))["Location"] == to("publication")
    assert officer.post(to("publication"), {"version": "1"}).status_code == 409
    draft.refresh_from_db()
    assert (draft.published_at, draft.wording["articles"][2]["clauses"]) == (None, ["免費。{nobody}"])


@pytest.mark.parametrize(
    "changes",
    [{"preamble": ""}, {"article-0-title": ""}, {"article-0-clauses": ""}, {"article-3-place": "first"}],
)
def test_a_form_with_errors_keeps_what_was_typed(officer: Client, changes: dict[str, str]) -> None:
    draft = drafted(officer)
    page = officer.post(
        to("edit"), words(officer.get(to("edit")), **changes, **{"article-5-title": "我打的字"})
    )
    assert page.status_code == 422
    assert "我打的字" in page.text
    assert 'class="errsum' in page.text
    draft.refresh_from_db()
    assert draft.edits == 0


def test_a_form_that_another_officer_overtook_is_refused(officer: Client) -> None:
    draft = drafted(officer)
    stale = words(officer.get(to("edit")), **{"article-0-title": "慢的"})
    contracts.edit_template(draft, FIRST, drawn_from=0, by=make.officer(), at=NOW)
    assert officer.post(to("edit"), stale).status_code == 409
    assert officer.post(to("publication"), {"version": "0"}).status_code == 409
    draft.refresh_from_db()
    assert draft.wording == FIRST.to_json()


def test_a_preview_is_a_contract_and_the_draft_can_be_thrown_away(officer: Client) -> None:
    drafted(officer)
    preview = officer.get(to("preview"))
    assert (preview["Content-Type"], preview.content[:5]) == ("application/pdf", b"%PDF-")
    officer.post(to("discard"))
    assert not ContractTemplate.objects.filter(version=2).exists()
    assert officer.get(to("edit")).status_code == 404


def test_an_auditor_reads_and_changes_nothing(officer: Client) -> None:
    drafted(officer)
    auditor = signed_in(make.user(staff_role="auditor"))
    for address in (
        reverse(LIST),
        reverse("office_contract_template", args=[2]),
        to("publication"),
        to("preview"),
    ):
        page = auditor.get(address)
        assert page.status_code == 200
        assert b"<button" not in page.content.split(b"<main")[-1].split(b"</main")[0]
    for name in ("edit", "publication", "discard"):
        assert auditor.post(to(name), {"version": "0"}).status_code == 403
    assert ContractTemplate.objects.get(version=2).edits == 0
