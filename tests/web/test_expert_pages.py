"""專家服務 on screen: every state for company, expert and office; somebody else's case is not there (R-35, R-37)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.support.models import ExpertReport, ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_profiles, experts
from tests import factories as make
from tests.factories import NOW, signed_in
from tests.support import expert_scene as scene
from tests.support.expert_scene import AFTER, MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-35")]
COMPANY_ACTS = ("agreement", "other_times", "postponement", "withdrawal", "feedback")
EXPERT_ACTS = ("proposal", "return", "postponement", "record", "missed", "note", "report")


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    cache.clear()
    with clock.moved_to(NOW):
        yield


def company_of(case: ExpertRequest) -> Client:
    return signed_in(scene.owner(case.company))


def expert_of(case: ExpertRequest) -> Client:
    return signed_in(case.expert)


def officer() -> Client:
    return signed_in(make.user(staff_role="officer"))


@pytest.fixture
def edition() -> Any:
    return make.programme(code="tcloud")


@pytest.mark.parametrize("state", scene.AT_STATE)
@pytest.mark.parametrize("language", ["", "/en"])
def test_every_state_is_shown_to_company_expert_and_office(edition: Any, state: str, language: str) -> None:
    case = scene.AT_STATE[state](edition=edition)
    shown = [
        (company_of(case), "expert_request", "expert_requests"),
        (officer(), "office_expert_request", "office_expert_requests"),
    ]
    if case.expert:
        shown.append((expert_of(case), "support_visit", "support_visits"))
    urls = [
        (client, language + reverse(page, args=[case.reference]), language + reverse(listed))
        for client, page, listed in shown
    ]
    with clock.moved_to(AFTER + timedelta(minutes=1)):
        for client, page, listed in urls:
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert case.reference in answer.text
            assert client.get(listed).status_code == 200


@pytest.mark.rule("R-37")
def test_another_companys_case_is_not_there_at_any_address(edition: Any) -> None:
    case = scene.reported(edition=edition)
    other = signed_in(make.user(make.participant(edition)))
    file = ExpertReport.objects.get().files.get()
    events = Event.objects.count()
    for name in ("expert_request", "expert_calendar"):
        assert other.get(reverse(name, args=[case.reference])).status_code == 404, name
    assert other.get(reverse("expert_file", args=[case.reference, file.pk])).status_code == 404
    for act in COMPANY_ACTS:
        url = reverse(f"expert_{act}", args=[case.reference])
        assert other.post(url, {"words": "x", "feedback-score": 1, "slot": 1}).status_code == 404, act
    assert Event.objects.count() == events


@pytest.mark.rule("R-37")
def test_another_experts_case_is_not_there_at_any_address(edition: Any) -> None:
    case = scene.reported(edition=edition)
    other = signed_in(scene.expert(name="別人"))
    events = Event.objects.count()
    for name in ("support_visit", "support_visit_calendar"):
        assert other.get(reverse(name, args=[case.reference])).status_code == 404, name
    file = ExpertReport.objects.get().files.get()
    assert other.get(reverse("support_visit_file", args=[case.reference, file.pk])).status_code == 404
    for act in EXPERT_ACTS:
        assert other.post(reverse(f"support_visit_{act}", args=[case.reference])).status_code == 404, act
    assert case.reference not in other.get(reverse("support_visits")).text
    assert Event.objects.count() == events


@pytest.mark.rule("R-37")
def test_a_file_of_one_case_is_not_there_under_another(edition: Any) -> None:
    mine, others = scene.reported(edition=edition), scene.reported(edition=edition)
    file = others.reports.get().files.get()
    url = reverse("expert_file", args=[mine.reference, file.pk])
    assert company_of(mine).get(url).status_code == 404


def test_files_are_downloads_of_the_kind_their_bytes_are(edition: Any) -> None:
    case = scene.reported(edition=edition)
    file = case.reports.get().files.get()
    answer = company_of(case).get(reverse("expert_file", args=[case.reference, file.pk]))
    assert answer.content == scene.PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_notes_are_not_shown_to_the_company(edition: Any) -> None:
    from tcloud.support.operations import expert_visits

    case = scene.agreed(edition=edition)
    expert_visits.add_note(case, "老闆娘才是決定的人", by=scene.expert_of(case), at=NOW)
    assert "決定的人" in expert_of(case).get(reverse("support_visit", args=[case.reference])).text
    assert "決定的人" in officer().get(reverse("office_expert_request", args=[case.reference])).text
    shown = company_of(case).get(reverse("expert_request", args=[case.reference])).text
    assert "決定的人" not in shown
    assert "內部紀錄" not in shown


FORM = {
    "areas": ["information_security"], "description": "備份", "mode": "onsite", "county": "臺北市", "place": "寶慶路1號",
    "preferred_times": "", "contact_name": "王小明", "contact_email": "a@example.tw", "contact_phone": "",
}  # fmt: skip


def test_ask_keeps_what_was_typed_and_says_what_is_missing(edition: Any) -> None:
    client = signed_in(make.user(make.participant(edition)))
    answer = client.post(reverse("expert_new"), FORM | {"place": "", "areas": [], "description": "想做備份"})
    assert answer.status_code == 422
    for words in ("請至少選擇一個領域。", "請填寫到場訪視的地址。", "想做備份"):
        assert words in answer.text
    assert not ExpertRequest.objects.exists()


def test_ask_pressed_twice_is_one_request_and_both_presses_find_it(edition: Any) -> None:
    client = signed_in(make.user(make.participant(edition)))
    answers = [client.post(reverse("expert_new"), FORM) for _press in range(2)]
    case = ExpertRequest.objects.get()
    url = reverse("expert_request", args=[case.reference])
    assert [answer["Location"] for answer in answers] == [f"{url}?sent=1", url]


def test_ask_begins_with_the_needs_that_the_assessment_found(edition: Any) -> None:
    from tcloud.assessment import operations as assessments
    from tcloud.assessment.queries import of_company
    from tests.recommendations.conftest import assessed

    assessments.publish_first(at=NOW)
    company = assessed(edition, works_away="never", online_meetings="no")
    profile = of_company(edition, company).profile["areas"]
    needed = {row["area"] for row in profile if row["strength"] >= 50}
    assert 0 < len(needed) < len(profile)
    page = signed_in(make.user(company)).get(reverse("expert_new")).text
    boxes = {
        line.split('value="')[1].split('"')[0]
        for line in page.split("<input")
        if "checked" in line.split(">")[0]
    }
    assert boxes == {*needed, "onsite"}


def test_choosing_a_time_that_is_gone_offers_the_others(edition: Any) -> None:
    first = scene.proposed(edition=edition)
    second = scene.proposed(edition=edition, to=first.expert)
    slots = {case.pk: list(ExpertSlot.objects.filter(request=case)) for case in (first, second)}
    page = company_of(second)
    experts.agree(first, slots[first.pk][0].pk, by=scene.as_company(first.company), at=NOW)
    url = reverse("expert_agreement", args=[second.reference])
    answer = page.post(url, {"slot": slots[second.pk][0].pk})
    assert answer.status_code == 409
    assert "剛被其他企業約走" in answer.text
    assert "（已不能選擇）" in answer.text
    assert page.post(url, {}).status_code == 422
    assert page.post(url, {"slot": slots[second.pk][1].pk}).status_code == 302


def test_expert_proposes_visits_and_reports_by_the_forms(edition: Any) -> None:
    case = scene.assigned(edition=edition)
    client, at = expert_of(case), lambda act: reverse(f"support_visit_{act}", args=[case.reference])
    half = client.post(at("proposal"), {"minutes": 90, "meeting": "會議室", "day1": "2027-01-18"})
    assert half.status_code == 422
    assert "請同時選擇日期與開始時間。" in half.text
    assert "會議室" in half.text
    said = {
        "minutes": 90,
        "meeting": "",
        "day1": "2027-01-18",
        "hour1": "14:00",
        "day3": "2027-01-19",
        "hour3": "09:30",
    }
    assert client.post(at("proposal"), said).status_code == 302
    slot = ExpertSlot.objects.order_by("starts_at").first()
    assert slot is not None
    assert slot.starts_at == MONDAY
    company_of(case).post(reverse("expert_agreement", args=[case.reference]), {"slot": slot.pk})
    assert client.post(at("record")).status_code == 409
    with clock.moved_to(AFTER):
        client = expert_of(case)
        assert client.post(at("record")).status_code == 302
        case.refresh_from_db()
        report = {"report-version": case.version, "report-findings": "發現", "report-advice": "建議"}
        bad = SimpleUploadedFile("a.pdf", b"not a pdf")
        wrong = client.post(at("report"), report | {"report-attachments": bad})
        assert wrong.status_code == 422
        assert "不能附加「a.pdf」" in wrong.text
        good = [SimpleUploadedFile("a.pdf", scene.PDF), SimpleUploadedFile("b.png", b"\x89PNG\r\n\x1a\n")]
        assert client.post(at("report"), report | {"report-attachments": good}).status_code == 302
    assert sorted(ExpertReport.objects.get().files.values_list("name", flat=True)) == ["a.pdf", "b.png"]


def test_office_assigns_by_the_list_and_a_stale_form_changes_nothing(edition: Any) -> None:
    case, person = scene.requested(edition=edition), scene.expert()
    client, url = officer(), reverse("office_expert_assign", args=[case.reference])
    page = client.get(reverse("office_expert_request", args=[case.reference])).text
    assert "符合 2／2" in page
    stale = client.post(url, {"assign-version": case.version + 1, "assign-expert": person.pk})
    assert stale.status_code == 409
    assert client.post(url, {"assign-version": case.version}).status_code == 422
    case.refresh_from_db()
    assert case.state == "REQUESTED"
    assert client.post(url, {"assign-version": case.version, "assign-expert": person.pk}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.expert) == ("ASSIGNED", person)


def test_office_reassigns_or_closes_a_visited_case_and_is_told_the_effects_first(edition: Any) -> None:
    case, closing, person = scene.visited(edition=edition), scene.visited(edition=edition), scene.expert()
    with clock.moved_to(AFTER):
        client = officer()
        for shown in (case, closing):
            page = client.get(reverse("office_expert_request", args=[shown.reference])).text
            assert "原專家不能再提出報告" in page
            assert "企業可以重新申請" in page
        given = {"assign-version": case.version, "assign-expert": person.pk, "assign-reason": "原專家離職"}
        assert client.post(reverse("office_expert_assign", args=[case.reference]), given).status_code == 302
        url = reverse("office_expert_closure", args=[closing.reference])
        said = {"closure-version": closing.version, "closure-reason": "專家離職"}
        assert client.post(url, said | {"closure-reason": ""}).status_code == 422
        assert client.post(url, said | {"closure-version": closing.version + 1}).status_code == 409
        assert client.post(url, said).status_code == 302
        case.refresh_from_db()
        closing.refresh_from_db()
        assert (case.state, case.expert, closing.state) == ("ASSIGNED", person, "UNREPORTED")
        page = company_of(closing).get(reverse("expert_request", args=[closing.reference])).text
        assert "專家離職" in page
        assert reverse("expert_new") in page


def test_lists_take_the_same_number_of_queries_however_long(
    edition: Any, django_assert_max_num_queries: Any
) -> None:
    person = scene.expert()
    scene.agreed(edition=edition, to=person)
    staff, own = officer(), signed_in(person)
    counted = []
    for client, name in (
        (staff, "office_expert_requests"),
        (own, "support_visits"),
        (staff, "office_experts"),
    ):
        with django_assert_max_num_queries(30) as first:
            client.get(reverse(name))
        counted.append((client, name, len(first)))
    for day in range(1, 4):
        scene.agreed(edition=edition, to=person, times=(MONDAY + timedelta(days=day),))
        scene.expert()
    for client, name, most in counted:
        with django_assert_max_num_queries(most):
            client.get(reverse(name))


def test_queue_shows_what_waits_for_an_officer_first_and_what_is_late(edition: Any) -> None:
    scene.agreed(edition=edition)
    waiting = scene.requested(edition=edition)
    with clock.moved_to(NOW + timedelta(days=10)):
        page = officer().get(reverse("office_expert_requests")).text
        assert page.index(waiting.reference) < page.index(ExpertRequest.objects.get(state="AGREED").reference)
        assert "已逾期" in page


def test_member_centre_asks_to_choose_a_time_and_to_read_the_report(edition: Any) -> None:
    for state, words in (
        ("PROPOSED", "選擇專家訪視時間"),
        ("REPORTED", "閱讀專家報告"),
        ("REQUESTED", "待指派專家"),
    ):
        case = scene.AT_STATE[state](edition=edition)
        assert words in company_of(case).get(reverse("member_home")).text


def test_experts_keep_their_own_profile(edition: Any) -> None:
    person = scene.expert()
    client = signed_in(person)
    said = {"version": 1, "takes_cases": "on", "areas": [], "counties": [], "bio": ""}
    assert "須至少選擇一個領域" in client.post(reverse("support_profile"), said).text
    assert (
        client.post(reverse("support_profile"), said | {"areas": ["remote_work"], "online": "on"}).status_code
        == 302
    )
    person.expert_profile.refresh_from_db()
    assert person.expert_profile.areas == ["remote_work"]
    assert expert_profiles.FIELDS


def test_support_agents_do_not_see_the_experts_menu(edition: Any) -> None:
    for role, sees in (("expert", True), ("support", False)):
        page = signed_in(make.user(staff_role=role)).get(reverse("support_home")).text
        assert (reverse("support_visits") in page) is sees
