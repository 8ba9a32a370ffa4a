"""The self-assessment through the pages (flyer step 2): save, return, skip, send, points (R-11, R-12)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tcloud.assessment import operations as assessments
from tcloud.assessment.models import Assessment
from tcloud.catalogue import operations as catalogue
from tcloud.core import clock
from tcloud.points import operations as points
from tcloud.points.models import Grant
from tests import factories
from tests.points.lives import Life

pytestmark = pytest.mark.django_db


def first_answers(questions):
    """The first option everywhere; of the number of people the second, which asks more."""
    return {
        q["code"]: [q["options"][0]["code"]] if q["kind"] == "multi" else q["options"][0]["code"]
        for q in questions
    } | ({"staff_count": "under_5"} if questions[0]["code"] == "industry" else {})  # fmt: skip


@pytest.fixture
def member(outside, edition):
    catalogue.import_categories()
    assessments.publish_first(at=factories.NOW)
    return signed_in(factories.participant(edition))


def signed_in(company):
    client = factories.signed_in(factories.user(company))
    client.company = company
    return client


def begun(client):
    client.post(reverse("assessment"))
    return Assessment.objects.filter(company=client.company).latest("id")


def page_of(area):
    return reverse("assessment_area", args=[area])


def fill(client):
    """Every page in order, as the site leads."""
    assessment, url = begun(client), page_of("daily_operations")
    while url != reverse("assessment_answers"):
        area = url.rstrip("/").split("/")[-1]
        asked = [q for q in assessment.questionnaire.content["questions"] if q["area"] == area]
        url = client.post(url, first_answers(asked)).url
        if url == page_of(area):  # an answer opened more questions
            url = client.post(url, first_answers(asked)).url
    return assessment


@pytest.mark.rule("R-11")
def test_leads_from_the_first_area_to_thirty_thousand_points_once(member):
    fill(member)
    assert "送出並領取點數" in member.get(reverse("assessment_answers")).content.decode()
    for _time in range(2):
        assert member.post(reverse("assessment_submission")).url == reverse("assessment_result")
    page = member.get(reverse("assessment_result")).content.decode()
    assert Grant.objects.get(company=member.company).points == 30_000
    assert "30,000 點" in page
    assert "2027年2月15日（一）" in page
    assert "2027年4月15日（四）" in page
    assert reverse("catalogue") + "?category=" in page
    assert member.get(page_of("remote_work")).url == reverse("assessment_result")


@pytest.mark.rule("R-13")
def test_result_tells_of_the_grant_of_its_own_admission(member, edition):
    fill(member)
    member.post(reverse("assessment_submission"))
    later = factories.NOW + timedelta(days=40)
    Life(edition, member.company, at=later).end("return")
    page = member.get(reverse("assessment_result")).content.decode()
    assert "這次核發的30,000 點已經收回" in page
    assert "已核發" not in page
    points.admit(edition, member.company, at=later)
    with clock.moved_to(later):
        fill(member)
        member.post(reverse("assessment_submission"))
        page = member.get(reverse("assessment_result")).content.decode()
    assert "已核發" in page
    assert "2027年3月24日（三）" in page
    assert "2027年2月15日" not in page


@pytest.mark.rule("R-12")
def test_says_the_place_in_line_when_the_budget_is_used_up(outside):
    edition = factories.programme(code="tcloud", appropriation=0)
    assessments.publish_first(at=factories.NOW)
    member = signed_in(factories.participant(edition))
    fill(member)
    member.post(reverse("assessment_submission"))
    assert "等候名單第1位" in member.get(reverse("assessment_result")).content.decode()


def test_asks_what_the_answer_makes_necessary(member):
    begun(member)
    url = page_of("remote_work")
    assert "away_obstacles" not in member.get(url).content.decode()
    answer = member.post(url, {"works_away": "often", "online_meetings": "no"})
    assert answer.url == url
    page = member.get(url).content.decode()
    assert "away_obstacles" in page
    assert "還有2題" in page
    still = member.post(url, {"works_away": "often"})  # seen and left out: now it is an error
    assert list(still.context["form"].errors) == ["away_obstacles", "away_devices"]
    assert member.post(url, {"works_away": "never"}).url == page_of("online_collaboration")


def test_keeps_what_was_typed_when_leaving_and_when_wrong(member):
    assessment = begun(member)
    url = page_of("daily_operations")
    left = member.post(url, {"staff_count": "under_5", "attendance_record": "paper", "later": "1"})
    assert left.url == reverse("member_home")
    assert Assessment.objects.get(pk=assessment.pk).answers == {
        "staff_count": "under_5",
        "attendance_record": "paper",
    }
    page = member.get(reverse("member_home")).content.decode()
    assert "已完成0個部分，共7個" in page
    wrong = member.post(url, {"staff_count": "many", "time_consuming_work": ["none", "hiring"]})
    assert set(wrong.context["form"].errors) == {
        "industry",
        "staff_count",
        "invoice_and_books",
        "time_consuming_work",
    }
    page = wrong.content.decode()
    assert "就不能再選其他項目" in page


def test_a_page_left_open_elsewhere_undoes_nothing(member):
    """Two devices: of each question the answer saved last stays, and the other area is nobody's business."""
    assessment = begun(member)
    url = page_of("daily_operations")
    phone = member.get(url).context["form"]["drawn"].value()
    desktop = {"industry": "other", "staff_count": "alone", "invoice_and_books": "system", "drawn": phone, "later": "1"}  # fmt: skip
    member.post(url, desktop | {"time_consuming_work": ["none"]})
    member.post(page_of("remote_work"), {"works_away": "never", "later": "1"})
    late = member.post(url, {"industry": "health", "drawn": phone, "later": "1"}, follow=True)
    assert "兩邊的答案都已保留" in late.content.decode()
    assert Assessment.objects.get(pk=assessment.pk).answers == {
        "industry": "health",
        "staff_count": "alone",
        "invoice_and_books": "system",
        "time_consuming_work": ["none"],
        "works_away": "never",
    }
    seen = member.get(url).context["form"]["drawn"].value()
    member.post(
        url, {"industry": "health", "drawn": seen, "later": "1"}
    )  # what was seen and emptied is emptied
    assert Assessment.objects.get(pk=assessment.pk).answers == {"industry": "health", "works_away": "never"}


@pytest.mark.parametrize(
    "drawn", ["", "no", "[1]", "{", '{"industry": 3, "other": []}', '{"industry": {"a": 1}}']
)
def test_a_page_that_does_not_say_what_it_showed_is_taken_as_typed(member, drawn):
    assessment = begun(member)
    member.post(page_of("daily_operations"), {"industry": "health", "drawn": drawn, "later": "1"})
    assert Assessment.objects.get(pk=assessment.pk).answers == {"industry": "health"}


def test_refuses_to_send_before_every_question_is_answered(member):
    begun(member)
    answer = member.post(reverse("assessment_submission"))
    assert answer.status_code == 409
    assert "題需要回答或修正" in answer.content.decode()
    assert not Grant.objects.exists()


def test_reads_in_english_too(member):
    begun(member)
    page = member.get("/en" + page_of("daily_operations")).content.decode()
    assert "How many people work in your business?" in page
    assert "您的企業有幾位員工" not in page


def test_sends_a_company_that_has_not_joined_to_joining(outside, edition):
    assessments.publish_first(at=factories.NOW)
    client = signed_in(factories.company())
    assert reverse("join") in client.get(reverse("assessment")).content.decode()
    assert client.post(reverse("assessment")).status_code == 409
