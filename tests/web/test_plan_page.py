"""The plan's page: own price, every deadline as a day, the supplier's record, what others say; kept for visitors, personal for members."""

from datetime import date

import pytest

from tcloud.choosing import operations
from tcloud.core import clock
from tcloud.orders.models import Order
from tests import factories
from tests.choosing import scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def plan(edition):
    return factories.plan()


def page(client, plan, rest=""):
    answer = client.get(f"/plans/{plan.code}/{rest}")
    assert answer.status_code == 200
    return answer.content.decode()


def member(company):
    return factories.signed_in(scene.person(company))


@pytest.mark.rule("R-28")
def test_page_tells_every_deadline_of_an_order_sent_today_as_a_day(client, plan):
    duties = client.get(f"/plans/{plan.code}/").context["duties"]
    days = [(duty.working_days, duty.due_at.date()) for duty in duties]
    # the first moments after: accepted by Wednesday 20th, paid by Friday 22nd, …
    assert days == [
        (3, date(2027, 1, 21)),
        (2, date(2027, 1, 23)),
        (2, date(2027, 1, 27)),
        (7, date(2027, 2, 3)),
        (5, date(2027, 2, 17)),  # the Lunar New Year lies between
    ]
    assert "2027年1月20日（三）" in page(client, plan)


@pytest.mark.rule("R-17")
def test_page_splits_by_the_balance_of_the_company_that_looks(client, plan, edition):
    company = factories.granted(edition)
    assert "NT$30,000" in page(client, plan)
    scene.completed(edition, company, factories.plan(price_twd=40_000))
    own = page(member(company), plan)
    assert "貴公司的價格" in own
    assert "−10,000 點" in own
    assert "NT$50,000" in own
    assert "可用點數最早在這天結束" in own
    spent = factories.granted(edition)
    factories.submitted(edition, spent, factories.plan())
    assert "貴公司目前沒有可用的點數" in page(member(spent), plan)
    assert "貴公司" not in page(client, plan).split("訂購前先知道的期限")[0]


@pytest.mark.rule("R-29")
def test_page_tells_the_suppliers_record_only_from_five_on(client, plan, edition):
    assert "訂單還太少" in page(client, plan)
    order = scene.completed(edition, factories.granted(edition), plan)
    for _more in range(4):
        scene.completed(edition, factories.granted(edition), plan)
    told = page(member(order.company), plan)  # a visitor's page may be a minute old in this
    assert "100%（5次中5次）" in told
    assert "本平台已完成5張訂單，其中這個方案5張。" in told


def test_page_shows_reviews_and_answers_at_once_and_hides_them_at_once(client, plan, edition):
    assert "還沒有評價" in page(client, plan)
    review = scene.reviewed(scene.completed(edition, factories.granted(edition), plan), rating=4)
    for rest in ("", "reviews/"):
        shown = page(client, plan, rest)
        assert scene.PRAISE in shown
        assert "使用過的企業" in shown
        assert review.company.name not in shown
        assert "4.0" in shown
    operations.answer_review(review, "謝謝您的意見，下一版會改進。", by=scene.seller(plan), at=NOW)
    assert "謝謝您的意見" in page(client, plan)
    operations.hide_review(review, reason="廣告", by=factories.officer(), at=NOW)
    for rest in ("", "reviews/"):
        assert scene.PRAISE not in page(client, plan, rest)


def test_page_shows_a_question_with_its_answer_and_never_who_asked(client, plan):
    company = factories.company()
    question, private = (
        scene.asked(company, plan),
        scene.asked(company, plan, text="我們適合哪一個方案？請建議。", is_private=True),
    )
    assert scene.ASKED not in page(client, plan)
    for each in (question, private):
        scene.answered(each)
    for rest in ("", "questions/"):
        shown = page(client, plan, rest)
        assert scene.ASKED in shown
        assert private.text not in shown
        assert company.name not in shown


def test_page_keeps_nothing_personal_for_the_next_visitor(client, plan, edition):
    mine = member(factories.granted(edition))
    assert "取消收藏" not in page(mine, plan)
    mine.post(f"/member/choosing/favourites/{plan.code}/")
    assert "取消收藏" in page(mine, plan)
    assert "取消收藏" not in page(client, plan)
    assert "csrfmiddlewaretoken" not in page(client, plan).split("<main")[1]


def test_page_of_a_reference_plan_takes_no_orders_questions_or_reviews(client, plan):
    plan.solution.supplier.takes_orders = False
    plan.solution.supplier.save()
    shown = page(client, plan)
    assert "僅供參考" in shown
    for word in ("選購這個方案", "向供應商提問", "企業評價", "履約紀錄"):
        assert word not in shown


def test_page_costs_the_same_whatever_was_said(client, plan, edition, django_assert_max_num_queries):
    company = factories.granted(edition)
    mine = member(company)
    for _each in range(4):
        scene.reviewed(scene.completed(edition, factories.granted(edition), plan))
        scene.answered(scene.asked(factories.company(), plan))
    assert Order.objects.count() == 4
    with django_assert_max_num_queries(32):
        page(mine, plan)
    with django_assert_max_num_queries(16):
        page(mine, plan, "reviews/")
