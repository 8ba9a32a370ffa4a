"""Answering the self-assessment; completing it grants the points (R-11)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.assessment import rules
from tcloud.assessment.models import Assessment, Questionnaire
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company, User
from tcloud.points import operations as points
from tcloud.points import queries as points_queries
from tcloud.points.models import Grant, WaitingEntry
from tcloud.programme.models import Programme


@transaction.atomic(durable=True)
def start(programme: Programme, company: Company, *, by: Actor, at: datetime) -> Assessment:
    """Begin, or go on with the one begun: a company has one assessment an admission. Running answers keep their questionnaire.

    R-13: a company admitted again begins with the answers it gave before, as far as the questions are still the same.
    Raises Refusal `points.not_a_participant`.
    """
    admission = points_queries.admission(programme, company)
    if not admission:
        raise Refusal("points.not_a_participant", _("貴公司尚未完成加入會員與資格查驗。"))
    questionnaire = Questionnaire.objects.filter(state="PUBLISHED").latest("number")
    of = {"programme": programme, "company": company}
    return Assessment.objects.get_or_create(
        **of,
        admission=admission,
        defaults={
            "questionnaire": questionnaire,
            "answers": _earlier(of, admission, questionnaire),
            "started_at": at,
            "saved_at": at,
        },
    )[0]


def _earlier(of: dict[str, Any], admission: int, questionnaire: Questionnaire) -> dict[str, Any]:
    """The answers given at the admission before, to questions that still read the same."""
    rows = Assessment.objects.select_related("questionnaire").filter(**of, admission=admission - 1)
    earlier = rows.first()
    if earlier is None:
        return {}
    return rules.carried(earlier.questionnaire.content, questionnaire.content, earlier.answers)


def _locked(assessment: Assessment) -> Assessment:
    """The row alone is held: the questionnaire and the edition are everybody's."""
    rows = Assessment.objects.select_for_update(of=("self",)).select_related(
        "questionnaire", "programme", "company"
    )
    return rows.get(pk=assessment.pk)


@transaction.atomic(durable=True)
def save_answers(
    assessment: Assessment,
    area: str,
    answers: dict[str, Any],
    *,
    drawn: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime,
) -> list[rules.Problem]:
    """Keep the answers of one area, complete or not, and say what is still wrong with them. Nothing typed is lost.

    `drawn` are the questions of the page with the answers it showed when opened ({code: answer or None}): what was not changed on it
    is left as kept now, so that a page left open elsewhere undoes nothing. Without it the answers count for the whole area.
    Raises Refusal `assessment.completed`.
    """
    locked = _locked(assessment)
    if locked.completed_at:
        raise Refusal("assessment.completed", _("自評表已送出，答案不能再修改。"))
    content = locked.questionnaire.content
    own = [question["code"] for question in content["questions"] if question["area"] == area]
    shown_before = locked.answers if drawn is None else drawn
    locked.answers = rules.merged(
        locked.answers,
        answers,
        drawn=shown_before,
        asked=own if drawn is None else [code for code in own if code in drawn or code in answers],
    )
    locked.saved_at = at
    locked.save(update_fields=["answers", "saved_at"])
    return rules.problems(content, locked.answers, area=area)


@transaction.atomic(durable=True)
def complete(assessment: Assessment, *, user: User, by: Actor, at: datetime) -> Grant | WaitingEntry:
    """R-11: send the assessment and receive the points, once: a second sending gets the same answer and grants nothing.

    R-12: without budget the company joins the waiting list. Raises Refusal `assessment.incomplete` and those of `points.grant`.
    """
    locked = _locked(assessment)
    if locked.completed_at:
        return _outcome(locked)
    content = locked.questionnaire.content
    missing = rules.problems(content, locked.answers)
    if missing:
        raise Refusal("assessment.incomplete", _("還有 %(count)s 題需要回答或修正。"), count=len(missing))
    locked.profile = asdict(rules.profile(content, locked.answers))
    locked.completed_at, locked.completed_by, locked.saved_at = at, user, at
    locked.save(update_fields=["profile", "completed_at", "completed_by", "saved_at"])
    events.record("assessment.completed", locked, case=locked.case, by=by, at=at, announce=False)
    return points.grant(locked.programme, locked.company, by=by, at=at)


def _outcome(assessment: Assessment) -> Grant | WaitingEntry:
    of = {"programme": assessment.programme, "company": assessment.company}
    granted = Grant.objects.filter(**of, admission=assessment.admission).first()
    return granted or WaitingEntry.objects.filter(**of).latest("pk")
