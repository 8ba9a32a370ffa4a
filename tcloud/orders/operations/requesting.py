"""A colleague without the right to order prepares a draft and asks; who has the right approves it or sends it back, once.

Every act holds the order's row first, so that of an answer, a withdrawal, and a contract drawn up at the same moment one is first and the
others see it. The event belongs to the company's own case: the supplier reads the order's.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.members.models import User
from tcloud.orders.models import DraftRequest, Order
from tcloud.orders.operations.locking import locked
from tcloud.orders.states import DRAFT_REQUEST


@transaction.atomic(durable=True)
def ask(order: Order, *, note: str, user: User, by: Actor, at: datetime) -> DraftRequest:
    """Ask who may order to sign and send this draft; the letter carries the `note`. Asked twice, it is one request.

    Raises Refusal `draft_request.not_needed` to who may order herself, `transition.not_now` once the order is no bare draft.
    """
    if by.may_bind:
        raise Refusal("draft_request.not_needed", _("您有訂購權限，可以直接簽署並送出，不需要送請核准。"))
    row = locked(order, "company")
    if row.state != "DRAFT" or row.contract_id:
        raise Refusal("transition.not_now", _("這張訂單已在簽署或已送出，不需要再送請核准。"))
    if waiting := DraftRequest.objects.filter(order=row, state="ASKED").first():
        return waiting
    made = DraftRequest.objects.create(order=row, note=note.strip(), asked_by=user, asked_at=at)
    events.record("draft_request.asked", made, case=made.case, by=by, at=at, order=row.number)
    return made


def _move(request: DraftRequest, name: str, *, by: Actor, at: datetime, **changes: Any) -> DraftRequest:
    locked(request.order, "company")
    row = (
        DraftRequest.objects.select_for_update(of=("self",))
        .select_related("order__company")
        .get(pk=request.pk)
    )
    if row.state != "ASKED":
        raise Refusal(
            "draft_request.answered",
            _("這個請求已經處理過（%(state)s），請重新整理頁面。"),
            state=row.get_state_display(),
        )
    advance(
        row, DRAFT_REQUEST, name, by=by, at=at, case=row.case, changes=changes, order=row.order.number,
        announce=name != "withdraw",
    )  # fmt: skip
    return row


@transaction.atomic(durable=True)
def approve(request: DraftRequest, *, user: User, by: Actor, at: datetime) -> DraftRequest:
    """Who may order takes the draft over: the contract is drawn up, signed and sent as with every order; nothing is bound yet.

    Raises Refusal `member.may_not_order`, `draft_request.answered`.
    """
    return _move(request, "approve", by=by, at=at, answered_by=user, answered_at=at)


@transaction.atomic(durable=True)
def send_back(request: DraftRequest, *, reason: str, user: User, by: Actor, at: datetime) -> DraftRequest:
    """The draft goes back with a reason; the colleague may change it and ask again.

    Raises Refusal `order.reason_missing`, `member.may_not_order`, `draft_request.answered`.
    """
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請寫明退回的原因，同事會收到通知。"))
    return _move(request, "send_back", by=by, at=at, reason=reason.strip(), answered_by=user, answered_at=at)


@transaction.atomic(durable=True)
def withdraw_request(request: DraftRequest, *, by: Actor, at: datetime) -> DraftRequest:
    """Who asked takes the request back. Raises Refusal `draft_request.not_yours`, `draft_request.answered`."""
    if request.asked_by_id != by.user_id:
        raise Refusal("draft_request.not_yours", _("只有提出請求的人可以收回。"))
    return _move(request, "withdraw", by=by, at=at)


def withdraw_open(order: Order, *, by: Actor, at: datetime) -> None:
    """The draft is thrown away: nobody waits for an answer any more. Call with the order locked."""
    for waiting in DraftRequest.objects.filter(order=order, state="ASKED"):
        _move(waiting, "withdraw", by=by, at=at)


def check_answered(order: Order) -> None:
    """A contract is not drawn up past a colleague who waits for an answer. Call with the order locked. Raises Refusal `draft_request.open`."""
    if DraftRequest.objects.filter(order=order, state="ASKED").exists():
        raise Refusal("draft_request.open", _("同事正在等候核准這份草稿，請先核准或退回，再簽署契約。"))
