"""R-27: refunds that both parties agree on, and partial ones. Money and points: docs/decisions/0026."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import COMPANY, SUPPLIER, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, binding, officers_only, only
from tcloud.orders import rules
from tcloud.orders.models import Order, RefundProposal
from tcloud.orders.operations.ending import end_dispute, end_refunded, lapse_proposals, paid_charge
from tcloud.orders.operations.invoicing import owe_credit
from tcloud.orders.operations.moving import current
from tcloud.orders.states import REFUND_PROPOSAL, REFUNDABLE
from tcloud.payments import operations as payments
from tcloud.payments import queries as payment_queries
from tcloud.points import operations as points
from tcloud.points import queries as points_queries


@transaction.atomic(durable=True)
def propose_refund(order: Order, amount_twd: int, *, reason: str, by: Actor, at: datetime) -> RefundProposal:
    """R-27: company or supplier proposes to give back `amount_twd` (whole NT$) of the cash; all that is left would end the order.

    Nothing is moved until the other agrees; no deadline stands still meanwhile. Raises Refusal `transition.not_yours`,
    `order.reason_missing`, `transition.not_now`, `member.may_not_order`, `refund.amount`, `refund.open` while another proposal waits.
    """
    only(by, COMPANY, SUPPLIER)
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請填寫退款理由，對方會看到。"))
    binding(by)
    row = current(order, at=at)
    _check_amount(row, amount_twd)
    waiting = Refusal("refund.open", _("已有一個退款提議在等待回覆，請先處理那一個。"))
    if RefundProposal.objects.filter(order=row, state="PROPOSED").exists():
        raise waiting
    try:
        with transaction.atomic():
            proposal = RefundProposal.objects.create(
                order=row, party=by.kind, amount_twd=amount_twd, reason=reason.strip(), proposed_at=at
            )
    except IntegrityError as error:
        raise waiting from error
    events.record(
        "refund_proposal.made",
        proposal,
        case=row.case,
        by=by,
        at=at,
        amount_twd=amount_twd,
        reason=reason.strip(),
    )
    return proposal


def _check_amount(order: Order, amount_twd: int) -> int:
    """What is left of the order's cash (NT$), when `amount_twd` of it may be given back."""
    if order.state not in REFUNDABLE:
        raise Refusal("transition.not_now", _("付款後到訂單完成前才能退款，請重新整理頁面查看最新進度。"))
    left = payment_queries.left_twd(paid_charge(order))
    if not 0 < amount_twd <= left:
        raise Refusal("refund.amount", _("退款金額須為1到%(left)s元。"), left=f"{left:,}")
    return left


@transaction.atomic(durable=True)
def answer_refund(
    proposal: RefundProposal, *, agree: bool, answer: str = "", by: Actor, at: datetime
) -> RefundProposal:
    """R-27: the other party agrees, and it is done at once; or it refuses and says why. Answered twice the same way, it acts once.

    Raises Refusal `refund.own` for the party that proposed it, `order.reason_missing` for a refusal without a reason, `refund.amount`,
    `transition.not_now` when it was withdrawn, answered or overtaken meanwhile.
    """
    order = current(proposal.order, at=at)
    row = RefundProposal.objects.select_for_update().get(pk=proposal.pk)
    if by.kind == row.party:
        raise Refusal("refund.own", _("這是貴方提出的退款，須由對方回覆；您可以收回它。"))
    if row.state == ("AGREED" if agree else "REFUSED"):
        return row
    if not agree and not answer.strip():
        raise Refusal("order.reason_missing", _("請填寫不同意的理由，對方會看到。"))
    said = {"answered_at": at, "answer": answer.strip()}
    if row.state == "PROPOSED" and agree:
        left = _check_amount(order, row.amount_twd)
        advance(row, REFUND_PROPOSAL, "agree", by=by, at=at, case=order.case, changes=said, announce=False)
        if row.amount_twd == left:
            end_refunded(order, reason=row.reason, by=by, at=at)
        else:
            _give_part(order, row.amount_twd, left=left, reason=row.reason, by=by, at=at)
        return row
    name = "agree" if agree else "refuse"
    advance(row, REFUND_PROPOSAL, name, by=by, at=at, case=order.case, changes=said, answer=answer.strip())
    return row


@transaction.atomic(durable=True)
def withdraw_refund(proposal: RefundProposal, *, by: Actor, at: datetime) -> RefundProposal:
    """R-27: who proposed it takes it back before it is answered. Raises Refusal `transition.not_yours`, `transition.not_now`."""
    order = current(proposal.order, at=at)
    row = RefundProposal.objects.select_for_update().get(pk=proposal.pk)
    only(by, row.party)
    if row.state != "WITHDRAWN":
        advance(row, REFUND_PROPOSAL, "withdraw", by=by, at=at, case=order.case, changes={"answered_at": at})
    return row


@transaction.atomic(durable=True)
def refund_part(order: Order, amount_twd: int, *, reason: str, by: Actor, at: datetime) -> Order:
    """R-27: an officer decides that a part of the cash goes back; a proposal of the parties lapses.

    A dispute ends with it. Raises Refusal `transition.not_yours`, `order.reason_missing`, `transition.not_now`, `refund.too_much` for all that is left: that is
    `refund`.
    """
    officers_only(by)
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請填寫退款理由，雙方都會看到。"))
    row = current(order, at=at)
    left = _check_amount(row, amount_twd)
    if amount_twd == left:
        raise Refusal("refund.too_much", _("部分退款須少於尚未退還的自付款；全額退款請用「決定退款」。"))
    lapse_proposals(row, by=by, at=at)
    _give_part(row, amount_twd, left=left, reason=reason.strip(), by=by, at=at)
    return row


def _give_part(order: Order, amount_twd: int, *, left: int, reason: str, by: Actor, at: datetime) -> None:
    """A part of the cash is owed back and the same share of the points released; what was disputed is thereby settled."""
    held = points_queries.held_for(order.number)
    released = rules.points_with_refund(held, left, amount_twd)
    refund = payments.owe_part(paid_charge(order), amount_twd, points=released, reason=reason, by=by, at=at)
    event = events.record(
        "order.part_refunded",
        order,
        case=order.case,
        by=by,
        at=at,
        amount_twd=amount_twd,
        points=released,
        reason=reason,
        ends_order=order.state == "DISPUTED",
    )
    if released:
        points.release_part(released, order_number=order.number, part=refund.pk, event=event, at=at)
    owe_credit(order, at=at)
    if order.state == "DISPUTED":
        end_dispute(order, reason=reason, by_refund=True, by=by, at=at)
