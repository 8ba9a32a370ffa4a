"""Two people, or one person twice, choosing at the same moment."""

from collections import Counter
from datetime import timedelta

import pytest

from tcloud.choosing import operations, rules
from tcloud.choosing.models import Favourite, Question, Review, ReviewText, SavedSearch, SearchHit
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tests import factories
from tests.choosing import scene
from tests.choosing.test_wishes import MORNING, save
from tests.factories import NOW

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]


def refusals(outcomes):
    return Counter(outcome.code for outcome in outcomes if isinstance(outcome, Refusal))


def test_two_reviews_of_one_order_or_of_two_orders_of_a_plan_are_one(race):
    edition, plan = factories.programme(), factories.plan(price_twd=20_000)
    company = factories.granted(edition)
    orders = [scene.completed(edition, company, plan) for _order in range(2)]
    outcomes = race(*(lambda order=order: scene.reviewed(order) for order in [*orders, *orders]))
    assert refusals(outcomes) == {"review.already": 3}
    assert Review.objects.count() == ReviewText.objects.count() == 1
    assert Event.objects.filter(type="review.written").count() == 1


def test_a_review_hidden_twice_at_once_is_hidden_once(race):
    edition = factories.programme()
    review = scene.reviewed(scene.completed(edition, factories.granted(edition)))
    outcomes = race(
        *[lambda: operations.hide_review(review, reason="廣告", by=factories.officer(), at=NOW)] * 4
    )
    assert refusals(outcomes) == {"transition.not_now": 3}
    assert Event.objects.filter(type="review.hidden").count() == 1


def test_favourites_of_colleagues_are_one_and_never_over_the_limit(race, monkeypatch):
    monkeypatch.setattr(rules, "MOST_FAVOURITES", 2)
    company = factories.company()
    user, by = scene.person(company), scene.by(company)
    same = factories.plan()
    race(*[lambda: operations.add_favourite(company, same, user=user, by=by, at=NOW)] * 4)
    assert Favourite.objects.count() == 1
    others = [factories.plan() for _plan in range(3)]
    outcomes = race(
        *(
            lambda plan=plan: operations.add_favourite(company, plan, user=user, by=by, at=NOW)
            for plan in others
        )
    )
    assert refusals(outcomes) == {"favourite.too_many": 2}
    assert Favourite.objects.count() == 2


def test_a_question_answered_and_withdrawn_at_once_is_one_of_both(race):
    company, plan = factories.company(), factories.plan()
    question = scene.asked(company, plan)
    by, seller = scene.by(company), scene.seller(plan)
    outcomes = race(
        lambda: operations.answer_question(question, scene.ANSWER, by=seller, at=NOW),
        lambda: operations.withdraw_question(question, by=by, at=NOW),
    )
    assert sum(refusals(outcomes).values()) == 1
    assert Question.objects.get().state in {"ANSWERED", "WITHDRAWN"}


def test_workers_that_note_late_questions_at_once_and_an_answer_tell_of_each_once(race):
    company, plan = factories.company(), factories.plan()
    texts = [f"第{number}個問題，請問可以匯入嗎？" for number in range(5)]
    questions = [scene.asked(company, plan, text=text) for text in texts]
    late, seller = NOW + timedelta(days=14), scene.seller(plan)
    race(
        *[lambda: operations.note_late(at=late, limit=2)] * 3,
        lambda: operations.answer_question(questions[0], scene.ANSWER, by=seller, at=late),
    )
    while operations.note_late(at=late):
        pass
    told = Counter(Event.objects.filter(type="question.late").values_list("case", flat=True))
    assert set(told.values()) == {1}
    assert set(told) >= {question.case for question in questions[1:]}
    assert set(Question.objects.values_list("in_time", flat=True)) == {False}


def test_two_scans_at_once_tell_of_a_plan_once(race):
    searches = [save(factories.company()) for _each in range(6)]
    factories.plan(at=NOW.replace(hour=11))
    race(*[lambda: operations.send_matches(at=MORNING, limit=2)] * 3)
    while operations.send_matches(at=MORNING):
        pass
    assert SearchHit.objects.count() == len(searches)
    assert Event.objects.filter(type="search.matched").count() == len(searches)
    assert not SavedSearch.objects.filter(next_mail_at__lte=MORNING).exists()
