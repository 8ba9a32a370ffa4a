"""What other apps ask of an assessment: its needs with their reasons, and the one sent last."""

import pytest

from tcloud.assessment import queries
from tcloud.assessment.models import Assessment
from tcloud.assessment.queries import Need
from tcloud.assessment.rules import Reason
from tcloud.points import operations as points
from tcloud.points.models import Grant
from tests.assessment.test_operations import answered, complete, edition, started  # noqa: F401

pytestmark = pytest.mark.django_db


def test_needs_are_none_before_it_is_sent(edition):  # noqa: F811
    assert queries.needs(answered(edition)) == []


def test_needs_give_category_strength_and_the_reasons_in_words(edition, django_assert_num_queries):  # noqa: F811
    company = answered(edition).company
    complete(Assessment.objects.get())
    found = queries.latest_completed(company, edition)
    with django_assert_num_queries(0):
        needs = queries.needs(found)
    assert [need.strength for need in needs] == sorted((need.strength for need in needs), reverse=True)
    assert all(need.reasons and 0 < need.strength <= 100 for need in needs)
    stock = next(need for need in needs if need.category == "stock")
    assert (stock.area, stock.strength) == ("sales_channels", 100)
    assert stock.reasons[0] == Reason(
        "stock_method", "您要到架上看才知道庫存", "you look at the shelves to know your stock"
    )
    assert isinstance(stock, Need)


@pytest.mark.rule("R-13")
def test_latest_completed_is_the_one_sent_last_of_whichever_admission(edition):  # noqa: F811
    first = answered(edition)
    assert queries.latest_completed(first.company, edition) is None
    complete(first)
    assert queries.latest_completed(first.company, edition) == first
    points.admit(edition, first.company, at=Grant.objects.get().activate_before)
    second = started(edition, first.company)
    assert queries.latest_completed(first.company, edition) == first  # the second is not sent yet
    complete(second)
    assert queries.latest_completed(first.company, edition) == second
