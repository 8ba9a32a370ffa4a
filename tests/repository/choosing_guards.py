"""The guards of choosing: a row of everything they guard, and the ways to break each."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from tcloud.catalogue.models import PlanVersion
from tcloud.choosing.models import (
    Choice,
    ComparedVersion,
    Comparison,
    ConsideredVersion,
    Favourite,
    Question,
    Report,
    Review,
    ReviewText,
    SavedSearch,
    SearchHit,
)
from tcloud.members.models import Company
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows(order: Any) -> dict[str, Any]:
    """What a company keeps, says and asks about the plan it has ordered."""
    version, user = order.plan_version, order.created_by
    mine = {"company": order.company, "plan": version.plan}
    review = Review.objects.create(**mine, order=order, rating=5, written_at=NOW)
    choice = Choice.objects.create(order=order, reason="r", made_by=user, made_at=NOW, key=uuid.uuid4())
    search = SavedSearch.objects.create(
        company=order.company, name="n", query="q=x", saved_by=user, saved_at=NOW
    )
    comparison = Comparison.objects.create(company=order.company, name="n", saved_by=user, saved_at=NOW)
    question = Question.objects.create(**mine, asked_by=user, asked_at=NOW, text="t", answer_working_days=3)
    answered = Question.objects.create(**mine, asked_by=user, asked_at=NOW, text="t", answer_working_days=3)
    change(answered, state="ANSWERED", answer="a", answered_at=NOW)
    answered.refresh_from_db()
    reported = {"why": "untrue", "reported_by": user, "reported_at": NOW}
    return {
        "favourite": Favourite.objects.create(**mine, seen=version, added_by=user, added_at=NOW),
        "search": search,
        "hit": SearchHit.objects.create(search=search, plan=version.plan, found_at=NOW),
        "comparison": comparison,
        "compared": ComparedVersion.objects.create(comparison=comparison, position=1, version=version),
        "choice": choice,
        "considered": ConsideredVersion.objects.create(choice=choice, version=version),
        "review": review,
        "review_text": ReviewText.objects.create(
            review=review, party="company", rating=5, text="t", written_at=NOW
        ),
        "question": question,
        "answered": answered,
        "report": Report.objects.create(review=review, **reported),
        "report_of_question": Report.objects.create(question=answered, **reported),
    }


def _other_version(w: SimpleNamespace) -> PlanVersion:
    again(w.version, number=2)
    return PlanVersion.objects.latest("id")


def _other_order(w: SimpleNamespace) -> Model:
    again(w.order, number="CE1", state="DRAFT", contract_id=None, idempotency_key="k")
    return type(w.order).objects.latest("id")


def _other_company(w: SimpleNamespace) -> Company:
    spare: Company = w.spare_company
    return spare


# guard → the ways to break it
TRIES = {
    "favourite_once": [lambda w: again(w.favourite)],
    "saved_search_name_once": [lambda w: again(w.search)],
    "search_hit_once": [lambda w: again(w.hit)],
    "comparison_name_once": [lambda w: again(w.comparison)],
    "compared_place_once": [lambda w: again(w.compared, version_id=_other_version(w).pk)],
    "compared_version_once": [lambda w: again(w.compared, position=2)],
    "compared_four_at_most": [
        lambda w: again(w.compared, version_id=_other_version(w).pk, position=5),
        lambda w: again(w.compared, version_id=_other_version(w).pk, position=0),
    ],
    "compared_version_stays": [lambda w: change(w.compared, position=2)],
    "choice_once": [lambda w: again(w.choice)],
    "choice_append_only": [lambda w: change(w.choice, reason="x"), lambda w: drop(w.choice)],
    "considered_once": [lambda w: again(w.considered)],
    "considered_append_only": [
        lambda w: change(w.considered, version=_other_version(w)),
        lambda w: drop(w.considered),
    ],
    "review_once": [lambda w: again(w.review, order_id=_other_order(w).pk)],
    "review_rating_one_to_five": [lambda w: change(w.review, rating=6), lambda w: change(w.review, rating=0)],
    "review_hidden_with_a_reason": [lambda w: change(w.review, state="HIDDEN")],
    "review_stays_of_its_order": [
        lambda w: change(w.review, company=_other_company(w)),
        lambda w: change(w.review, written_at=NOW + timedelta(days=1)),
    ],
    "review_kept": [lambda w: drop(w.review)],
    "review_text_rated_by_the_company_alone": [
        lambda w: again(w.review_text, rating=None),
        lambda w: again(w.review_text, party="supplier"),
        lambda w: again(w.review_text, rating=6),
    ],
    "review_text_says_something": [lambda w: again(w.review_text, text="")],
    "review_text_append_only": [lambda w: change(w.review_text, text="x"), lambda w: drop(w.review_text)],
    "question_asks_something": [lambda w: again(w.question, text="")],
    "question_answered_with_an_answer": [
        lambda w: change(w.question, state="ANSWERED"),
        lambda w: change(w.question, answer="a", answered_at=NOW),
        lambda w: change(w.question, state="ANSWERED", answer="a"),
    ],
    "question_in_time_by_an_answer": [lambda w: change(w.question, in_time=True)],
    "question_in_time_stays": [
        lambda w: (change(w.question, in_time=False), change(w.question, in_time=None)),
    ],
    "question_hidden_with_a_reason": [lambda w: change(w.question, state="HIDDEN")],
    "question_stays_as_asked": [
        lambda w: change(w.question, text="x"),
        lambda w: change(w.question, is_private=True),
    ],
    "question_answer_stays": [lambda w: change(w.answered, answer="b")],
    "question_kept": [lambda w: drop(w.question)],
    "report_of_one_thing": [
        lambda w: again(w.report, review_id=None),
        lambda w: change(w.report, question=w.question),
    ],
    "report_of_review_once": [lambda w: again(w.report)],
    "report_of_question_once": [lambda w: again(w.report_of_question)],
}
