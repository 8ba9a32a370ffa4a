"""Reporting a review or an answered question; letting it stand."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.choosing.models import Question, Report, Review
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import User


@transaction.atomic(durable=True)
def report_review(review: Review, *, why: str, note: str, user: User, by: Actor, at: datetime) -> Report:
    """Tell the officers that a review should not stand there; once a person. Raises Refusal `report.gone`."""
    row = Review.objects.select_for_update().get(pk=review.pk)
    if row.state != Review.State.PUBLISHED:
        raise _gone()
    return _report(row, {"review": row}, why=why, note=note, user=user, by=by, at=at)


@transaction.atomic(durable=True)
def report_question(
    question: Question, *, why: str, note: str, user: User, by: Actor, at: datetime
) -> Report:
    """Tell the officers that a published question or its answer should not stand there; once a person. Raises Refusal `report.gone`."""
    row = Question.objects.select_for_update().get(pk=question.pk)
    if row.state != Question.State.ANSWERED or row.is_private:
        raise _gone()
    return _report(row, {"question": row}, why=why, note=note, user=user, by=by, at=at)


def _gone() -> Refusal:
    return Refusal("report.gone", _("這段內容已經沒有公開，不需要檢舉。"))


def _report(
    row: Review | Question, of: dict[str, Any], *, why: str, note: str, user: User, by: Actor, at: datetime
) -> Report:
    made, new = Report.objects.get_or_create(
        **of, reported_by=user, defaults={"why": why, "note": note, "reported_at": at}
    )
    if new:
        kind = next(iter(of))
        events.record(f"{kind}.reported", row, case=row.case, by=by, at=at, announce=False, why=why)
    return made


@transaction.atomic(durable=True)
def let_stand(row: Review | Question, *, reason: str, by: Actor, at: datetime) -> int:
    """An officer has looked at the open reports and leaves it published. Returns how many reports were handled."""
    type(row)._default_manager.select_for_update().get(pk=row.pk)
    open_ones = Report.objects.filter(handled_at=None)
    mine = open_ones.filter(review=row) if isinstance(row, Review) else open_ones.filter(question=row)
    handled = mine.update(handled_at=at)
    if handled:
        kind = "review" if isinstance(row, Review) else "question"
        events.record(
            f"{kind}.reports_handled", row, case=row.case, by=by, at=at, announce=False, reason=reason
        )
    return handled
