"""What the supplier does: accept or decline, deliver (R-22, R-25). Its invoices: invoicing.py."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.contracts import operations as contracts
from tcloud.contracts.models import SigningSession
from tcloud.contracts.sealing import SealingServices
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.orders import obligations
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.moving import current
from tcloud.orders.states import ORDER
from tcloud.payments import operations as payments
from tcloud.payments import queries as payment_queries
from tcloud.points import operations as points


def _still_to_accept(order: Order, *, at: datetime) -> None:
    if obligations.passed(order, Obligation.Kind.ACCEPT, at=at):
        raise Refusal("deadline.passed", _("期限已過，這張訂單已不能接單。"))


def accept(
    order: Order,
    session: SigningSession,
    signature: bytes,
    *,
    services: SealingServices,
    by: Actor,
    at: datetime,
) -> Order:
    """R-20, R-22: the supplier countersigns with its card and thereby accepts; the company's time to pay begins (R-23).

    A second sending of the same acceptance gets the same order back. Raises Refusal `deadline.passed`, those of `contracts.seal` and
    `contracts.finish_signature`, `transition.not_now`.
    """
    if session.contract_id != order.contract_id:
        raise Refusal("contract.not_this_order", _("簽署的契約不是這張訂單的契約。"))
    try:
        sealed = contracts.seal(session, signature, services=services, at=at)
    except Refusal as refusal:
        return _already_accepted(order, session, refusal, at=at)
    return _accept(order, session, sealed, by=by, at=at)


@transaction.atomic(durable=True)
def _already_accepted(order: Order, session: SigningSession, refusal: Refusal, *, at: datetime) -> Order:
    """The order when this session has accepted it before. Raises what the order itself objects to, else the refusal of the signature."""
    row = current(order, at=at)
    if row.state == "SUBMITTED":
        _still_to_accept(row, at=at)
    elif row.accepted_at and session.used_at:
        return row
    raise refusal


@transaction.atomic(durable=True)
def _accept(order: Order, session: SigningSession, sealed: bytes, *, by: Actor, at: datetime) -> Order:
    row = current(order, at=at)
    session.refresh_from_db(fields=["used_at"])  # of two sendings at once the second sees the first
    if row.state != "SUBMITTED" and row.accepted_at and session.used_at:
        return row
    if session.contract_id != row.contract_id:
        raise Refusal("contract.not_this_order", _("簽署的契約不是這張訂單的契約。"))
    _still_to_accept(row, at=at)
    advance(row, ORDER, "accept", by=by, at=at, case=row.case, changes={"accepted_at": at})
    contracts.finish_signature(session, sealed, by=by, at=at)
    obligations.fulfil(row, Obligation.Kind.ACCEPT, at=at)
    (pay,) = obligations.begin(row, "accept", at=at)
    account = payment_queries.gateway_account_of(row.supplier.company_id)
    payments.open_charge(row.number, row.cash_twd, account=account, expires_at=pay.due_at, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def decline(order: Order, *, reason: str, by: Actor, at: datetime) -> Order:
    """R-22: the supplier does not take the order and says why; the points go back.

    Raises Refusal `order.reason_missing`, `deadline.passed`, `transition.not_now`.
    """
    if not reason.strip():
        raise Refusal("order.reason_missing", _("請填寫不接單的理由，理由會通知企業。"))
    row = current(order, at=at)
    if row.state == "SUBMITTED":
        _still_to_accept(row, at=at)
    event = advance(
        row, ORDER, "decline", by=by, at=at, case=row.case,
        changes={"reason": reason.strip(), "ended_at": at}, reason=reason.strip(),
    )  # fmt: skip
    points.release(order_number=row.number, event=event, at=at)
    obligations.fulfil(row, Obligation.Kind.ACCEPT, at=at)
    obligations.lift_rest(row, at=at)
    return row


@transaction.atomic(durable=True)
def deliver(order: Order, *, note: str, by: Actor, at: datetime) -> Order:
    """R-25: the service is provided; `note` tells the company how to begin. Its time to confirm begins (R-26).

    In a dispute it is provided again, or at last: the dispute is over, and the time to confirm begins anew, as the contract says.
    """
    if not note.strip():
        raise Refusal("order.note_missing", _("請說明服務如何開始使用（例如登入網址與帳號寄送方式）。"))
    row = current(order, at=at)
    advance(
        row, ORDER, "deliver", by=by, at=at, case=row.case,
        changes={"delivered_at": at, "delivery_note": note.strip(), "reason": ""},
        note=note.strip(),
    )  # fmt: skip
    if obligations.fulfil(row, Obligation.Kind.DELIVER, at=at):  # late, and no scan had found it
        events.record("order.delivery_missed", row, case=row.case, by=by, at=at, announce=False)
    obligations.begin(row, "deliver", at=at)
    return row
