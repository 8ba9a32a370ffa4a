"""Canned answers: agents keep them, no change is lost, and the record tells what they said."""

import pytest

from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tcloud.support.models import CannedAnswer
from tcloud.support.operations import answers
from tcloud.support.queries import chat as queries
from tests import factories
from tests.factories import NOW
from tests.support import chats

pytestmark = pytest.mark.django_db
SAID = {"title": "點數期限", "body": "三個月內用完。", "body_en": "Use them within three months."}


def save(answer=None, *, version=0, by=None, **changes):
    by = by or chats.acting(chats.agent())
    return answers.save_answer(answer, **SAID | changes, version=version, by=by, at=NOW)


def test_save_answer_writes_changes_and_retires():
    made = save()
    changed = save(made, body="一個月內啟用。")
    assert [row.body for row in queries.answers()] == ["一個月內啟用。"]
    with pytest.raises(Stale):
        save(made, body="別的")
    answers.retire_answer(changed, version=1, by=chats.acting(chats.agent()), at=NOW)
    assert not queries.answers()
    assert save().title == made.title
    kinds = Event.objects.filter(case=answers.CASE).order_by("id").values_list("type", flat=True)
    assert list(kinds) == ["answer.written", "answer.changed", "answer.retired", "answer.written"]


@pytest.mark.parametrize(
    ("changes", "code"), [({"body_en": " "}, "answer.incomplete"), ({}, "answer.title_taken")]
)
def test_save_answer_refuses(changes, code):
    save()
    with pytest.raises(Refusal) as refused:
        save(**changes)
    assert refused.value.code == code
    assert CannedAnswer.objects.count() == 1


def test_answers_are_the_agents():
    made = save()
    officer = factories.officer()
    for act in (lambda: save(by=officer), lambda: answers.retire_answer(made, version=0, by=officer, at=NOW)):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "transition.not_yours"
    assert list(queries.answers()) == [made]
