"""Officers draft, revise, publish and discard the questionnaire; running answers keep theirs."""

import pytest
from django.db import DatabaseError, connection, transaction

from tcloud.assessment import operations as assessment
from tcloud.assessment import queries, rules
from tcloud.assessment.models import Assessment, Questionnaire
from tcloud.core.actors import AUDITOR, COMPANY, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tests import factories
from tests.assessment.test_operations import started
from tests.factories import NOW

pytestmark = pytest.mark.django_db
OFFICER = factories.officer()


@pytest.fixture
def first():
    return assessment.publish_first(at=NOW)


def categories(content):
    return {code for q in content["questions"] for o in q["options"] for code in o.get("leads_to", {})}


def edited(content, text="您的企業主要做什麼？"):
    return rules.with_question(content, rules.question_of(content, "industry") | {"zh": text})


def revise(draft, content, *, by=OFFICER):
    return assessment.revise(draft, content, part="industry", drawn_from=draft.version, by=by, at=NOW)


def publish(draft, *, by=OFFICER, version=None):
    return assessment.publish(
        draft, categories=categories(draft.content), drawn_from=version or draft.version, by=by, at=NOW
    )


def state():
    return list(Questionnaire.objects.order_by("pk").values()), Event.objects.count()


def test_publish_first_is_harmless_to_repeat(first):
    assert assessment.publish_first(at=NOW) == first
    assert (first.number, first.state, Questionnaire.objects.count()) == (1, "PUBLISHED", 1)


def test_begin_draft_copies_the_published_one_and_goes_on_with_the_one_there_is(first):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    assert (draft.content, draft.state, draft.number, draft.copied_from) == (
        first.content,
        "DRAFT",
        None,
        first,
    )
    assert assessment.begin_draft(by=OFFICER, at=NOW) == draft
    assert Event.objects.filter(type="questionnaire.drafted").count() == 1


def test_revise_keeps_a_draft_also_when_it_is_not_well_formed(first):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    broken = rules.without_question(draft.content, "staff_count")
    revised = revise(draft, broken)
    assert (revised.content, revised.version) == (broken, 2)
    assert Event.objects.get(type="questionnaire.revised").data == {"part": "industry"}
    assert revise(revised, broken).version == 2  # nothing changed, nothing recorded


def test_publish_numbers_it_and_running_answers_keep_theirs(first):
    edition = factories.programme()
    running = started(edition)
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    published = publish(revise(draft, edited(draft.content)))
    assert (published.number, published.state, published.published_at) == (2, "PUBLISHED", NOW)
    assert queries.latest_published() == published
    assert Event.objects.get(type="questionnaire.published", data__number=2).case == published.case
    assert Assessment.objects.get(pk=running.pk).questionnaire == first
    assert started(edition, running.company).questionnaire == first
    assert started(edition).questionnaire == published


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda draft: draft, "questionnaire.unchanged"),
        (lambda draft: revise(draft, rules.without_question(draft.content, "staff_count")), "questionnaire.faulty"),
        (lambda draft: assessment.discard(draft, drawn_from=draft.version, by=OFFICER, at=NOW), "transition.not_now"),
    ],
    ids=["unchanged", "faulty", "discarded"],
)  # fmt: skip
def test_publish_refuses_and_changes_nothing(first, prepare, code):
    draft = prepare(assessment.begin_draft(by=OFFICER, at=NOW))
    before = state()
    with pytest.raises(Refusal) as refused:
        publish(draft)
    assert refused.value.code == code
    assert state() == before


def test_publish_refuses_a_category_that_is_not_there(first):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    draft = revise(draft, edited(draft.content))
    with pytest.raises(Refusal) as refused:
        assessment.publish(draft, categories={"stock"}, drawn_from=draft.version, by=OFFICER, at=NOW)
    assert refused.value.code == "questionnaire.faulty"


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("kind", [AUDITOR, COMPANY])
def test_only_officers_write_and_publish(first, kind):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    draft = revise(draft, edited(draft.content))
    before, by = state(), Actor(kind)
    acts = [
        lambda: assessment.begin_draft(by=by, at=NOW),
        lambda: revise(draft, first.content, by=by),
        lambda: publish(draft, by=by),
        lambda: assessment.discard(draft, drawn_from=draft.version, by=by, at=NOW),
    ]
    for act in acts:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "transition.not_yours"
    assert state() == before


def test_a_stale_form_is_refused(first):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    revise(draft, edited(draft.content))
    before = state()
    for act in (
        lambda: revise(draft, first.content),
        lambda: publish(draft),
        lambda: assessment.discard(draft, drawn_from=1, by=OFFICER, at=NOW),
    ):
        with pytest.raises(Stale):
            act()
    assert state() == before


def test_discard_puts_it_aside_and_another_draft_may_be_begun(first):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    assessment.discard(draft, drawn_from=draft.version, by=OFFICER, at=NOW)
    with pytest.raises(Refusal):
        revise(Questionnaire.objects.get(pk=draft.pk), edited(first.content))
    assert assessment.begin_draft(by=OFFICER, at=NOW).pk != draft.pk


def test_published_content_stays_against_raw_sql(first):
    for sql in (
        "UPDATE assessment_questionnaire SET content = '{}'",
        "UPDATE assessment_questionnaire SET state = 'DRAFT', number = NULL, published_at = NULL",
        "DELETE FROM assessment_questionnaire",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(sql)
    assert Questionnaire.objects.get().content == first.content


@pytest.mark.rule("R-13")
def test_start_of_a_second_admission_carries_answers_over_a_new_version(first):
    from tcloud.points import operations as points
    from tcloud.points.models import Grant
    from tests.assessment.test_operations import answered, complete

    edition = factories.programme()
    row = answered(edition)
    complete(row)
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    published = publish(revise(draft, edited(draft.content)))
    points.admit(edition, row.company, at=Grant.objects.get().activate_before)
    second = started(edition, row.company)
    assert second.questionnaire == published
    assert second.answers == {code: answer for code, answer in row.answers.items() if code != "industry"}


@pytest.mark.django_db(transaction=True)
def test_two_officers_publishing_at_once_publish_once(first, at_once):
    draft = assessment.begin_draft(by=OFFICER, at=NOW)
    draft = revise(draft, edited(draft.content))

    def act():
        try:
            return publish(draft).number
        except Refusal as refusal:
            return refusal.code

    outcomes = at_once(*[act] * 4)
    assert sorted(map(str, outcomes)) == ["2", "stale", "stale", "stale"]
    assert Event.objects.filter(type="questionnaire.published", data__number=2).count() == 1
    assert Questionnaire.objects.filter(state="PUBLISHED").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_officers_beginning_at_once_share_one_draft(first, at_once):
    drafts = at_once(*[lambda: assessment.begin_draft(by=OFFICER, at=NOW)] * 4)
    assert len({draft.pk for draft in drafts}) == 1
