"""Charges and the gateway's messages (R-30). Orders decide when; these acts run in their transactions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.gateway_port import (
    ChargeRequest,
    CheckoutForm,
    Method,
    PaymentGateway,
)
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.payments.models import Charge, GatewayMessage, PaymentAccount
from tcloud.payments.states import CHARGE

FIRST_QUERY_AFTER = timedelta(minutes=10)
ASKED_FOR: Final = timedelta(days=3)  # a gateway that is down over a weekend is up again by then
MAX_TRADE_NUMBERS = 20
CALLBACKS = {  # by kind of gateway: where it reports a payment, and codes
    "ecpay": ("/api/gateway/callback/", "/api/gateway/codes/"),
    "newebpay": ("/api/newebpay/callback/", "/api/newebpay/codes/"),
}


@transaction.atomic
def open_charge(
    order_number: str,
    amount_twd: int,
    *,
    account: PaymentAccount | None = None,
    expires_at: datetime,
    by: Actor,
    at: datetime,
) -> Charge:
    """Ask for an order's cash part (NT$), payable before `expires_at`. The trade number is unique for ever.

    `account`: the supplier's own, which everything about this charge goes by from now on; the programme's for none.
    """
    earlier = Charge.objects.filter(order_number=order_number).count()
    charge = Charge.objects.create(
        order_number=order_number,
        trade_no=f"{order_number}{earlier + 1:02d}",
        account=account,
        amount_twd=amount_twd,
        created_at=at,
        expires_at=expires_at,
    )
    events.record(
        "charge.opened", charge, case=charge.case, by=by, at=at, announce=False, amount_twd=amount_twd
    )
    return charge


@transaction.atomic
def checkout(
    charge: Charge,
    *,
    gateway: PaymentGateway,
    description: str,
    item: str,
    site_url: str,
    back_url: str,
    method: Method,
    at: datetime,
) -> CheckoutForm:
    """The form that takes the payer to the gateway, to pay by `method`; the row must be locked.

    Raises Refusal `charge.not_open`, `charge.expired`, `charge.method` for a way of paying in which the gateway does not take the amount.
    """
    if charge.state != "OPEN":
        raise Refusal("charge.not_open", _("這筆款項已付清或已失效，不需要再付款。"))
    if at >= charge.expires_at:
        raise Refusal("charge.expired", _("付款期限已過，付款連結已失效。"))
    if method not in gateway.methods(charge.amount_twd):
        raise Refusal("charge.method", _("這筆金額不能用這個方式付款，請改選其他付款方式。"))
    kind = charge.account.kind if charge.account else settings.GATEWAY["kind"]
    Charge.objects.filter(pk=charge.pk, next_query_at=None).update(next_query_at=at + FIRST_QUERY_AFTER)
    return gateway.checkout_form(
        ChargeRequest(
            trade_no=charge.trade_no,
            amount_twd=charge.amount_twd,
            made_at=at,
            description=description,
            items=(item,),
            return_url=f"{site_url}{CALLBACKS[kind][0]}",
            payment_info_url=f"{site_url}{CALLBACKS[kind][1]}",
            client_back_url=back_url,
            method=method,
            pay_before=charge.expires_at,
        )
    )


@transaction.atomic
def renew_charge(charge: Charge, *, account: PaymentAccount | None, by: Actor, at: datetime) -> Charge:
    """PROTOCOLS §5: the gateway takes a trade number once. Who comes back gets a new one, payable until the same moment.

    The old number is closed and still asked about: its payer may yet pay in the page first opened. The order's row must be locked.
    Raises Refusal `charge.too_many`: each number is asked about at the deadline, and the gateway locks out who asks too much.
    """
    if Charge.objects.filter(order_number=charge.order_number).count() >= MAX_TRADE_NUMBERS:
        raise Refusal(
            "charge.too_many", _("付款頁已開啟太多次，為避免重複付款已停止開啟，請洽客服專線協助。")
        )
    return replace_charge(charge, account=account, by=by, at=at)


@transaction.atomic
def replace_charge(charge: Charge, *, account: PaymentAccount | None, by: Actor, at: datetime) -> Charge:
    """Another charge in place of an open one, payable until the same moment; the old number is closed and still asked about."""
    asked_again_at = charge.next_query_at
    close_charge(charge.order_number, by=by, at=at)
    Charge.objects.filter(pk=charge.pk).update(next_query_at=asked_again_at)
    return open_charge(
        charge.order_number, charge.amount_twd, account=account, expires_at=charge.expires_at, by=by, at=at
    )


@transaction.atomic
def move_expiry(order_number: str, *, expires_at: datetime) -> bool:
    """R-28: the order's time to pay was moved; numbers handed over earlier may be paid as long. The order's row must be locked.

    False when there is nothing to pay any more: money that came after the old deadline has been found late and is owed back.
    """
    charges = Charge.objects.filter(order_number=order_number, state__in=("OPEN", "CLOSED"))
    if not charges.filter(state="OPEN").exists():
        return False
    charges.update(expires_at=expires_at)
    return True


@transaction.atomic(durable=True)
def store_message(
    kind: str, body: str, *, trade_no: str = "", remote_address: str = "", at: datetime
) -> GatewayMessage:
    """R-30: keep what the gateway sent, raw, before anything is made of it; `trade_no` where the body does not say it in clear."""
    fields = dict(parse_qsl(body, keep_blank_values=True))
    return GatewayMessage.objects.create(
        received_at=at,
        kind=kind,
        trade_no=(trade_no or fields.get("MerchantTradeNo", ""))[:20],
        body=body[:20_000],
        remote_address=remote_address,
    )


def note_verdict(message: GatewayMessage, verdict: str) -> None:
    """Write beside a stored message what became of it."""
    with transaction.atomic():
        GatewayMessage.objects.filter(pk=message.pk).update(verdict=verdict)


@transaction.atomic
def mark_paid(
    charge: Charge, *, paid_at: datetime, gateway_trade_no: str, method: str, by: Actor, at: datetime
) -> None:
    """The charge is paid; the row must be locked."""
    changes = {
        "paid_at": paid_at,
        "gateway_trade_no": gateway_trade_no[:30],
        "method": method[:30],
        "next_query_at": None,
    }
    advance(charge, CHARGE, "pay", by=by, at=at, case=charge.case, changes=changes, announce=False)


@transaction.atomic
def close_charge(order_number: str, *, by: Actor, at: datetime) -> None:
    """The order can no longer be paid: its open charge is dead. What the statement says was paid is still asked about."""
    for charge in Charge.objects.select_for_update().filter(order_number=order_number, state="OPEN"):
        advance(charge, CHARGE, "close", by=by, at=at, case=charge.case, announce=False,
                changes={"next_query_at": charge.next_query_at if charge.asked_until else None})  # fmt: skip


@transaction.atomic
def ask_about(charges: Iterable[Charge], *, at: datetime) -> int:
    """R-30: the gateway is asked about these at once and for `ASKED_FOR`, also when they are closed. Returns about how many.

    Left out are those that are paid or owed back, and those that wait to be asked about already.
    """
    waits = Q(asked_until__gt=at, next_query_at__lte=at)
    unpaid = Charge.objects.filter(pk__in=[each.pk for each in charges], state__in=("OPEN", "CLOSED"))
    return unpaid.exclude(waits).update(asked_until=at + ASKED_FOR, next_query_at=at)


@transaction.atomic(durable=True)
def ask_again(charge: Charge, *, by: Actor, at: datetime) -> None:
    """R-30: an officer wants the gateway asked about a charge. Wanted twice before it was asked, it is one act.

    Raises Refusal `transition.not_now` for one that is paid or owed back.
    """
    if ask_about([charge], at=at):
        events.record("charge.query_wanted", charge, case=charge.case, by=by, at=at, announce=False)
    elif not Charge.objects.filter(pk=charge.pk, state__in=("OPEN", "CLOSED")).exists():
        raise Refusal("transition.not_now", _("這筆付款已有結果，請重新整理頁面查看。"))


@transaction.atomic
def owe_back(
    charge: Charge,
    *,
    paid_at: datetime,
    gateway_trade_no: str,
    method: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """R-30: money came for an order that is no longer payable, or an order is refunded: it is owed back, and an officer sees it."""
    changes = {
        "paid_at": charge.paid_at or paid_at,
        "gateway_trade_no": gateway_trade_no[:30],
        "method": method[:30],
    }
    advance(charge, CHARGE, "owe_back", by=by, at=at, case=charge.case, changes=changes, reason=reason)
