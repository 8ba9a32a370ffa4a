"""How an order ends: withdrawn, confirmed, disputed, refunded (R-26, R-27)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, officers_only
from tcloud.orders import obligations
from tcloud.orders.models import Obligation, Order, RefundProposal
from tcloud.orders.operations.invoicing import owe_credit
from tcloud.orders.operations.locking import locked
from tcloud.orders.operations.moving import current
from tcloud.orders.operations.renewing import service_term
from tcloud.orders.states import ORDER, REFUND_PROPOSAL
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge
from tcloud.points import operations as points


@transaction.atomic(durable=True)
def withdraw(order: Order, *, reason: str = "", by: Actor, at: datetime) -> Order:
    """R-27: the company takes its order back before the supplier has accepted; its points return."""
    row = locked(order)
    event = advance(
        row, ORDER, "withdraw", by=by, at=at, case=row.case,
        changes={"reason": reason.strip(), "ended_at": at}, reason=reason.strip(),
    )  # fmt: skip
    points.release(order_number=row.number, event=event, at=at)
    obligations.lift_rest(row, at=at)
    return row


def complete(
    order: Order,
    *,
    transition: str,
    reason: str = "",
    confirmed_at: datetime | None = None,
    by: Actor,
    at: datetime,
    **data: Any,
) -> Order:
    """The service was received: the points are redeemed and owed to the supplier (R-18). Call with the row locked.

    The term of the service runs from the day of its confirmation (contract, article 2): `confirmed_at` where that was not `at`. `data` goes
    into the event.
    """
    said = data | ({"reason": reason} if reason else {})
    term = service_term(order, confirmed_at=confirmed_at or at)
    event = advance(
        order, ORDER, transition, by=by, at=at, case=order.case,
        changes={"ended_at": at, "reason": reason, **term}, **said,
    )  # fmt: skip
    supplier = order.supplier.company
    if supplier is None:
        raise LookupError(f"supplier {order.supplier.slug} is no company")
    points.redeem(order_number=order.number, supplier_ubn=supplier.ubn, event=event, at=at)
    obligations.fulfil(order, Obligation.Kind.CONFIRM, at=at)
    obligations.lift(order, Obligation.Kind.DELIVER, at=at)  # disputed before the supplier had reported it
    lapse_proposals(order, by=by, at=at)
    return order


@transaction.atomic(durable=True)
def confirm(order: Order, *, by: Actor, at: datetime) -> Order:
    """R-26: the company confirms that it received the service. Repeated, it is confirmed once."""
    row = current(order, at=at)
    return row if row.state == "COMPLETED" else complete(row, transition="confirm", by=by, at=at)


@transaction.atomic(durable=True)
def dispute(order: Order, *, reason: str, by: Actor, at: datetime) -> Order:
    """R-26, R-27: the company disputes the service; nothing is confirmed by silence until the supplier has delivered again.

    What the supplier still owes stays owed, as it can be done. The dispute ends with another delivery, by `withdraw_dispute`, by what an
    officer decides, or by a refund that both agree on.

    Raises Refusal `order.reason_missing`; `deadline.passed` once its silence counts as confirmation, whether or not the scan has run.
    """
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請說明爭議的內容，供應商與執行單位會看到。"))
    row = current(order, at=at)
    if row.state == "DELIVERED" and obligations.passed(row, Obligation.Kind.CONFIRM, at=at):
        raise Refusal("deadline.passed", _("確認服務的期限已過，依規定視為已確認；如有問題請洽客服專線。"))
    advance(
        row, ORDER, "dispute", by=by, at=at, case=row.case, changes={"reason": reason.strip()},
        reason=reason.strip(),
    )  # fmt: skip
    obligations.lift(row, Obligation.Kind.CONFIRM, at=at)
    return row


@transaction.atomic(durable=True)
def withdraw_dispute(order: Order, *, by: Actor, at: datetime) -> Order:
    """R-26: the company takes its dispute back and confirms that it received the service. Repeated, it is confirmed once."""
    row = current(order, at=at)
    return row if row.state == "COMPLETED" else complete(row, transition="withdraw_dispute", by=by, at=at)


@transaction.atomic(durable=True)
def settle_dispute(order: Order, *, reason: str, by: Actor, at: datetime) -> Order:
    """R-27: an officer finds that the service was provided. Raises Refusal `transition.not_yours`, `order.reason_missing`."""
    officers_only(by)
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請填寫處理結果與理由，雙方都會看到。"))
    return end_dispute(current(order, at=at), reason=reason.strip(), by=by, at=at)


def end_dispute(order: Order, *, reason: str, by_refund: bool = False, by: Actor, at: datetime) -> Order:
    """The dispute is over and the service counts as received; `by_refund` of a part. Call with the row locked."""
    return complete(order, transition="settle_dispute", reason=reason, by_refund=by_refund, by=by, at=at)


@transaction.atomic(durable=True)
def refund(order: Order, *, reason: str, by: Actor, at: datetime) -> Order:
    """R-27: an officer ends a paid order: the money is owed back through the gateway, the points return by R-16.

    Its invoice is to be voided or given back by an allowance; that is owed from now on. What was given back in part before stays given
    back; a proposal of the parties lapses. Raises Refusal `transition.not_yours`, `order.reason_missing`, `transition.not_now`,
    `calendar.missing`.
    """
    officers_only(by)
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請填寫退款理由，雙方都會看到。"))
    row = current(order, at=at)
    end_refunded(row, reason=reason.strip(), by=by, at=at)
    lapse_proposals(row, by=by, at=at)
    return row


def end_refunded(order: Order, *, reason: str, by: Actor, at: datetime) -> None:
    """The order is over and all that is left of its cash is owed back. Call with the row locked. Raises Refusal `calendar.missing`."""
    event = advance(
        order, ORDER, "refund", by=by, at=at, case=order.case,
        changes={"reason": reason, "ended_at": at}, reason=reason,
    )  # fmt: skip
    charge = paid_charge(order)
    payments.owe_back(
        charge,
        paid_at=charge.paid_at or at,
        gateway_trade_no=charge.gateway_trade_no,
        method=charge.method,
        reason=reason,
        by=by,
        at=at,
    )
    points.release(order_number=order.number, event=event, at=at)
    obligations.lift_rest(order, at=at)
    owe_credit(order, at=at)


def paid_charge(order: Order) -> Charge:
    """The charge that paid the order, locked. Raises Charge.DoesNotExist."""
    return Charge.objects.select_for_update().get(order_number=order.number, state="PAID")


def lapse_proposals(order: Order, *, by: Actor, at: datetime) -> None:
    """R-27: what the parties had not agreed on when the order ended."""
    for proposal in RefundProposal.objects.filter(order=order, state="PROPOSED"):
        advance(proposal, REFUND_PROPOSAL, "lapse", by=by, at=at, case=order.case, announce=False,
                changes={"answered_at": at})  # fmt: skip
