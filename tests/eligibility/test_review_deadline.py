"""Review deadlines when the office calendar changes: the programme office's own closures count (R-07, R-28)."""

from datetime import date, datetime, timedelta

import pytest

from tcloud.adapters.registries.port import Source
from tcloud.core import calendar
from tcloud.core import operations as calendar_acts
from tcloud.core.clock import TAIPEI, end_of
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.workdays import Impact
from tcloud.eligibility import operations, queries
from tcloud.eligibility.models import Application
from tests import factories
from tests.eligibility.test_operations import authorised
from tests.factories import NOW
from tests.web.applicant import FakeRegisters

pytestmark = pytest.mark.django_db
MONDAY, WEDNESDAY, THURSDAY = (date(2027, 1, day) for day in (18, 20, 21))


@pytest.fixture
def registers():
    made = FakeRegisters()
    made.silent = {Source.TAX_ARREARS}
    return made


@pytest.fixture
def in_review(registers):
    edition = factories.programme()
    return operations.check(authorised(edition), clients=registers.clients(), at=NOW)


def row():
    return Application.objects.get()


@pytest.mark.rule("R-07", "R-28")
def test_move_deadlines_moves_a_review_once_as_a_recorded_event(in_review):
    assert (row().review_due_at, row().review_working_days) == (end_of(WEDNESDAY), 3)
    factories.closure(MONDAY, "高雄市")
    assert operations.move_deadlines(at=NOW) == 0
    change = factories.closure(MONDAY, "臺北市")
    assert operations.move_deadlines(at=NOW) == 1
    assert (row().review_due_at, row().review_calendar_serial) == (end_of(THURSDAY), change.pk)
    event = Event.objects.get(type="application.deadline_moved")
    assert event.data["because"][0]["county"] == "臺北市"
    assert operations.move_deadlines(at=NOW) == 0


@pytest.mark.rule("R-07", "R-28")
def test_recheck_hands_nothing_to_an_officer_by_an_old_calendar(in_review, registers):
    factories.closure(MONDAY)
    at = end_of(WEDNESDAY) + timedelta(minutes=1)
    assert operations.recheck_silent(clients=registers.clients(), at=at) == 1
    assert (row().with_officer_at, row().review_due_at) == (None, end_of(THURSDAY))
    assert row().next_check_at == at + operations.RETRY_EVERY
    operations.recheck_silent(clients=registers.clients(), at=end_of(THURSDAY))
    assert row().with_officer_at == end_of(THURSDAY)


@pytest.mark.rule("R-28")
def test_move_deadlines_never_reopens_a_review_that_had_passed(in_review):
    late = end_of(WEDNESDAY)
    factories.closure(MONDAY, at=late)
    assert queries.impact(calendar.steps(0), at=late) == Impact(passed=1)
    assert operations.move_deadlines(at=late) == 0
    assert row().review_due_at == end_of(WEDNESDAY)


@pytest.mark.rule("R-28")
def test_impact_says_before_which_reviews_move(in_review):
    terms = {"reason": "颱風", "authority": "測試機關", "by": factories.officer(), "at": NOW}
    for county, expected in (("臺北市", Impact(moving=1)), ("高雄市", Impact()), ("", Impact(moving=1))):
        change = calendar.would_be(calendar_acts.closures(MONDAY, [county], **terms))
        assert queries.impact(change, at=NOW) == expected


@pytest.mark.rule("R-07", "R-28")
def test_check_refuses_a_review_that_reaches_into_a_year_without_calendar(registers):
    edition = factories.programme()
    application = authorised(edition)
    with pytest.raises(Refusal) as refused:
        operations.check(
            application, clients=registers.clients(), at=datetime(2027, 12, 29, 9, tzinfo=TAIPEI)
        )
    assert refused.value.code == "calendar.missing"
    assert (row().state, row().review_due_at) == ("AUTHORISED", None)


@pytest.mark.rule("R-07", "R-28")
def test_recheck_decides_nobody_while_the_deadline_reaches_into_a_year_without_calendar(registers):
    edition = factories.programme()
    application = authorised(edition)
    begun = datetime(
        2027, 12, 27, 9, tzinfo=TAIPEI
    )  # three working days: Thursday 30, the last that is known
    operations.check(application, clients=registers.clients(), at=begun)
    factories.closure(date(2027, 12, 30), at=begun)
    operations.recheck_silent(clients=registers.clients(), at=end_of(date(2027, 12, 30)))
    assert row().with_officer_at is None
    assert operations.move_deadlines(at=begun) == 0
