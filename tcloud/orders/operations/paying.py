"""The company's part: checkout, the gateway's callback, and our own query (R-23, R-30)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.gateway_port import Callback as GatewayCallback
from tcloud.adapters.gateway_port import (
    CheckoutForm,
    CodesMessage,
    ForgedCallback,
    GatewayError,
    MessageRefused,
    Method,
    PaymentGateway,
    QueryResult,
)
from tcloud.core import calendar, events
from tcloud.core.actors import THE_GATEWAY, THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.orders import obligations
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.moving import current
from tcloud.orders.states import ORDER
from tcloud.payments import operations as payments
from tcloud.payments import queries as payment_queries
from tcloud.payments import rules
from tcloud.payments.gateway import of_charge
from tcloud.payments.models import Charge, GatewayMessage

QUERY_AGAIN_AFTER: Final = timedelta(minutes=30)
UNPAID: Final = ("OPEN", "CLOSED")
NO_CALENDAR: Final = "no_calendar"


@transaction.atomic(durable=True)
def checkout(
    order: Order,
    *,
    gateway: PaymentGateway,
    site_url: str,
    method: Method = Method.CARD,
    by: Actor,
    at: datetime,
) -> CheckoutForm:
    """R-23: the payment link: a form to the gateway for the order's one live charge, with a trade number it has not seen.

    It goes to the supplier's own account where it has one. A number that was handed over before, or made with an account no longer
    used, is renewed. Raises Refusal `charge.not_open`, `charge.expired`, `charge.method`, `charge.too_many`, `charge.no_gateway`,
    `calendar.missing`.
    """
    row = current(order, at=at)
    charge = Charge.objects.select_for_update().filter(order_number=row.number).latest("id")
    account = payment_queries.gateway_account_of(row.supplier.company_id)
    used_up = charge.next_query_at is not None or charge.account != account
    if row.state == "ACCEPTED" and charge.state == "OPEN" and used_up and at < charge.expires_at:
        charge = payments.renew_charge(charge, account=account, by=by, at=at)
    try:
        own = of_charge(charge, gateway)
    except GatewayError as error:
        raise Refusal(
            "charge.no_gateway", _("供應商的收款設定暫時不能使用，請稍後再試或洽客服專線。")
        ) from error
    return payments.checkout(
        charge,
        gateway=own,
        description=f"{row.programme.name} {row.number}",
        item=f"{row.plan_version.name}（自付款）",
        site_url=site_url,
        back_url=f"{site_url}/member/orders/{row.number}/payment/result/",
        method=method,
        at=at,
    )


def receive_callback(
    body: str,
    fields: dict[str, str],
    *,
    gateway: PaymentGateway,
    account_id: int | None = None,
    remote_address: str,
    at: datetime,
) -> str:
    """R-30: take a callback: kept raw first, then judged. Returns the verdict; any but "forged" and "malformed" is to be answered 1|OK.

    `gateway` is that of the supplier's account `account_id`, or the programme's own. Repeats, late and out-of-order callbacks are
    harmless: one order is paid once. A supplier knows the keys of its own account, so what they sign proves nothing: it makes us ask the
    gateway ("asked"), and its answer counts.
    """
    message = payments.store_message(
        "callback",
        body,
        trade_no=trade_no_of(gateway.parse_callback, fields),
        remote_address=remote_address,
        at=at,
    )
    try:
        notice = gateway.parse_callback(fields)
        mine = Charge.objects.filter(
            trade_no=notice.trade_no, account_id=account_id, state__in=UNPAID
        ).first()
        if account_id is not None and mine is not None and notice.paid:
            ask_gateway(mine, gateway=gateway, at=at)
            verdict = "asked"
        else:
            verdict = settle(
                notice,
                merchant_id=gateway.merchant_id,
                account_id=account_id,
                message=message,
                by=THE_GATEWAY,
                at=at,
            )
    except MessageRefused as error:
        verdict = refused(error)
    payments.note_verdict(message, verdict)
    return verdict


def trade_no_of(
    parse: Callable[[dict[str, str]], GatewayCallback | CodesMessage], fields: dict[str, str]
) -> str:
    """The trade that an encrypted message is about; empty when it is in clear or can't be read."""
    if "TradeInfo" not in fields:
        return ""
    try:
        return parse(fields).trade_no
    except MessageRefused:
        return ""


def refused(error: MessageRefused) -> str:
    """The verdict on a message that is not the gateway's, or can't be read."""
    return "forged" if isinstance(error, ForgedCallback) else "malformed"


