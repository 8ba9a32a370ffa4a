"""Letters of the expert service: every step reaches the company once, and each of the others what is theirs (R-35)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils.translation import override

from tcloud.core import calendar, clock
from tcloud.core import operations as operator_calendar
from tcloud.core.models import Event
from tcloud.members.models import User
from tcloud.outbox import operations
from tcloud.outbox.letters import letter
from tcloud.outbox.models import Message
from tcloud.support.models import ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_deadlines, expert_visits, experts
from tcloud.support.queries import experts as queries
from tests import factories as make
from tests.factories import NOW
from tests.support import expert_scene as scene
from tests.support.expert_scene import AFTER, MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-35")]
OWNER = "owner@example.tw"


def deliver(*, at=NOW) -> dict[tuple[str, str], str]:
    """Deliver what was recorded and not delivered: {(event, address): subject and text}."""
    told = {}
    for event in Event.objects.filter(type__startswith="expert.").order_by("id"):
        mail.outbox.clear()
        operations.deliver(event.pk, at=at)
        told |= {(event.type, sent.to[0]): f"{sent.subject}\n{sent.body}" for sent in mail.outbox}
    return told


@pytest.fixture
def officer(db) -> User:
    return make.user(staff_role="officer", email="officer@example.tw")


def test_every_step_from_request_to_report_is_told_to_who_it_concerns_once(officer: User) -> None:
    case = scene.requested()
    person = scene.expert()
    said = deliver()
    assert "剩 3 個工作天" in said["expert.requested", OWNER]
    assert f"/office/experts/{case.reference}/" in said["expert.requested", officer.email]

    experts.assign(case, person, by=make.officer(officer), at=NOW)
    said = deliver()
    assert "李專家" in said["expert.assigned", OWNER]
    assert "想請專家看看備份" in said["expert.assigned", person.email]
    assert f"/support/visits/{case.reference}/" in said["expert.assigned", person.email]

    experts.propose(case, scene.slots(MONDAY), meeting="貴公司", by=scene.as_expert(person), at=NOW)
    assert "2027年1月18日（一）14:00–15:30" in deliver()["expert.times_proposed", OWNER]

    slot = ExpertSlot.objects.get()
    experts.agree(case, slot.pk, by=scene.as_company(case.company), at=NOW)
    said = deliver()
    assert {to for _event, to in said} == {OWNER, person.email, scene.owner(case.company).email}
    assert "訪視時間：2027年1月18日（一）14:00–15:30" in said["expert.time_agreed", person.email]

    expert_visits.record_visit(case, by=scene.as_expert(person), at=AFTER)
    expert_visits.write_report(case, scene.REPORT, by=scene.as_expert(person), at=AFTER)
    said = deliver(at=AFTER)
    assert "自動結案日：2027年2月1日（一）" in said["expert.reported", OWNER]
    expert_visits.give_feedback(case, 4, "謝謝", by=scene.as_company(case.company), at=AFTER)
    assert "評分：4分" in deliver(at=AFTER)["expert.closed", person.email]
    count = Message.objects.count()
    assert deliver(at=AFTER) == {}
    assert Message.objects.count() == count
    assert not Message.objects.filter(sent_at=None).exists()


def test_reassigned_the_company_hears_of_the_new_expert_alone_and_the_former_need_not_go(
    officer: User,
) -> None:
    case = scene.agreed()
    former, other = case.expert, scene.expert(name="陳專家")
    deliver()
    experts.reassign(case, other, reason="請假", by=make.officer(officer), at=NOW)
    said = deliver()
    assert {key for key in said if key[0] == "expert.handed_back"} == {("expert.handed_back", former.email)}
    assert "不必前往" in said["expert.handed_back", former.email]
    assert "陳專家" in said["expert.assigned", OWNER]


def test_reassigned_after_a_visit_each_of_the_three_hears_what_it_means(officer: User) -> None:
    case = scene.visited()
    former, other = case.expert, scene.expert(name="陳專家")
    deliver(at=AFTER)
    experts.reassign(case, other, reason="離職", by=make.officer(officer), at=AFTER)
    said = deliver(at=AFTER)
    assert "原來的專家訪視後不能提出報告，改由陳專家為貴公司服務。" in said["expert.assigned", OWNER]
    assert "說明：離職" in said["expert.assigned", OWNER]
    assert "您不需要再提出報告。" in said["expert.handed_back", former.email]
    assert "不必前往" not in said["expert.handed_back", former.email]
    assert "前一位專家已訪視" in said["expert.assigned", other.email]


def test_closed_without_a_report_company_and_expert_hear_why(officer: User) -> None:
    case = scene.visited()
    deliver(at=AFTER)
    experts.close_unreported(case, reason="專家離職", by=make.officer(officer), at=AFTER)
    said = deliver(at=AFTER)
    assert "說明：專家離職" in said["expert.closed_unreported", OWNER]
    assert "重新申請" in said["expert.closed_unreported", OWNER]
    assert "說明：專家離職" in said["expert.closed_unreported", case.expert.email]


def test_handed_back_by_the_expert_asks_the_officers_and_tells_the_company(officer: User) -> None:
    case = scene.assigned()
    deliver()
    experts.hand_back(case, reason="出國", by=scene.expert_of(case), at=NOW)
    said = deliver()
    assert "說明：出國" in said["expert.handed_back", OWNER]
    assert "請改派專家" in said["expert.handed_back", officer.email]


@pytest.mark.parametrize(
    ("state", "moved", "owed", "told"),
    [
        ("REQUESTED", NOW, "assign", {"officer"}),
        ("ASSIGNED", NOW, "propose", {"expert", "officer"}),
        ("PROPOSED", NOW, "answer", {"company"}),
        ("AGREED", AFTER, "visit", {"expert", "officer"}),
        ("VISITED", AFTER, "report", {"expert", "officer"}),
    ],
)
def test_missed_is_recorded_once_told_to_who_owes_and_harms_nobody(
    officer: User, state, moved, owed, told
) -> None:
    case = scene.AT_STATE[state]()
    deliver()
    due = ExpertRequest.objects.get(pk=case.pk).owed_due_at
    assert expert_deadlines.note_missed(at=due - timedelta(seconds=1)) == 0
    assert [expert_deadlines.note_missed(at=due) for _run in range(2)] == [1, 0]
    case.refresh_from_db()
    assert (case.state, case.owed, case.owed_missed_at) == (state, owed, due)
    people = {OWNER: "company", officer.email: "officer"} | (
        {case.expert.email: "expert"} if case.expert else {}
    )
    said = deliver(at=due)
    assert {people[to] for _event, to in said if to in people} == told
    assert Event.objects.filter(type="expert.deadline_missed").count() == 1


def test_silence_after_the_report_closes_the_case_which_still_takes_feedback() -> None:
    case = scene.reported()
    deliver(at=AFTER)
    due = case.owed_due_at
    assert expert_deadlines.note_missed(at=due) == 1
    case.refresh_from_db()
    assert case.state == "CLOSED"
    assert "仍可以回饋" in deliver(at=due)["expert.closed", OWNER]
    expert_visits.give_feedback(case, 3, "", by=scene.as_company(case.company), at=due)
    assert ("expert.feedback_given", case.expert.email) in deliver(at=due)


def test_reminder_goes_out_once_the_morning_before_to_both() -> None:
    case = scene.agreed()
    eve = MONDAY.replace(hour=9) - timedelta(days=1)
    assert case.remind_at == eve
    deliver()
    assert expert_deadlines.send_reminders(at=eve - timedelta(seconds=1)) == 0
    assert [expert_deadlines.send_reminders(at=eve) for _run in range(2)] == [1, 0]
    assert {to for event, to in deliver(at=eve) if event == "expert.visit_reminded"} >= {
        OWNER,
        case.expert.email,
    }


@pytest.mark.rule("R-28")
def test_closure_moves_what_the_office_owes_as_a_recorded_event() -> None:
    case = scene.requested()
    closed = operator_calendar.closures(
        NOW.date() + timedelta(days=4), ["臺北市"], reason="颱風", authority="x", by=make.officer(), at=NOW
    )
    foreseen = queries.impact(calendar.would_be(closed), at=NOW)
    assert (foreseen.moving, foreseen.passed) == (1, 0)
    make.closure(NOW.date() + timedelta(days=4), "臺北市")
    assert [expert_deadlines.move_deadlines(at=NOW) for _run in range(2)] == [1, 0]
    case.refresh_from_db()
    assert clock.taipei(case.owed_due_at).isoformat() == "2027-01-22T00:00:00+08:00"
    event = Event.objects.get(type="expert.deadline_moved")
    assert event.data["because"][0]["reason"] == "颱風"


@pytest.mark.rule("R-28")
def test_deadline_is_not_called_missed_while_a_closure_that_moves_it_was_not_worked_in() -> None:
    case = scene.requested()
    due = case.owed_due_at
    make.closure(NOW.date() + timedelta(days=4), "臺北市")
    assert expert_deadlines.note_missed(at=due) == 0
    case.refresh_from_db()
    assert case.owed_missed_at is None
    assert case.owed_due_at == due + timedelta(days=1)


@pytest.mark.parametrize("path", [letter.EXPERT_CASES, letter.company_expert("EX1"), letter.expert_visit("EX1"), letter.office_expert("EX1")])  # fmt: skip
def test_every_link_leads_somewhere_in_both_languages(path: str) -> None:
    from django.urls import resolve

    assert resolve(path)
    with override("en"):
        assert resolve(f"/en{path}")
