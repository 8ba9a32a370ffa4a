"""What similar companies chose is told only from five of them on (R-37)."""

import pytest

from tcloud.assessment import operations as assessment
from tcloud.assessment import queries as assessments
from tcloud.orders import operations as orders
from tcloud.orders import queries
from tcloud.orders.rules import SIMILAR_AT_LEAST
from tests import factories
from tests.assessment.test_operations import answered, complete
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-37")]


@pytest.fixture
def edition():
    assessment.publish_first(at=NOW)
    return factories.programme()


def assessed(edition, **changes):
    """A company that has sent its assessment and received its points, with other answers where said."""
    row = answered(edition)
    if changes:
        before = {code: row.answers[code] for code in changes}
        assessment.save_answers(
            row, "daily_operations", changes, drawn=before, by=factories.actor(row.company), at=NOW
        )
    complete(row)
    return assessments.latest_completed(row.company, edition)


def test_chosen_by_similar_tells_nothing_below_the_least_number_and_never_counts_oneself(
    edition, django_assert_num_queries
):
    plan, own = factories.plan(), assessed(edition)
    factories.accepted(edition, own.company, plan)
    factories.accepted(edition, assessed(edition, industry="other").company, plan)  # another industry
    factories.accepted(edition, assessed(edition, staff_count="under_5").company, plan)  # another size
    early = factories.submitted(edition, assessed(edition).company, plan)  # not accepted
    orders.withdraw(early, by=factories.actor(early.company), at=NOW)
    alike = [assessed(edition).company for _ in range(SIMILAR_AT_LEAST)]
    for company in alike[:-1]:
        factories.accepted(edition, company, plan)
    assert queries.chosen_by_similar(own) == []
    factories.accepted(edition, alike[-1], factories.plan(category="backup"))
    assert queries.chosen_by_similar(own) == []  # five companies, but not of one category
    last = assessed(edition)
    factories.accepted(edition, last.company, plan)
    with django_assert_num_queries(1):
        assert queries.chosen_by_similar(own) == ["stock"]
    assert queries.chosen_by_similar(last) == ["stock"]  # own and four more similar ones


def test_chosen_by_similar_knows_none_before_the_assessment_is_sent(edition):
    assert queries.chosen_by_similar(answered(edition)) == []
