"""Two officers assign at once, two browsers agree at once, two companies want the same hour of one expert (R-35)."""

from functools import partial

import pytest

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.support.models import ExpertFeedback, ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_deadlines, expert_visits, experts
from tests.factories import NOW
from tests.support import expert_scene as scene
from tests.support.expert_scene import AFTER, MONDAY

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.rule("R-35"),
]


def won(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]


def test_two_officers_assign_at_once_and_one_expert_has_the_case(race):
    people = [scene.expert() for _number in range(4)]
    staff = [scene.officer() for _number in range(4)]
    for _round in range(5):
        case = scene.requested()
        outcomes = race(
            *[partial(experts.assign, case, to, by=by, at=NOW) for to, by in zip(people, staff, strict=True)]
        )
        assert len(won(outcomes)) == 1
        assert Event.objects.filter(case=case.case, type="expert.assigned").count() == 1
        assert ExpertRequest.objects.get(pk=case.pk).expert == won(outcomes)[0].expert


def test_two_slots_agreed_at_once_are_one_visit(race):
    person = scene.expert()
    for number in range(5):
        start = MONDAY.replace(day=18 + number)
        case = scene.proposed(to=person, times=(start, start.replace(hour=17)))
        by = scene.as_company(case.company)
        slots = list(ExpertSlot.objects.filter(request=case))
        outcomes = race(*[partial(experts.agree, case, slot.pk, by=by, at=NOW) for slot in slots * 2])
        assert 1 <= len(won(outcomes)) <= 2  # the same choice twice gets the same answer
        assert ExpertSlot.objects.filter(request=case, state="agreed").count() == 1
        assert Event.objects.filter(case=case.case, type="expert.time_agreed").count() == 1


def test_two_companies_want_the_same_hour_and_one_gets_it(race):
    person = scene.expert()
    for number in range(5):
        start = MONDAY.replace(day=18 + number)
        cases = [scene.proposed(to=person, times=(start,)) for _company in range(4)]
        calls = [
            partial(experts.agree, case, case.slots.get().pk, by=scene.as_company(case.company), at=NOW)
            for case in cases
        ]
        outcomes = race(*calls)
        assert len(won(outcomes)) == 1
        assert {refused.code for refused in outcomes if isinstance(refused, Refusal)} == {"expert.slot_taken"}
        assert ExpertSlot.objects.filter(expert=person, starts_at=start, state="agreed").count() == 1
        states = sorted(ExpertRequest.objects.get(pk=case.pk).state for case in cases)
        assert states == ["AGREED", "PROPOSED", "PROPOSED", "PROPOSED"]


def test_asked_twice_at_once_is_one_request(race):
    from tests import factories as make

    edition, company = make.programme(), make.company()
    scene.owner(company)
    outcomes = race(*[partial(scene.requested, edition, company) for _press in range(4)])
    assert len(won(outcomes)) == 1
    assert ExpertRequest.objects.filter(company=company).count() == 1


def test_feedback_against_the_scan_closes_once_and_is_kept(race):
    for _round in range(3):
        case = scene.reported()
        by = scene.as_company(case.company)
        give = partial(expert_visits.give_feedback, case, 5, "", by=by, at=AFTER)
        race(give, give, partial(expert_deadlines.note_missed, at=case.owed_due_at))
        assert ExpertFeedback.objects.filter(request=case).count() == 1
        assert Event.objects.filter(case=case.case, type="expert.closed").count() == 1
