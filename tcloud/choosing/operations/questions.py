"""Asking a plan's supplier, answering, moderating."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import queries as catalogue
from tcloud.catalogue.models import Plan
from tcloud.choosing import rules
from tcloud.choosing.models import Question, Report
from tcloud.choosing.operations.common import for_everybody, hold
from tcloud.choosing.queries import voices
from tcloud.choosing.states import QUESTION
from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.members.models import Company, User


@transaction.atomic(durable=True)
def ask(
    company: Company,
    plan: Plan,
    text: str,
    *,
    is_private: bool,
    working_days: int,
    user: User,
    by: Actor,
    at: datetime,
) -> Question:
    """Ask the supplier of a listed plan, who is to answer within `working_days`. The same open question again is the earlier one.

    Raises Refusal `plan.not_listed`, `question.no_supplier`, `question.own_plan`, `question.too_many`, `text.length`, `text.personal`.
    """
    said = for_everybody(text)
    offered = catalogue.for_ordering(plan.pk)
    if offered is None:
        raise Refusal("plan.not_listed", _("這個方案已下架，請選擇其他方案。"))
    if not offered.takes_orders:
        raise Refusal("question.no_supplier", _("這是公開資訊的參考方案，供應商不在本平台，無法提問。"))
    if offered.company_id == company.pk:
        raise Refusal("question.own_plan", _("不能向自己的公司提問。"))
    hold(company)
    waiting = Question.objects.filter(company=company, plan=plan, state=Question.State.ASKED)
    if earlier := waiting.filter(text=said, is_private=is_private).first():
        return earlier
    if waiting.count() >= rules.MOST_OPEN_QUESTIONS:
        raise Refusal(
            "question.too_many",
            _("貴公司對這個方案還有%(most)s則提問等待回覆，請等供應商回覆後再問。"),
            most=rules.MOST_OPEN_QUESTIONS,
        )
    made = Question.objects.create(
        company=company,
        plan=plan,
        asked_by=user,
        asked_at=at,
        text=said,
        is_private=is_private,
        answer_working_days=working_days,
    )
    events.record("question.asked", made, case=made.case, by=by, at=at, plan=plan.code)
    return made


def _locked(question: Question) -> Question:
    held = Question.objects.select_for_update(of=("self",))
    return held.select_related("company", "plan__solution__supplier__company").get(pk=question.pk)


@transaction.atomic(durable=True)
def answer_question(question: Question, text: str, *, by: Actor, at: datetime) -> Question:
    """The supplier's answer, which publishes the question unless it is private. The same answer again changes nothing.

    Raises Refusal `transition.not_now` when it is answered otherwise, hidden or withdrawn; `text.length`, `text.personal`.
    """
    said = for_everybody(text)
    row = _locked(question)
    if row.state == Question.State.ANSWERED and row.answer == said:
        return row
    changes: dict[str, Any] = {"answer": said, "answered_at": at, "answered_by_id": by.user_id}
    due_at = voices.answer_due(row)
    if row.in_time is None and due_at is not None:
        changes["in_time"] = at < due_at
    advance(row, QUESTION, "answer", by=by, at=at, case=row.case, changes=changes)
    return row


@transaction.atomic(durable=True)
def withdraw_question(question: Question, *, by: Actor, at: datetime) -> Question:
    """The company needs no answer any more; harmless to repeat."""
    row = _locked(question)
    if row.state != Question.State.WITHDRAWN:
        advance(row, QUESTION, "withdraw", by=by, at=at, case=row.case, announce=False)
    return row


@transaction.atomic(durable=True)
def hide_question(question: Question, *, reason: str, by: Actor, at: datetime) -> Question:
    """An officer hides a question with its answer; the asker is told why. Open reports of it are handled."""
    row = _locked(question)
    changes = {"hidden_reason": reason}
    advance(row, QUESTION, "hide", by=by, at=at, case=row.case, changes=changes, reason=reason)
    Report.objects.filter(question=row, handled_at=None).update(handled_at=at)
    return row


@transaction.atomic(durable=True)
def show_question(question: Question, *, reason: str, by: Actor, at: datetime) -> Question:
    """An officer brings a hidden question back to where it was: answered, or waiting for its answer, with the whole time for it."""
    row = _locked(question)
    move, changes = ("restore", {}) if row.answer else ("reopen", {"reopened_at": at})
    advance(row, QUESTION, move, by=by, at=at, case=row.case, changes=changes, reason=reason)
    return row


@transaction.atomic(durable=True)
def note_late(*, at: datetime, limit: int = 50) -> int:
    """R-28: waiting questions whose answer is overdue, each recorded once; supplier and asker are written to. One batch; returns how many."""
    rows = (
        Question.objects.filter(pk__in=voices.late_ids(at=at, unnoted=True))
        .filter(state=Question.State.ASKED, in_time=None)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("plan__solution__supplier__company")
        .order_by("pk")
    )
    late = [row for row in rows[:limit] if voices.is_late(row, at=at)]  # as it is now that the row is held
    Question.objects.filter(pk__in=[row.pk for row in late]).update(in_time=False)
    for row in late:
        due_at = voices.answer_due(row)
        events.record(
            "question.late", row, case=row.case, by=THE_SYSTEM, at=at,
            due_at=due_at.isoformat() if due_at else "",
        )  # fmt: skip
    return len(late)
