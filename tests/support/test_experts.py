"""R-35: from the request to the report: each act, each refusal, every act in every state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.support.models import ExpertFeedback, ExpertReport, ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_profiles, expert_visits, experts
from tcloud.support.queries import experts as queries
from tcloud.support.rules import experts as rules
from tests import factories as make
from tests.factories import NOW
from tests.support import expert_scene as scene
from tests.support.expert_scene import AFTER, MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-35")]


def what_is(request: ExpertRequest) -> tuple[Any, ...]:
    row = ExpertRequest.objects.values().get(pk=request.pk)
    slots = list(ExpertSlot.objects.filter(request=request).order_by("pk").values_list("pk", "state"))
    return tuple(row.items()), slots, ExpertReport.objects.count(), Event.objects.count()


def refused(code: str, request: ExpertRequest, act: Callable[[], Any]) -> None:
    before = what_is(request)
    with pytest.raises(Refusal) as said:
        act()
    assert said.value.code == code
    assert what_is(request) == before


ACTS: dict[str, Callable[[ExpertRequest], Any]] = {
    "assign": lambda r: experts.assign(r, scene.expert(), by=scene.officer(), at=NOW),
    "reassign": lambda r: experts.reassign(r, scene.expert(), reason="請假", by=scene.officer(), at=NOW),
    "decline": lambda r: experts.decline(r, reason="不在範圍", by=scene.officer(), at=NOW),
    "close_unreported": lambda r: experts.close_unreported(r, reason="離職", by=scene.officer(), at=AFTER),
    "hand_back": lambda r: experts.hand_back(r, reason="出國", by=scene.expert_of(r), at=NOW),
    "propose": lambda r: experts.propose(r, scene.slots(MONDAY), meeting="", by=scene.expert_of(r), at=NOW),
    "ask_other_times": lambda r: experts.ask_other_times(
        r, words="晚上", by=scene.as_company(r.company), at=NOW
    ),
    "agree": lambda r: experts.agree(r, first_slot(r), by=scene.as_company(r.company), at=NOW),
    "postpone": lambda r: experts.postpone(r, reason="臨時有事", by=scene.as_company(r.company), at=NOW),
    "record_missed": lambda r: expert_visits.record_missed(
        r, missed_by="company", words="無人在場", by=scene.expert_of(r), at=AFTER
    ),
    "record_visit": lambda r: expert_visits.record_visit(r, by=scene.expert_of(r), at=AFTER),
    "write_report": lambda r: expert_visits.write_report(r, scene.REPORT, by=scene.expert_of(r), at=AFTER),
    "give_feedback": lambda r: expert_visits.give_feedback(
        r, 4, "", by=scene.as_company(r.company), at=AFTER
    ),
    "withdraw": lambda r: experts.withdraw(r, reason="", by=scene.as_company(r.company), at=NOW),
}
# act → the states it is open in, each with the state after it
ALLOWED = {
    "assign": {"REQUESTED": "ASSIGNED"},
    "reassign": dict.fromkeys(("ASSIGNED", "PROPOSED", "AGREED", "VISITED"), "ASSIGNED"),
    "decline": {"REQUESTED": "DECLINED", "ASSIGNED": "DECLINED"},
    "close_unreported": {"VISITED": "UNREPORTED"},
    "hand_back": dict.fromkeys(("ASSIGNED", "PROPOSED", "AGREED", "VISITED"), "REQUESTED"),
    "propose": {"ASSIGNED": "PROPOSED", "PROPOSED": "PROPOSED"},
    "ask_other_times": {"PROPOSED": "ASSIGNED"},
    "agree": {"PROPOSED": "AGREED", "AGREED": "AGREED"},
    "postpone": {"AGREED": "ASSIGNED"},
    "record_missed": {"AGREED": "ASSIGNED"},
    "record_visit": {"AGREED": "VISITED"},
    "write_report": {"VISITED": "REPORTED", "REPORTED": "REPORTED"},
    "give_feedback": {"REPORTED": "CLOSED"},
    "withdraw": dict.fromkeys(("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED"), "WITHDRAWN"),
}
BY_EXPERT = {"hand_back", "propose", "record_missed", "record_visit", "write_report"}


def first_slot(request: ExpertRequest) -> int:
    kept = ExpertSlot.objects.filter(request=request).exclude(state="dropped").order_by("pk").first()
    return kept.pk if kept else 0


@pytest.mark.parametrize("state", scene.AT_STATE)
def test_every_act_in_every_state_is_done_or_refused_as_the_table_says(state: str) -> None:
    request = scene.AT_STATE[state]()
    assert request.state == state
    for name, act in ACTS.items():
        if name in BY_EXPERT and request.expert is None:
            continue
        after = ALLOWED[name].get(state)
        before = what_is(request)[:3]
        point = transaction.savepoint()
        try:
            act(ExpertRequest.objects.get(pk=request.pk))
            reached = ExpertRequest.objects.get(pk=request.pk).state
        except Refusal:
            reached = None
            assert what_is(request)[:3] == before, name
        transaction.savepoint_rollback(point)
        assert reached == after, (name, state)


def test_ask_is_owed_an_expert_within_three_working_days_and_tells_a_reference_nobody_guesses() -> None:
    first, second = scene.requested(), scene.requested()
    assert rules.reference(7) == "EX0000000007"
    assert first.reference != second.reference
    assert len(first.reference) == 12
    assert (first.owed, first.owed_due_at.isoformat()) == ("assign", "2027-01-21T00:00:00+08:00")  # type: ignore[union-attr]


def test_ask_is_open_once_for_a_company() -> None:
    request = scene.requested()
    again = lambda: scene.requested(request.programme, request.company)  # noqa: E731
    refused("expert.open_already", request, again)
    experts.withdraw(request, reason="", by=scene.as_company(request.company), at=NOW)
    assert again().state == "REQUESTED"


def test_ask_needs_an_open_edition() -> None:
    from tcloud.programme import operations as programmes

    edition = make.programme()
    programmes.pause(edition, by=make.officer(), at=NOW)
    edition.refresh_from_db()
    with pytest.raises(Refusal, match="沒有受理"):
        scene.requested(edition)
    assert not ExpertRequest.objects.exists()


def test_assign_takes_only_experts_who_take_cases() -> None:
    request = scene.requested()
    for person in (make.user(staff_role="support"), scene.expert(takes_cases=False)):
        act = lambda to=person: experts.assign(request, to, by=scene.officer(), at=NOW)  # noqa: E731
        refused("expert.not_an_expert", request, act)


def test_reassign_says_why_and_the_former_expert_has_no_more_say() -> None:
    request, other = scene.proposed(), scene.expert(name="陳專家")
    former = scene.expert_of(request)
    refused(
        "expert.reason_missing",
        request,
        lambda: experts.reassign(request, other, reason=" ", by=scene.officer(), at=NOW),
    )
    moved = experts.reassign(request, other, reason="原專家請假", by=scene.officer(), at=NOW)
    assert (moved.state, moved.expert) == ("ASSIGNED", other)
    assert not ExpertSlot.objects.filter(state="open").exists()
    refused(
        "expert.not_yours",
        request,
        lambda: experts.propose(moved, scene.slots(MONDAY), meeting="", by=former, at=NOW),
    )
    assert queries.of_expert(former.user_id).count() == 0  # type: ignore[arg-type]


def test_reassign_after_a_visit_leads_to_a_report_by_the_new_expert() -> None:
    request, other = scene.visited(), scene.expert(name="陳專家")
    former = scene.expert_of(request)
    moved = experts.reassign(request, other, reason="原專家離職", by=scene.officer(), at=AFTER)
    assert (moved.state, moved.expert, moved.owed) == ("ASSIGNED", other, "propose")
    refused(
        "expert.not_yours",
        moved,
        lambda: expert_visits.write_report(moved, scene.REPORT, by=former, at=AFTER),
    )
    later = MONDAY + timedelta(days=2)
    by = scene.as_expert(other)
    experts.propose(moved, scene.slots(later), meeting="線上", by=by, at=AFTER)
    experts.agree(moved, first_slot(moved), by=scene.as_company(moved.company), at=AFTER)
    expert_visits.record_visit(moved, by=by, at=later + timedelta(hours=2))
    expert_visits.write_report(moved, scene.REPORT, by=by, at=later + timedelta(hours=2))
    assert ExpertReport.objects.get().author == other


def test_close_unreported_is_an_officers_says_why_and_frees_the_company_to_ask_anew() -> None:
    request = scene.visited()
    again = lambda: scene.requested(request.programme, request.company)  # noqa: E731
    refused("expert.open_already", request, again)
    for code, reason, by in (
        ("expert.reason_missing", " ", scene.officer()),
        ("transition.not_yours", "離職", scene.expert_of(request)),
        ("transition.not_yours", "離職", scene.as_company(request.company)),
    ):
        act = lambda reason=reason, by=by: experts.close_unreported(request, reason=reason, by=by, at=AFTER)  # noqa: E731
        refused(code, request, act)
    ended = experts.close_unreported(request, reason="專家離職", by=scene.officer(), at=AFTER)
    assert (ended.state, ended.owed, ended.reason, ended.ended_at) == ("UNREPORTED", "", "專家離職", AFTER)
    assert Event.objects.get(case=ended.case, type="expert.closed_unreported").data["reason"] == "專家離職"
    assert again().state == "REQUESTED"


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("expert.slots_missing", []),
        ("expert.slots_too_many", scene.slots(*[MONDAY + timedelta(days=n) for n in range(6)])),
        ("expert.slot_past", scene.slots(NOW)),
        ("expert.slot_far", scene.slots(NOW + timedelta(days=61))),
        ("expert.slot_backwards", scene.slots(MONDAY, minutes=0)),
        ("expert.slot_long", scene.slots(MONDAY, minutes=481)),
        ("expert.slots_overlap", scene.slots(MONDAY, MONDAY + timedelta(minutes=89))),
    ],
)
def test_propose_refuses_times_that_make_no_sense(code: str, times: list[rules.Slot]) -> None:
    request = scene.assigned()
    act = lambda: experts.propose(request, times, meeting="", by=scene.expert_of(request), at=NOW)  # noqa: E731
    refused(code, request, act)


def test_propose_takes_times_that_touch_and_refuses_those_of_her_other_visits() -> None:
    busy = scene.agreed()
    request = scene.assigned(to=busy.expert)
    act = lambda start: experts.propose(  # noqa: E731
        request, scene.slots(start), meeting="", by=scene.expert_of(request), at=NOW
    )
    refused("expert.slot_busy", request, lambda: act(MONDAY + timedelta(minutes=89)))
    assert act(MONDAY + timedelta(minutes=90)).state == "PROPOSED"


def test_propose_again_replaces_what_was_not_chosen() -> None:
    request = scene.proposed()
    old = first_slot(request)
    again = experts.propose(
        request, scene.slots(MONDAY + timedelta(days=3)), meeting="線上", by=scene.expert_of(request), at=NOW
    )
    assert (again.state, again.round, again.meeting) == ("PROPOSED", 2, "線上")
    assert [slot.round for slot, _free in queries.open_slots(again, at=NOW)] == [2]
    refused(
        "expert.slot_gone",
        again,
        lambda: experts.agree(again, old, by=scene.as_company(again.company), at=NOW),
    )


def test_agree_needs_a_time_of_this_request_that_lies_ahead() -> None:
    request, other = scene.proposed(), scene.proposed()
    by = scene.as_company(request.company)
    refused("expert.slot_gone", request, lambda: experts.agree(request, first_slot(other), by=by, at=NOW))
    refused(
        "expert.slot_gone", request, lambda: experts.agree(request, first_slot(request), by=by, at=MONDAY)
    )


def test_agree_finds_a_time_that_another_company_took() -> None:
    first = scene.proposed()
    second = scene.proposed(to=first.expert)
    shown = queries.open_slots(second, at=NOW)
    assert [free for _slot, free in shown] == [True, True]
    experts.agree(first, first_slot(first), by=scene.as_company(first.company), at=NOW)
    assert [free for _slot, free in queries.open_slots(second, at=NOW)] == [False, True]
    by = scene.as_company(second.company)
    refused("expert.slot_taken", second, lambda: experts.agree(second, first_slot(second), by=by, at=NOW))
    assert experts.agree(second, shown[1][0].pk, by=by, at=NOW).state == "AGREED"


def test_postpone_and_agree_anew_count_the_sequence_that_calendars_follow() -> None:
    request = scene.agreed()
    assert request.calendar_sequence == 1
    request = experts.postpone(request, reason="改期", by=scene.as_company(request.company), at=NOW)
    assert (request.calendar_sequence, request.remind_at, request.owed) == (2, None, "propose")
    experts.propose(
        request, scene.slots(MONDAY + timedelta(days=4)), meeting="", by=scene.expert_of(request), at=NOW
    )
    request = experts.agree(request, first_slot(request), by=scene.as_company(request.company), at=NOW)
    assert request.calendar_sequence == 3


@pytest.mark.parametrize("act", ["record_visit", "record_missed"])
def test_nothing_is_recorded_of_a_visit_before_it_begins(act: str) -> None:
    request = scene.agreed()
    said = {"missed_by": "company", "words": "無人"} if act == "record_missed" else {}
    operation = getattr(expert_visits, act)
    early = MONDAY - timedelta(minutes=1)
    refused(
        "expert.too_early", request, lambda: operation(request, **said, by=scene.expert_of(request), at=early)
    )


def test_report_takes_only_files_that_are_what_they_say() -> None:
    request = scene.visited()
    for name, content in (("a.exe", b"MZ"), ("a.pdf", b"<html>"), ("a.html", scene.PDF)):
        files = [expert_visits.Attachment(name, content)]
        refused(
            "expert.file_kind",
            request,
            lambda files=files: expert_visits.write_report(
                request, scene.REPORT, files, by=scene.expert_of(request), at=AFTER
            ),
        )
    many = [expert_visits.Attachment(f"{n}.pdf", scene.PDF + bytes([n])) for n in range(6)]
    refused(
        "expert.files_too_many",
        request,
        lambda: expert_visits.write_report(
            request, scene.REPORT, many, by=scene.expert_of(request), at=AFTER
        ),
    )


def test_report_corrected_is_another_version_with_the_files_of_the_first() -> None:
    request = scene.reported()
    expert_visits.write_report(
        request, scene.REPORT | {"advice": "更正"}, by=scene.expert_of(request), at=AFTER
    )
    latest = queries.report_of(request)
    assert latest is not None
    assert (latest.number, latest.advice, ExpertReport.objects.count()) == (2, "更正", 2)
    assert [file.name for file in queries.files_of(latest)] == ["建議.pdf"]


def test_feedback_is_given_once_also_after_the_case_was_closed_by_silence() -> None:
    request = scene.closed()
    by = scene.as_company(request.company)
    refused(
        "expert.feedback_given", request, lambda: expert_visits.give_feedback(request, 1, "", by=by, at=AFTER)
    )
    assert ExpertFeedback.objects.get().score == 5


@pytest.mark.parametrize("score", [0, 6])
def test_feedback_is_of_one_to_five(score: int) -> None:
    request = scene.reported()
    by = scene.as_company(request.company)
    refused(
        "expert.feedback_score",
        request,
        lambda: expert_visits.give_feedback(request, score, "", by=by, at=AFTER),
    )


def test_notes_are_written_by_expert_and_officer_alone() -> None:
    request = scene.agreed()
    expert_visits.add_note(request, "老闆很重視資安", by=scene.expert_of(request), at=NOW)
    expert_visits.add_note(request, "已電話確認", by=scene.officer(), at=NOW)
    assert [note.text for note in queries.notes_of(request)] == ["老闆很重視資安", "已電話確認"]
    refused(
        "transition.not_yours",
        request,
        lambda: expert_visits.add_note(request, "x", by=scene.as_company(request.company), at=NOW),
    )


def test_candidates_come_by_place_then_areas_then_fewest_cases() -> None:
    here = scene.expert(name="合適")
    busy = scene.expert(name="忙碌")
    scene.assigned(to=busy)
    scene.expert(name="不接案", takes_cases=False)
    scene.expert(name="外縣市", counties=["高雄市"])
    scene.expert(name="半個領域", areas=["remote_work"])
    found = queries.candidates(scene.requested())
    assert [one.user.name for one in found] == ["合適", "忙碌", "半個領域", "外縣市"]
    assert [one.fits for one in found] == [True, True, False, False]
    assert found[0].user == here


def test_profile_is_her_own_and_reaches_somebody() -> None:
    person = scene.expert()
    said = {"areas": [], "counties": [], "online": False, "takes_cases": True, "bio": "", "bio_en": ""}
    with pytest.raises(Refusal) as refusal:
        expert_profiles.save_profile(person, said, version=1, by=scene.as_expert(person), at=NOW)
    assert refusal.value.code == "expert.profile_reaches_nobody"
    with pytest.raises(Refusal) as refusal:
        expert_profiles.save_profile(
            person, said | {"takes_cases": False}, version=1, by=scene.as_expert(scene.expert()), at=NOW
        )
    assert refusal.value.code == "transition.not_yours"
    with pytest.raises(Refusal) as refusal:
        expert_profiles.save_profile(
            person, said | {"takes_cases": False}, version=0, by=scene.as_expert(person), at=NOW
        )
    assert refusal.value.code == "stale"


def test_database_refuses_two_visits_of_one_expert_at_the_same_time() -> None:
    first = scene.agreed()
    second = scene.proposed(to=first.expert, times=(MONDAY + timedelta(days=7),))
    slot = ExpertSlot.objects.get(request=first, state="agreed")
    for offset, allowed in ((0, False), (89, False), (-89, False), (90, True), (-90, True)):
        start = slot.starts_at + timedelta(minutes=offset)
        overlapping = ExpertSlot(
            request=second, expert_id=slot.expert_id, round=9, position=1, starts_at=start,
            ends_at=start + timedelta(minutes=90), state="agreed",
        )  # fmt: skip
        said = ""
        try:
            with transaction.atomic():
                overlapping.save(force_insert=True)
            overlapping.delete()
        except IntegrityError as error:
            said = str(error)
        assert ("expert_visits_never_overlap" not in said) is allowed, offset
