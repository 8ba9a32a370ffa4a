"""Reviews: after a completed order, one of each company and plan, answered, moderated, never changed."""

import itertools

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tcloud.choosing import operations
from tcloud.choosing.models import Report, Review, ReviewText
from tcloud.choosing.queries import voices
from tcloud.choosing.states import REVIEW
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company
from tests import factories
from tests.choosing import scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ANSWER = "謝謝您的意見，下一版會改進。"


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def order(edition):
    return scene.completed(edition, factories.granted(edition))


def nothing_written():
    return not Review.objects.exists() and not ReviewText.objects.exists()


def test_write_review_publishes_and_tells(order):
    review = scene.reviewed(order, rating=4)
    assert (review.state, review.rating) == ("PUBLISHED", 4)
    assert voices.wording(review).text.text == scene.PRAISE
    event = Event.objects.get(type="review.written")
    assert event.data["rating"] == 4


@pytest.mark.parametrize("state", ["draft", "submitted", "paid", "delivered"])
def test_write_review_refuses_an_order_that_is_not_completed(edition, state):
    order = getattr(factories, state)(edition, factories.granted(edition))
    with pytest.raises(Refusal) as refused:
        scene.reviewed(order)
    assert refused.value.code == "review.not_completed"
    assert nothing_written()


@pytest.mark.rule("R-39")
def test_write_review_refuses_a_company_with_the_suppliers_representative(order):
    Company.objects.filter(pk__in=[order.company_id, order.supplier.company_id]).update(
        responsible_name="王大明"
    )
    with pytest.raises(Refusal) as refused:
        scene.reviewed(order)
    assert refused.value.code == "review.conflict"
    assert nothing_written()


def test_write_review_refuses_a_second_one_for_another_order_of_the_plan(edition):
    plan = factories.plan(price_twd=20_000)
    company = factories.granted(edition)
    first, second = (scene.completed(edition, company, plan) for _order in range(2))
    scene.reviewed(first)
    for order in (first, second):
        with pytest.raises(Refusal) as refused:
            scene.reviewed(order, text="再寫一次，這次換一種說法。")
        assert refused.value.code == "review.already"
    assert ReviewText.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("很好", "text.length"),
        ("好" * 1001, "text.length"),
        ("請洽0912-345-678，我是使用者。", "text.personal"),
    ],
)
def test_nothing_personal_and_nothing_too_short_or_long_is_published(order, text, code):
    with pytest.raises(Refusal) as refused:
        scene.reviewed(order, text=text)
    assert refused.value.code == code
    assert nothing_written()
    review = scene.reviewed(order)
    for act in (
        lambda: operations.answer_review(review, text, by=scene.seller(review.plan), at=NOW),
        lambda: operations.revise_review(
            review, rating=1, text=text, shows_name=False, by=scene.by(review.company), at=NOW
        ),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == code
    assert ReviewText.objects.count() == 1


def test_an_answer_to_earlier_words_is_outdated_until_it_is_given_again_and_the_supplier_is_told_of_other_words(
    order,
):
    review = scene.reviewed(order, rating=2)
    plan, by = review.plan, scene.by(review.company)

    def revise(text, rating=2, *, shows_name=False):
        operations.revise_review(review, rating=rating, text=text, shows_name=shows_name, by=by, at=NOW)
        return outdated()

    def outdated():
        return voices.wording(voices.published_reviews(plan).get()).outdated

    def announced():
        revised = list(Event.objects.filter(type="review.revised").values_list("pk", flat=True))
        return ProcrastinateJob.objects.filter(args__event_id__in=revised).count()

    assert not outdated()
    operations.answer_review(review, ANSWER, by=scene.seller(plan), at=NOW)
    assert not revise(scene.PRAISE, shows_name=True)  # the name alone
    assert announced() == 0
    assert revise("改版之後順手多了，客服也快。")
    assert announced() == 1
    assert not revise(scene.PRAISE)  # what was answered
    assert revise(scene.PRAISE, rating=5)
    for _press in range(2):
        operations.answer_review(review, ANSWER, by=scene.seller(plan), at=NOW)
    assert not outdated()
    assert ReviewText.objects.filter(party="supplier").count() == 2


def test_revising_and_answering_add_wordings_and_keep_the_earlier_ones(order):
    review = scene.reviewed(order, rating=2)
    plan = review.plan
    for _press in range(2):
        operations.revise_review(
            review,
            rating=4,
            text="改版之後順手多了，客服也快。",
            shows_name=True,
            by=scene.by(review.company),
            at=NOW,
        )
        operations.answer_review(review, ANSWER, by=scene.seller(plan), at=NOW)
    operations.answer_review(review, "謝謝，下一版已經上線。", by=scene.seller(plan), at=NOW)
    row = voices.wording(voices.published_reviews(plan).get())
    assert (row.text.rating, row.review.rating, row.revised, row.review.shows_name) == (4, 4, True, True)
    assert row.answer is not None
    assert row.answer.text == "謝謝，下一版已經上線。"
    assert ReviewText.objects.count() == 4
    assert voices.ratings(plan).average == "4.0"
    told = Event.objects.filter(type__startswith="review.").values_list("type", flat=True)
    assert sorted(told) == ["review.answer_revised", "review.answered", "review.revised", "review.written"]


ACTS = {
    "hide": lambda review: operations.hide_review(review, reason="含廣告", by=factories.officer(), at=NOW),
    "restore": lambda review: operations.restore_review(
        review, reason="查無不實", by=factories.officer(), at=NOW
    ),
    "withdraw": lambda review: operations.withdraw_review(review, by=scene.by(review.company), at=NOW),
}
BEFORE = {"PUBLISHED": (), "HIDDEN": ("hide",), "WITHDRAWN": ("withdraw",)}


@pytest.mark.parametrize(("act", "state"), list(itertools.product(ACTS, BEFORE)))
def test_each_act_in_each_state_does_what_the_table_says(order, act, state):
    review = scene.reviewed(order)
    for step in BEFORE[state]:
        ACTS[step](review)
    allowed = state in REVIEW.find(act).sources
    repeated = act == "withdraw" and state == "WITHDRAWN"
    if allowed or repeated:
        assert ACTS[act](review).state == REVIEW.find(act).target
    else:
        with pytest.raises(Refusal) as refused:
            ACTS[act](review)
        assert refused.value.code == "transition.not_now"
        assert Review.objects.get().state == state


def test_a_hidden_review_counts_nowhere_and_takes_no_words(order):
    review = ACTS["hide"](scene.reviewed(order))
    assert not voices.published_reviews(review.plan).exists()
    assert voices.ratings(review.plan).count == 0
    with pytest.raises(Refusal) as refused:
        operations.answer_review(review, ANSWER, by=scene.seller(review.plan), at=NOW)
    assert refused.value.code == "review.not_shown"


def test_report_review_is_once_a_person_and_ends_with_the_officers_decision(order):
    review, reader = scene.reviewed(order), factories.user(factories.company())

    def report(user):
        return operations.report_review(
            review, why="untrue", note="", user=user, by=factories.officer(), at=NOW
        )

    assert report(reader) == report(reader)
    assert voices.open_reports() == 1
    assert operations.let_stand(review, reason="查無不實", by=factories.officer(), at=NOW) == 1
    assert operations.let_stand(review, reason="查無不實", by=factories.officer(), at=NOW) == 0
    report(factories.user(factories.company()))
    ACTS["hide"](review)
    assert voices.open_reports() == 0
    with pytest.raises(Refusal) as refused:
        report(factories.user(factories.company()))
    assert refused.value.code == "report.gone"
    assert Report.objects.count() == 2
