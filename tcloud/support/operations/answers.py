"""Canned answers: written, changed and retired by the agents who use them (R-34)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import SUPPORT, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import only
from tcloud.support.models import CannedAnswer

CASE = "support/answers"


@transaction.atomic(durable=True)
def save_answer(
    answer: CannedAnswer | None, *, title: str, body: str, body_en: str, version: int, by: Actor, at: datetime
) -> CannedAnswer:
    """Write an answer (None: a new one). `version` is that of the answer the agent saw.

    Raises Refusal `answer.title_taken`, `answer.incomplete`, `transition.not_yours`; Stale.
    """
    only(by, SUPPORT)
    said = {"title": title.strip(), "body": body.strip(), "body_en": body_en.strip()}
    if not all(said.values()):
        raise Refusal("answer.incomplete", _("請填寫標題與兩種語言的內容。"))
    try:
        with transaction.atomic():
            saved = _saved(answer, said, version=version, at=at)
    except IntegrityError as error:
        raise Refusal("answer.title_taken", _("已有同樣標題的常用回覆，請換一個標題。")) from error
    kind = "answer.changed" if answer else "answer.written"
    events.record(kind, saved, case=CASE, by=by, at=at, announce=False, **said)
    return saved


def _saved(answer: CannedAnswer | None, said: dict[str, str], *, version: int, at: datetime) -> CannedAnswer:
    if answer is None:
        return CannedAnswer.objects.create(**said, changed_at=at)
    mine = CannedAnswer.objects.filter(pk=answer.pk, version=version, retired_at=None)
    if not mine.update(**said, version=version + 1, changed_at=at):
        raise Stale()
    return CannedAnswer.objects.get(pk=answer.pk)


@transaction.atomic(durable=True)
def retire_answer(answer: CannedAnswer, *, version: int, by: Actor, at: datetime) -> None:
    """The answer is no longer offered. Raises Refusal `transition.not_yours`; Stale."""
    only(by, SUPPORT)
    mine = CannedAnswer.objects.filter(pk=answer.pk, version=version, retired_at=None)
    if not mine.update(retired_at=at, version=version + 1):
        raise Stale()
    events.record("answer.retired", answer, case=CASE, by=by, at=at, announce=False, title=answer.title)
