import json

import pytest
from django.db import DatabaseError, connection, transaction

from tcloud.assessment import operations as assessment
from tcloud.assessment.models import Assessment
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.points import operations as points_operations
from tcloud.points import queries as points
from tcloud.points.models import Grant, WaitingEntry
from tests import factories
from tests.assessment.test_rules import everything, most_needy
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ANSWERS = everything(most_needy)


@pytest.fixture
def edition():
    assessment.publish_first(at=NOW)
    return factories.programme(appropriation=30_000)


def started(edition, company=None):
    company = company or factories.participant(edition)
    return assessment.start(edition, company, by=factories.actor(company), at=NOW)


def answered(edition, company=None, leave_out=()):
    row = started(edition, company)
    answers = {code: answer for code, answer in ANSWERS.items() if code not in leave_out}
    for area in {q["area"] for q in row.questionnaire.content["questions"]}:
        assessment.save_answers(row, area, answers, by=factories.actor(row.company), at=NOW)
    row.refresh_from_db()
    return row


def complete(row):
    people = row.company.memberships.first()
    user = people.user if people else factories.user(row.company)
    return assessment.complete(row, user=user, by=factories.actor(row.company), at=NOW)


def test_start_goes_on_with_the_one_begun(edition):
    row = started(edition)
    assert started(edition, row.company).pk == row.pk


@pytest.mark.rule("R-11")
def test_start_is_for_participants(edition):
    with pytest.raises(Refusal) as refused:
        started(edition, factories.company())
    assert refused.value.code == "points.not_a_participant"
    assert not Assessment.objects.exists()


def test_save_answers_keeps_what_was_typed_and_says_what_is_wrong(edition):
    row = started(edition)
    by = factories.actor(row.company)
    wrong = assessment.save_answers(
        row, "daily_operations", {"staff_count": "under_30", "attendance_record": "?"}, by=by, at=NOW
    )
    assert {"attendance_record", "invoice_and_books"} <= {problem.question for problem in wrong}
    assessment.save_answers(
        row, "sales_channels", {"stock_method": "look", "staff_count": "alone"}, by=by, at=NOW
    )
    row.refresh_from_db()
    assert row.answers == {
        "staff_count": "under_30",
        "attendance_record": "?",
        "stock_method": "look",
    }


@pytest.mark.rule("R-11")
def test_complete_fixes_the_profile_and_grants_the_points(edition):
    row = answered(edition)
    outcome = complete(row)
    row.refresh_from_db()
    assert isinstance(outcome, Grant)
    assert row.completed_at == NOW
    assert {need["area"] for need in row.profile["areas"]} == {
        a["code"] for a in row.questionnaire.content["areas"]
    }
    assert points.spendable(edition, row.company, at=NOW) == 30_000


@pytest.mark.rule("R-11")
def test_complete_sent_twice_gives_the_same_answer_and_grants_once(edition):
    row = answered(edition)
    first = complete(row)
    assert complete(row) == first
    assert Grant.objects.count() == 1
    assert Event.objects.filter(type="points.granted").count() == 1


@pytest.mark.rule("R-12")
def test_complete_without_budget_joins_the_waiting_list_also_when_sent_twice(edition):
    factories.granted(edition)
    row = answered(edition)
    waiting = complete(row)
    assert isinstance(waiting, WaitingEntry)
    assert complete(row) == waiting
    assert WaitingEntry.objects.count() == 1


@pytest.mark.rule("R-11")
def test_complete_refuses_an_incomplete_one_and_changes_nothing(edition):
    row = answered(edition, leave_out=("works_away", "staff_count"))
    before = json.dumps(row.answers), Event.objects.count(), ledger.audit()
    with pytest.raises(Refusal) as refused:
        complete(row)
    assert refused.value.code == "assessment.incomplete"
    assert refused.value.facts == {"count": 2}
    row.refresh_from_db()
    assert (row.completed_at, row.profile) == (None, {})
    assert (json.dumps(row.answers), Event.objects.count() - 1, ledger.audit()) == (
        before[0],
        before[1],
        before[2],
    )
    assert not Grant.objects.exists()


def test_complete_grants_nothing_while_the_edition_is_paused(edition):
    from tcloud.programme import operations as programmes

    row = answered(edition)
    programmes.pause(edition, by=factories.officer(), at=NOW)
    with pytest.raises(Refusal) as refused:
        complete(row)
    assert refused.value.code == "programme.not_open"
    row.refresh_from_db()
    assert row.completed_at is None


def test_completed_answers_stay_against_the_form_and_raw_sql(edition):
    row = answered(edition)
    complete(row)
    with pytest.raises(Refusal) as refused:
        assessment.save_answers(row, "daily_operations", {}, by=factories.actor(row.company), at=NOW)
    assert refused.value.code == "assessment.completed"
    for sql in ("UPDATE assessment_assessment SET answers = '{}'", "DELETE FROM assessment_assessment"):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            connection.cursor().execute(sql)
    row.refresh_from_db()
    assert row.answers == ANSWERS


@pytest.mark.rule("R-11")
@pytest.mark.django_db(transaction=True)
def test_complete_in_two_browsers_at_once_grants_once(edition, at_once):
    row = answered(edition)
    factories.user(row.company)
    outcomes = at_once(*[lambda: complete(row)] * 4)
    assert {type(outcome) for outcome in outcomes} == {Grant}
    assert len({outcome.pk for outcome in outcomes}) == Grant.objects.count() == 1


@pytest.mark.rule("R-13")
def test_a_company_admitted_again_assesses_again_from_its_earlier_answers(edition):
    first = answered(edition)
    complete(first)
    grant = Grant.objects.get()
    assert (
        started(edition, first.company).pk == first.pk
    )  # until it is admitted again there is nothing to begin
    points_operations.admit(edition, first.company, at=grant.activate_before)
    second = started(edition, first.company)
    first.refresh_from_db()
    assert second.pk != first.pk
    assert (second.answers, second.completed_at) == (first.answers, None)
    outcome = assessment.complete(
        second, user=first.company.memberships.first().user, by=factories.actor(first.company),
        at=grant.activate_before,
    )  # fmt: skip
    assert (outcome.points, outcome.admission) == (30_000, 2)
    assert complete(second).pk == outcome.pk
    assert Grant.objects.count() == 2