def settle(
    notice: GatewayCallback | QueryResult,
    *,
    merchant_id: str,
    account_id: int | None = None,
    message: GatewayMessage,
    by: Actor,
    at: datetime,
) -> str:
    """R-30: act on a signed notice, under the locks of order and charge. Returns the verdict for the record.

    `merchant_id` and `account_id` say whose keys signed it; it counts only for a charge made with that account.

    R-28: while the supplier's deadlines can't be told because their year has no calendar, the verdict is NO_CALENDAR and nothing is
    changed: the charge stays, our own query asks again, and the payment counts as of when it was made.
    """
    try:
        return _settle(notice, merchant_id=merchant_id, account_id=account_id, by=by, at=at)
    except calendar.YearMissing:
        return NO_CALENDAR


@transaction.atomic(durable=True)
def _settle(
    notice: GatewayCallback | QueryResult,
    *,
    merchant_id: str,
    account_id: int | None,
    by: Actor,
    at: datetime,
) -> str:
    found = Charge.objects.filter(trade_no=notice.trade_no).first()
    if found is None:
        return "unknown_trade"
    row = current(Order.objects.get(number=found.order_number), at=at)
    charge = Charge.objects.select_for_update().get(pk=found.pk)
    if charge.account_id != account_id:
        events.record("charge.mismatch", charge, case=charge.case, by=by, at=at, why="merchant")
        return "merchant"
    expected = rules.ExpectedPayment(merchant_id, charge.trade_no, charge.amount_twd)
    judgement = rules.judge_payment(expected, notice)
    if judgement.outcome is not rules.PaymentOutcome.PAID:
        if judgement.outcome is rules.PaymentOutcome.MISMATCH:
            events.record(
                "charge.mismatch", charge, case=charge.case, by=by, at=at, why=judgement.code,
                amount_twd=notice.amount_twd,
            )  # fmt: skip
        return judgement.code
    if charge.state in ("PAID", "TO_REFUND", "REFUNDED"):
        return "repeated"
    paid_at = notice.paid_at or at
    seen = {"gateway_trade_no": notice.gateway_trade_no, "method": notice.payment_type}
    if row.state == "ACCEPTED" and paid_at < charge.expires_at:
        if charge.state == "CLOSED":  # a renewed one was paid in the page first opened: the newer one is dead
            payments.close_charge(row.number, by=THE_SYSTEM, at=at)
        payments.mark_paid(charge, paid_at=paid_at, by=by, at=at, **seen)
        pay(row, paid_at=paid_at, by=by, at=at)
        return "paid"
    if charge.state == "OPEN":
        payments.close_charge(row.number, by=THE_SYSTEM, at=at)
        charge.refresh_from_db()
    payments.owe_back(charge, paid_at=paid_at, reason=f"order {row.state}", by=by, at=at, **seen)
    return "to_refund"


def pay(order: Order, *, paid_at: datetime, by: Actor, at: datetime) -> None:
    """The order is paid: the supplier's time to invoice and to deliver begins (R-24, R-25). Call with the row locked."""
    advance(order, ORDER, "pay", by=by, at=at, case=order.case, changes={"paid_at": paid_at})
    obligations.fulfil(order, Obligation.Kind.PAY, at=paid_at)
    obligations.begin(order, "pay", at=at)


def ask_gateway(charge: Charge, *, gateway: PaymentGateway, at: datetime) -> str:
    """R-30: our own query, for a callback that was lost. Returns the verdict, "silent" when the gateway did not answer.

    A trade that only a simulation has paid is never taken as paid, whatever the query says.
    """
    simulated = GatewayMessage.objects.filter(trade_no=charge.trade_no, verdict="simulated").exists()
    unpaid = Charge.objects.filter(pk=charge.pk, state__in=UNPAID)
    unpaid.update(next_query_at=at + QUERY_AGAIN_AFTER)  # first: whatever happens, others have their turn
    try:
        own = of_charge(charge, gateway)
        answer = own.query(charge.trade_no, amount_twd=charge.amount_twd, at=at)
    except GatewayError as error:
        unpaid.update(unanswered_at=at)
        payments.store_message("query", f"MerchantTradeNo={charge.trade_no}&error={error}", at=at)
        return "silent"
    unpaid.update(unanswered_at=None)
    body = "&".join(f"{key}={value}" for key, value in answer.raw.items())
    message = payments.store_message("query", body, trade_no=charge.trade_no, at=at)
    verdict = (
        "simulated"
        if simulated
        else settle(
            answer,
            merchant_id=own.merchant_id,
            account_id=charge.account_id,
            message=message,
            by=THE_SYSTEM,
            at=at,
        )
    )
    if verdict == NO_CALENDAR:
        unpaid.update(unanswered_at=at)
    elif verdict != "not_paid":  # asked again it would say the same
        unpaid.update(asked_until=None)
    payments.note_verdict(message, verdict)
    return verdict
