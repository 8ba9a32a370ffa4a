"""Letters about choosing a plan."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from tcloud.choosing import operations
from tcloud.core.models import Event
from tcloud.outbox import operations as outbox
from tests import factories
from tests.choosing import scene
from tests.choosing.test_wishes import MORNING, save
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def edition():
    return factories.programme()


def letters(type, *, at=NOW):
    """Deliver the newest event of that type: {address: message}."""
    mail.outbox.clear()
    outbox.deliver(Event.objects.filter(type=type).latest("id").pk, at=at)
    return {sent.to[0]: sent for sent in mail.outbox}


def test_new_plans_are_told_to_who_saved_the_search_with_a_way_to_stop():
    search = save(factories.company())
    plan = factories.plan(at=NOW + timedelta(hours=1))
    operations.send_matches(at=MORNING)
    (sent,) = letters("search.matched", at=MORNING).values()
    assert sent.to == [search.saved_by.email]
    assert plan.current is not None
    assert plan.current.name in sent.body
    assert "NT$60,000" in sent.body
    stop = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stranger = Client(enforce_csrf_checks=True)
    path = urlsplit(stop).path
    assert "停止通知" in stranger.get(path).content.decode()
    search.refresh_from_db()
    assert search.next_mail_at is not None
    for _press in range(2):  # as a mail program does: no session, no token of ours
        assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    search.refresh_from_db()
    assert search.next_mail_at is None
    assert letters("search.matched", at=MORNING) == {}
    assert stranger.get(path + "x/").status_code == 404


def test_letters_of_what_was_deleted_meanwhile_are_not_sent():
    search = save(factories.company())
    factories.plan(at=NOW + timedelta(hours=1))
    operations.send_matches(at=MORNING)
    operations.delete_search(search, by=scene.by(search.company), at=MORNING)
    assert letters("search.matched", at=MORNING) == {}


def test_a_comparison_reaches_the_colleague_alone_with_its_prices_and_the_note():
    company = factories.company()
    owner, colleague = scene.person(company), factories.user(company, email="colleague@example.tw")
    plans = [factories.plan(price_twd=price) for price in (20_000, 40_000)]
    kept = operations.save_comparison(
        company, "兩家", scene.versions(plans), user=owner, by=scene.by(company), at=NOW
    )
    operations.share_comparison(kept, colleague, note="請看第二家", user=owner, by=scene.by(company), at=NOW)
    (sent,) = letters("comparison.shared").values()
    assert sent.to == ["colleague@example.tw"]
    for said in ("兩家", "請看第二家", "NT$20,000", "NT$40,000", f"/member/choosing/comparisons/{kept.pk}/"):
        assert said in sent.body


def test_a_question_goes_both_ways():
    company, plan = factories.company(), factories.plan()
    question = scene.asked(company, plan)
    asked = letters("question.asked")
    assert plan.solution.supplier.contact_email in asked
    assert "2027年1月20日（三），剩 3 個工作天" in asked[plan.solution.supplier.contact_email].body
    scene.answered(question)
    (sent,) = letters("question.answered").values()
    assert sent.to == [question.asked_by.email]
    assert scene.ANSWER in sent.body
    assert letters("question.asked") == {}  # needs no answer any more


def test_a_late_answer_is_told_to_supplier_and_asker_and_to_nobody_once_it_came():
    company, plan = factories.company(), factories.plan()
    question = scene.asked(company, plan)
    late = NOW + timedelta(days=14)
    operations.note_late(at=late)
    sent = letters("question.late", at=late)
    supplier, asker = plan.solution.supplier.contact_email, question.asked_by.email
    assert {supplier, asker} <= set(sent)
    assert "已超過回覆期限" in sent[supplier].body
    assert "2027年1月20日（三）" in sent[supplier].body
    assert f"/supplier/questions/{question.pk}/" in sent[supplier].body
    assert "收回提問" in sent[asker].body
    other = scene.asked(company, plan, text="第二個問題，請問可以匯入嗎？")
    operations.note_late(at=late)
    scene.answered(other, at=late)
    assert letters("question.late", at=late) == {}


def test_a_revised_review_is_told_to_the_supplier_whose_answer_was_to_other_words(edition):
    order = scene.completed(edition, factories.granted(edition))
    review = scene.reviewed(order, rating=2)
    supplier, by = order.supplier.contact_email, scene.by(order.company)
    revise = lambda text, **said: operations.revise_review(  # noqa: E731
        review, text=text, **{"rating": 2, "shows_name": False} | said, by=by, at=NOW
    )
    revise("開通很慢，教學也不清楚。")
    first = letters("review.revised")[supplier].body
    assert "開通很慢" in first
    assert "修改前" not in first  # nothing was answered so far
    operations.answer_review(review, "謝謝您的意見，下一版會改進。", by=scene.seller(review.plan), at=NOW)
    revise("改善了，現在開通很快。", rating=4)
    told = letters("review.revised")[supplier]
    assert "4分" in told.subject
    assert "改善了" in told.body
    assert "回覆修改前的評價" in told.body


def test_a_review_goes_to_the_supplier_and_its_answer_and_end_to_the_company(edition):
    order = scene.completed(edition, factories.granted(edition))
    review = scene.reviewed(order, rating=2)
    supplier = order.supplier.contact_email
    assert scene.PRAISE in letters("review.written")[supplier].body
    operations.answer_review(review, "謝謝您的意見，下一版會改進。", by=scene.seller(review.plan), at=NOW)
    assert supplier not in letters("review.answered")
    operations.hide_review(review, reason="含廣告內容", by=factories.officer(), at=NOW)
    (sent,) = letters("review.hidden").values()
    assert sent.to == [scene.person(order.company).email]
    assert "含廣告內容" in sent.body
    assert "申覆" in sent.body
    operations.restore_review(review, reason="查無違反", by=factories.officer(), at=NOW)
    assert "恢復公開" in next(iter(letters("review.restored").values())).body
