"""Points for eight browsers and eight companies at once; the waiting list when the budget is short (R-11, R-12)."""

from datetime import timedelta
from functools import partial

import pytest

from tcloud.assessment import operations as assessment
from tcloud.assessment import rules as questions
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, WaitingEntry
from tests import factories
from tests.concurrency.cheap import eight
from tests.factories import NOW

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
GRANT = 30_000


def completing(edition, company, seconds=0):
    return partial(
        points.grant, edition, company, by=factories.actor(company), at=NOW + timedelta(seconds=seconds)
    )


def later_budget(edition, grants, reference="more"):
    return points.appropriate(edition, grants * GRANT, reference=reference, by=THE_SYSTEM, at=NOW)


def waiting(edition):
    line = WaitingEntry.objects.filter(programme=edition, served_at=None).order_by("completed_at", "id")
    return list(line.values_list("company_id", flat=True))


def granted(edition):
    return set(Grant.objects.filter(programme=edition).values_list("company_id", flat=True))


@pytest.mark.rule("R-11")
def test_grant_in_eight_browsers_of_one_company_is_given_once(race):
    edition = factories.programme()
    for _round in range(10):
        company = factories.participant(edition)
        outcomes = race(*eight(completing(edition, company)))
        assert [type(outcome) for outcome in outcomes].count(Grant) == 1
        codes = {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)}
        assert codes == {"points.granted_already"}
        assert queries.spendable(edition, company, at=NOW) == GRANT
        assert Event.objects.filter(type="points.granted", case=points.case_of(company)).count() == 1


def _answers(content):
    """The first option of every question."""
    said: dict[str, object] = {}
    for question in content["questions"]:
        first = question["options"][0]["code"]
        said[question["code"]] = [first] if question["kind"] == "multi" else first
    return {question["code"]: said[question["code"]] for question in questions.shown(content, said)}


@pytest.mark.rule("R-11")
def test_complete_in_eight_browsers_answers_all_with_the_same_grant(race):
    assessment.publish_first(at=NOW)
    edition = factories.programme()
    company = factories.participant(edition)
    user, by = factories.user(company), factories.actor(company)
    started = race(*eight(partial(assessment.start, edition, company, by=by, at=NOW)))
    assert len({one.pk for one in started}) == 1
    content = started[0].questionnaire.content
    for area in content["areas"]:
        wrong = assessment.save_answers(started[0], area["code"], _answers(content), by=by, at=NOW)
        assert wrong == []
    outcomes = race(*eight(partial(assessment.complete, started[0], user=user, by=by, at=NOW)))
    assert len({outcome.pk for outcome in outcomes}) == 1
    assert queries.spendable(edition, company, at=NOW) == GRANT
    assert Event.objects.filter(type="assessment.completed").count() == 1


@pytest.mark.rule("R-12")
def test_grant_of_five_for_eight_companies_lets_three_wait_in_order_of_completion(race):
    for _round in range(5):
        edition = factories.programme(appropriation=5 * GRANT)
        companies = [factories.participant(edition) for _ in range(8)]
        outcomes = race(*[completing(edition, company, place) for place, company in enumerate(companies)])
        kinds = [type(outcome) for outcome in outcomes]
        assert (kinds.count(Grant), kinds.count(WaitingEntry)) == (5, 3)
        assert queries.budget(edition)["left"] == 0
        in_line = [company.pk for company, kind in zip(companies, kinds, strict=True) if kind is WaitingEntry]
        assert waiting(edition) == in_line
        later_budget(edition, 2)
        assert points.serve_waiting_list(edition, at=NOW) == 2
        assert waiting(edition) == in_line[2:]
        assert granted(edition) == {company.pk for company in companies} - {in_line[2]}


@pytest.mark.rule("R-12")
def test_serve_waiting_list_by_eight_scanners_at_once_serves_each_company_once(race):
    edition = factories.programme(appropriation=0)
    companies = [factories.participant(edition) for _ in range(12)]
    for place, company in enumerate(companies):
        assert isinstance(completing(edition, company, place)(), WaitingEntry)
    later_budget(edition, 10)
    served = race(*eight(partial(points.serve_waiting_list, edition, at=NOW)))
    assert sum(served) == 10
    assert granted(edition) == {company.pk for company in companies[:10]}
    assert waiting(edition) == [company.pk for company in companies[10:]]
    assert Event.objects.filter(type="points.granted").count() == 10


@pytest.mark.rule("R-12")
def test_grant_to_a_newcomer_never_overtakes_who_waits(race):
    for _round in range(10):
        edition = factories.programme(appropriation=0)
        first = [factories.participant(edition) for _ in range(4)]
        for place, company in enumerate(first):
            completing(edition, company, place)()
        newcomers = [factories.participant(edition) for _ in range(4)]
        serve = partial(points.serve_waiting_list, edition, at=NOW)
        race(
            *[completing(edition, company, 60) for company in newcomers],
            partial(later_budget, edition, 1, "one"),
            partial(later_budget, edition, 1, "two"),
            serve,
            serve,
        )
        serve()
        assert granted(edition) == {company.pk for company in first[:2]}
        assert waiting(edition)[:2] == [company.pk for company in first[2:]]
        assert set(waiting(edition)[2:]) == {company.pk for company in newcomers}


@pytest.mark.rule("R-12")
def test_grant_to_who_is_just_being_served_answers_the_grant_or_the_place_in_line(race):
    """The company sends again while the scan serves it: it waits, or it has its points already; nothing else."""
    for place in range(20):
        edition = factories.programme(appropriation=0)
        company = factories.participant(edition)
        completing(edition, company)()
        later_budget(edition, 1)
        serve = partial(points.serve_waiting_list, edition, at=NOW)
        outcomes = race(serve, *[completing(edition, company)] * 7)
        for outcome in outcomes[1:]:
            assert isinstance(outcome, WaitingEntry) or outcome.code == "points.granted_already"
        assert granted(edition) == {company.pk}, place
        assert waiting(edition) == []
