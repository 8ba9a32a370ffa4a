"""The wording of contracts in versions (R-19, R-20)."""

from dataclasses import replace

import pytest

from tcloud.contracts import operations as contracts
from tcloud.contracts import rules
from tcloud.contracts.models import Contract, ContractTemplate
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tests import factories
from tests.contracts.sample import FIRST
from tests.factories import NOW

BY = factories.officer()
database = pytest.mark.django_db


def with_clause(text: str, *, article: int = 0) -> rules.Wording:
    """The first wording with a clause more."""
    articles = list(FIRST.articles)
    articles[article] = replace(articles[article], clauses=(*articles[article].clauses, text))
    return replace(FIRST, articles=tuple(articles))


def without(place: str) -> rules.Wording:
    """The first wording that nowhere names the place."""
    return rules.Wording.from_json(
        {
            "preamble": FIRST.preamble,
            "articles": [
                {"title": a.title, "clauses": [c.replace(f"{{{place}}}", "…") for c in a.clauses]}
                for a in FIRST.articles
            ],
        }
    )


@pytest.mark.rule("R-20")
def test_the_wording_shipped_has_no_fault():
    assert rules.faults(FIRST) == []
    assert rules.Wording.from_json(FIRST.to_json()) == FIRST


@pytest.mark.rule("R-20")
@pytest.mark.parametrize("place", rules.NEEDED)
def test_a_wording_must_name_what_the_contract_is_about(place):
    assert f"needs.{place}" in {fault.code for fault in rules.faults(without(place))}


@pytest.mark.rule("R-20")
@pytest.mark.parametrize(
    ("wording", "article", "code"),
    [
        (replace(FIRST, articles=()), 0, "articles"),
        (replace(FIRST, articles=FIRST.articles * 4), 0, "articles"),
        (replace(FIRST, preamble="茲因{nobody}"), 0, "unknown"),
        (replace(FIRST, preamble="{payment_table}"), 0, "payment_table"),
        (with_clause("乙方應於{buyer_secret}內"), 1, "unknown"),
        (with_clause("乙方應於{price內"), 1, "braces"),
        (with_clause("乙方應於price}內"), 1, "braces"),
        (with_clause("{}"), 1, "unknown"),
        (with_clause(" "), 1, "clause"),
        (with_clause("長" * 1501, article=2), 3, "clause"),
        (with_clause("另一張表{payment_table}"), 0, "payment_table"),
        (with_clause("{payment_table}如上"), 1, "payment_table"),
        (replace(FIRST, articles=(*FIRST.articles, rules.Article("", ("內容",)))), 18, "title"),
        (replace(FIRST, articles=(*FIRST.articles, rules.Article("附則", ()))), 18, "clauses"),
    ],
)
def test_a_faulty_wording_says_where_and_what(wording, article, code):
    assert (article, code) in {(fault.article, fault.code) for fault in rules.faults(wording)}


def test_fill_never_fills_what_it_has_filled():
    assert (
        rules.fill("{buyer_name}買{plan_name}", {"buyer_name": "{plan_name}", "plan_name": "雲倉"})
        == "{plan_name}買雲倉"
    )


@pytest.fixture
def first(db):
    return contracts.publish_first_template(at=NOW)


@pytest.mark.rule("R-19")
def test_a_contract_is_drawn_up_in_the_words_in_force_and_keeps_them(first):
    edition = factories.programme()
    before = factories.signed(edition, factories.granted(edition))
    draft = contracts.draft_template(by=BY, at=NOW)
    draft = contracts.edit_template(draft, with_clause("新的一款。"), drawn_from=0, by=BY, at=NOW)
    while_drafted = factories.signed(edition, factories.granted(edition))
    contracts.publish_template(draft, drawn_from=1, by=BY, at=NOW)
    after = factories.signed(edition, factories.granted(edition))
    versions = dict(Contract.objects.values_list("order_number", "template_version"))
    assert versions == {before.number: "1", while_drafted.number: "1", after.number: "2"}
    assert Event.objects.filter(type="contract_template.published").count() == 1


def test_draft_is_one_and_begins_with_the_words_in_force(first):
    draft = contracts.draft_template(by=BY, at=NOW)
    assert (draft.version, draft.wording) == (2, first.wording)
    assert contracts.draft_template(by=BY, at=NOW) == draft
    assert Event.objects.filter(type="contract_template.drafted").count() == 1


def test_edit_of_a_form_that_somebody_overtook_is_refused(first):
    draft = contracts.draft_template(by=BY, at=NOW)
    contracts.edit_template(draft, with_clause("甲"), drawn_from=0, by=BY, at=NOW)
    for stale in (contracts.edit_template, contracts.publish_template):
        words = [with_clause("乙")] if stale is contracts.edit_template else []
        with pytest.raises(Stale):
            stale(draft, *words, drawn_from=0, by=BY, at=NOW)
    draft.refresh_from_db()
    assert (draft.edits, draft.published_at) == (1, None)
    assert "甲" in draft.wording["articles"][0]["clauses"][-1]


@pytest.mark.rule("R-20")
@pytest.mark.parametrize(
    ("wording", "code"),
    [(without("price"), "contract_template.faulty"), (FIRST, "contract_template.unchanged")],
)
def test_publish_refuses_what_is_faulty_or_the_same(first, wording, code):
    draft = contracts.draft_template(by=BY, at=NOW)
    draft = contracts.edit_template(draft, wording, drawn_from=0, by=BY, at=NOW)
    with pytest.raises(Refusal) as refused:
        contracts.publish_template(draft, drawn_from=1, by=BY, at=NOW)
    assert refused.value.code == code
    draft.refresh_from_db()
    assert draft.published_at is None


def test_a_published_version_is_neither_edited_nor_discarded(first):
    for act in (
        lambda: contracts.edit_template(first, FIRST, drawn_from=0, by=BY, at=NOW),
        lambda: contracts.publish_template(first, drawn_from=0, by=BY, at=NOW),
        lambda: contracts.discard_template(first, by=BY, at=NOW),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "contract_template.published"


def test_discard_frees_the_place_and_repeats_harmlessly(first):
    draft = contracts.draft_template(by=BY, at=NOW)
    for _ in range(2):
        contracts.discard_template(draft, by=BY, at=NOW)
    assert not ContractTemplate.objects.filter(published_at=None).exists()
    assert contracts.draft_template(by=BY, at=NOW).version == 2
