"""A company that has sent its assessment, in an open edition, and plans to recommend."""

from typing import Any

import pytest

from tcloud.assessment import operations as assessment
from tcloud.assessment.models import Assessment
from tcloud.members.models import Company
from tcloud.programme.models import Programme
from tests import factories
from tests.assessment.test_operations import ANSWERS
from tests.factories import NOW


@pytest.fixture
def edition(db: None) -> Programme:
    assessment.publish_first(at=NOW)
    return factories.programme(code="tcloud")


def assessed(edition: Programme, company: Company | None = None, **answers: Any) -> Company:
    """The company (a new one) with its assessment sent: the neediest answers but for those given."""
    company = company or factories.participant(edition)
    row = assessment.start(edition, company, by=factories.actor(company), at=NOW)
    Assessment.objects.filter(pk=row.pk).update(answers=ANSWERS | answers)
    user = company.memberships.first().user if company.memberships.exists() else factories.user(company)
    assessment.complete(row, user=user, by=factories.actor(company), at=NOW)
    return company


@pytest.fixture
def member(edition: Programme) -> Company:
    return assessed(edition, industry="wholesale_retail", staff_count="under_30")


def next_month() -> Any:
    """The first moment of the month after the orders of a test."""
    return NOW.replace(month=NOW.month + 1, day=1, hour=3)
