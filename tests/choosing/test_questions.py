"""Questions to suppliers."""

import itertools
from datetime import date, timedelta

import pytest

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Supplier
from tcloud.choosing import operations, rules
from tcloud.choosing.models import Question
from tcloud.choosing.queries import voices
from tcloud.choosing.states import QUESTION
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tests import factories
from tests.choosing import scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    return factories.plan()


@pytest.fixture
def company():
    return factories.company()


def test_a_question_is_public_once_answered_unless_private(company, plan):
    open_one, private = (
        scene.asked(company, plan),
        scene.asked(company, plan, text="我們公司適合哪一個方案呢？", is_private=True),
    )
    assert not voices.published_questions(plan).exists()
    for question in (open_one, private):
        scene.answered(question)
    assert list(voices.published_questions(plan)) == [open_one]
    assert voices.questions_of_company(company).count() == 2


def test_ask_is_repeatable_and_refuses_too_many_open_ones(company, plan, monkeypatch):
    assert scene.asked(company, plan) == scene.asked(company, plan)
    monkeypatch.setattr(rules, "MOST_OPEN_QUESTIONS", 1)
    with pytest.raises(Refusal) as refused:
        scene.asked(company, plan, text="那麼第二個問題可以嗎？")
    assert refused.value.code == "question.too_many"
    assert Question.objects.count() == 1


def test_ask_refuses_delisted_plans_reference_plans_and_ones_own(company, plan):
    with pytest.raises(Refusal) as refused:
        scene.asked(plan.solution.supplier.company, plan)
    assert refused.value.code == "question.own_plan"
    Supplier.objects.update(takes_orders=False)
    with pytest.raises(Refusal) as refused:
        scene.asked(company, plan)
    assert refused.value.code == "question.no_supplier"
    catalogue.delist(plan, by=factories.officer(), at=NOW)
    with pytest.raises(Refusal) as refused:
        scene.asked(company, plan)
    assert refused.value.code == "plan.not_listed"
    with pytest.raises(Refusal) as refused:
        scene.asked(company, plan, text="請回電02-2345-6789，謝謝您。")
    assert refused.value.code == "text.personal"
    assert not Question.objects.exists()


@pytest.mark.rule("R-28")
def test_the_answer_is_due_after_its_working_days_and_moves_with_a_closure(company, plan):
    question = scene.asked(company, plan)  # a Friday
    due_at = voices.answer_due(question)
    assert due_at is not None
    assert due_at.date() == date(2027, 1, 21)
    assert not voices.is_late(question, at=due_at - timedelta(seconds=1))
    assert voices.is_late(question, at=due_at)
    factories.closure(date(2027, 1, 18))
    assert voices.answer_due(question) == due_at + timedelta(days=1)
    assert not voices.is_late(scene.answered(question, at=due_at), at=due_at + timedelta(days=9))


@pytest.mark.rule("R-28")
def test_note_late_records_once_at_the_first_moment_after_the_deadline_also_a_day_later(company, plan):
    question = scene.asked(company, plan)
    due_at = voices.answer_due(question)
    assert operations.note_late(at=due_at - timedelta(seconds=1)) == 0
    assert voices.late_ids(at=due_at) == [question.pk]
    later = due_at + timedelta(days=1)  # no scan ran in between
    assert [operations.note_late(at=later) for _run in range(2)] == [1, 0]
    event = Event.objects.get(type="question.late")
    assert (event.case, event.data["due_at"]) == (question.case, due_at.isoformat())
    assert voices.late_ids(at=later) == [question.pk]
    scene.answered(question, at=later)
    assert (operations.note_late(at=later), voices.late_ids(at=later)) == (0, [])


@pytest.mark.rule("R-28")
def test_note_late_leaves_what_is_answered_hidden_or_taken_back_and_counts_anew_what_is_shown_again(
    company, plan
):
    texts = [f"第{number}個問題，請問可以匯入嗎？" for number in range(3)]
    answered, hidden, withdrawn = (scene.asked(company, plan, text=text) for text in texts)
    for act, question in (("answer", answered), ("hide", hidden), ("withdraw", withdrawn)):
        ACTS[act](question)
    late = NOW + timedelta(days=14)
    assert operations.note_late(at=late) == 0
    shown = operations.show_question(hidden, reason="查無違反", by=factories.officer(), at=late)
    due_at = voices.answer_due(shown)
    assert due_at > late
    assert [operations.note_late(at=at) for at in (late, due_at)] == [0, 1]
    assert Event.objects.get(type="question.late").case == hidden.case


ACTS = {
    "answer": scene.answered,
    "withdraw": lambda q: operations.withdraw_question(q, by=scene.by(q.company), at=NOW),
    "hide": lambda q: operations.hide_question(q, reason="與方案無關", by=factories.officer(), at=NOW),
    "show": lambda q: operations.show_question(q, reason="查無違反", by=factories.officer(), at=NOW),
}
BEFORE = {
    "ASKED": (),
    "ANSWERED": ("answer",),
    "WITHDRAWN": ("withdraw",),
    "HIDDEN": ("hide",),
    "HIDDEN with its answer": ("answer", "hide"),
}


@pytest.mark.parametrize(("act", "state"), list(itertools.product(ACTS, BEFORE)))
def test_each_act_in_each_state_does_what_the_table_says(company, plan, act, state):
    question = scene.asked(company, plan)
    for step in BEFORE[state]:
        question = ACTS[step](question)
    before = question.state
    move = QUESTION.find(act if act != "show" else "restore" if question.answer else "reopen")
    repeated = (act, state) in {("answer", "ANSWERED"), ("withdraw", "WITHDRAWN")}
    if before in move.sources or repeated:
        assert ACTS[act](question).state == move.target
    else:
        with pytest.raises(Refusal) as refused:
            ACTS[act](question)
        assert refused.value.code == "transition.not_now"
        assert Question.objects.get().state == before


def test_answer_question_refuses_another_answer(company, plan):
    question = scene.answered(scene.asked(company, plan))
    with pytest.raises(Refusal):
        scene.answered(question, text="其實不可以，請等下一版。")
    assert Question.objects.get().answer == scene.ANSWER
