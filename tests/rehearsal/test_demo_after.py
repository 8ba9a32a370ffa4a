"""After a rehearsal the demo is of use again: its company has points to begin with."""

from datetime import timedelta

import pytest

from tcloud.members.models import Company
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.programme import operations as programmes
from tcloud.web import demo
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=40)


def test_seed_gives_the_company_points_again_when_they_were_taken_back_unused() -> None:
    edition = demo.demo(at=NOW)
    company = Company.objects.get(ubn=demo.MEMBER_UBN)
    assert points.take_back_due(at=LATER) == 1
    assert queries.spendable(edition, company, at=LATER) == 0
    for at in (NOW + timedelta(hours=1), LATER):  # back at real time, or still ahead; and harmless to repeat
        demo.demo(at=at)
        assert queries.spendable(edition, company, at=at) == 30_000


def test_seed_leaves_a_paused_edition_as_it_is() -> None:
    edition = demo.demo(at=NOW)
    company = Company.objects.get(ubn=demo.MEMBER_UBN)
    programmes.pause(edition, by=factories.officer(), at=NOW)
    points.take_back_due(at=LATER)
    demo.demo(at=LATER)
    assert queries.spendable(edition, company, at=LATER) == 0
