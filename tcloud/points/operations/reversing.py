"""A grant taken back by two officers: one gives the reason, another decides (R-18: a correction is a new transfer)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, officers_only, person
from tcloud.ledger import operations as ledger
from tcloud.ledger import queries as ledger_queries
from tcloud.points.models import Grant, Reversal
from tcloud.points.operations.cases import case_of_row
from tcloud.points.operations.taking_back import take_back_entry
from tcloud.points.states import REVERSAL


@transaction.atomic(durable=True)
def request_reversal(grant: Grant, *, reason: str, by: Actor, at: datetime) -> Reversal:
    """An officer asks that a grant be taken back. Nothing moves until another officer approves.

    Raises Refusal `points.reason_missing`, `points.grant_closed`, `points.reversal_open`, `transition.not_yours`.
    """
    officers_only(by)
    if not reason.strip():
        raise Refusal("points.reason_missing", _("請填寫撤銷的理由，理由會通知企業。"))
    held = Grant.objects.select_for_update().get(pk=grant.pk)
    if held.closed_as:
        raise Refusal("points.grant_closed", _("這筆點數已經收回，不需要撤銷。"))
    try:
        with transaction.atomic():
            made = Reversal.objects.create(
                grant=held, reason=reason.strip(), requested_by_id=person(by), requested_at=at
            )
    except IntegrityError as error:
        raise Refusal("points.reversal_open", _("這筆點數已有一件撤銷案等待另一位承辦人員決定。")) from error
    events.record(
        "points.reversal_requested",
        held,
        case=case_of_row(held),
        by=by,
        at=at,
        reason=made.reason,
        reversal=made.pk,
    )
    return made


@transaction.atomic(durable=True)
def approve_reversal(reversal: Reversal, *, remark: str = "", by: Actor, at: datetime) -> Grant:
    """A second officer approves: the free points go back at once, points of live orders when these end without service (R-16).

    A company whose grant was reversed gets no other grant of the edition. Raises Refusal `points.same_officer`,
    `points.grant_closed`, `transition.not_now`, `transition.not_yours`; Stale.
    """
    row, held = _locked(reversal)
    if held.closed_as:
        raise Refusal("points.grant_closed", _("這筆點數已經收回，不需要撤銷；請將這件撤銷案退回。"))
    event = _decide(row, held, "approve", remark=remark, by=by, at=at, announce=True)
    Grant.objects.filter(pk=held.pk).update(
        closed_at=at, closed_as=Grant.Closed.REVERSED, next_notice_at=None
    )
    free = ledger_queries.balance(held.available_key)
    if free:
        ledger.transfer([take_back_entry(held, "reverse", free)], event=event, at=at)
    held.refresh_from_db()
    return held


@transaction.atomic(durable=True)
def reject_reversal(reversal: Reversal, *, remark: str, by: Actor, at: datetime) -> Reversal:
    """A second officer does not agree; the grant goes on. Raises Refusal as `approve_reversal`, and `points.reason_missing`."""
    if not remark.strip():
        raise Refusal("points.reason_missing", _("請填寫不同意撤銷的理由。"))
    row, held = _locked(reversal)
    _decide(row, held, "reject", remark=remark, by=by, at=at, announce=False)
    return row


@transaction.atomic(durable=True)
def withdraw_reversal(reversal: Reversal, *, by: Actor, at: datetime) -> Reversal:
    """The officer who asked takes it back. Raises Refusal `points.other_officer`, `transition.not_now`."""
    row, held = _locked(reversal)
    if by.user_id != row.requested_by_id:
        raise Refusal("points.other_officer", _("只有提出的承辦人員可以取消這件撤銷案。"))
    advance(row, REVERSAL, "withdraw", by=by, at=at, case=case_of_row(held), announce=False)
    return row


def _locked(reversal: Reversal) -> tuple[Reversal, Grant]:
    """The grant first, then the case about it, as `request_reversal` does."""
    grant = Grant.objects.select_for_update().get(pk=reversal.grant_id)
    return Reversal.objects.select_for_update().get(pk=reversal.pk), grant


def _decide(
    row: Reversal, grant: Grant, name: str, *, remark: str, by: Actor, at: datetime, announce: bool
) -> Event:
    if by.user_id == row.requested_by_id:
        raise Refusal("points.same_officer", _("提出撤銷的人不能自己決定，請由另一位承辦人員辦理。"))
    decided = {"decided_by_id": by.user_id, "decided_at": at, "remark": remark.strip()}
    return advance(
        row, REVERSAL, name, by=by, at=at, case=case_of_row(grant), changes=decided, announce=announce,
        reason=row.reason, remark=remark.strip(), grant=grant.pk,
    )  # fmt: skip
