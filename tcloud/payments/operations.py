"""Charges, the gateway's messages and invoices (R-24, R-30). Orders decide when; these acts run in their transactions."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.ecpay.port import (
    ChargeRequest,
    CheckoutForm,
    GatewayError,
    PaymentGateway,
    RefundOutcomeUnknown,
)
from tcloud.core import clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.payments import rules
from tcloud.payments.models import Charge, GatewayMessage, Invoice
from tcloud.payments.states import CHARGE

FIRST_QUERY_AFTER = timedelta(minutes=10)
MAX_REFUND_TRIES = 5


@transaction.atomic
def open_charge(
    order_number: str, amount_twd: int, *, expires_at: datetime, by: Actor, at: datetime
) -> Charge:
    """Ask for an order's cash part (NT$), payable before `expires_at`. The trade number is unique for ever."""
    earlier = Charge.objects.filter(order_number=order_number).count()
    charge = Charge.objects.create(
        order_number=order_number,
        trade_no=f"{order_number}{earlier + 1:02d}",
        amount_twd=amount_twd,
        created_at=at,
        expires_at=expires_at,
    )
    events.record(
        "charge.opened", charge, case=charge.case, by=by, at=at, announce=False, amount_twd=amount_twd
    )
    return charge


def checkout(
    charge: Charge,
    *,
    gateway: PaymentGateway,
    description: str,
    item: str,
    site_url: str,
    back_url: str,
    at: datetime,
) -> CheckoutForm:
    """The form that takes the payer to the gateway. Raises Refusal `charge.not_open`, `charge.expired`."""
    if charge.state != "OPEN":
        raise Refusal("charge.not_open", _("這筆款項已付清或已失效，不需要再付款。"))
    if at >= charge.expires_at:
        raise Refusal("charge.expired", _("付款期限已過，付款連結已失效。"))
    with transaction.atomic():
        Charge.objects.filter(pk=charge.pk, next_query_at=None).update(next_query_at=at + FIRST_QUERY_AFTER)
    return gateway.checkout_form(
        ChargeRequest(
            trade_no=charge.trade_no,
            amount_twd=charge.amount_twd,
            made_at=at,
            description=description,
            items=(item,),
            return_url=f"{site_url}/api/gateway/callback/",
            client_back_url=back_url,
        )
    )


@transaction.atomic
def renew_charge(charge: Charge, *, by: Actor, at: datetime) -> Charge:
    """PROTOCOLS §5: the gateway takes a trade number once. Who comes back gets a new one, payable until the same moment.

    The old number is closed and still asked about: its payer may yet pay in the page first opened. The order's row must be locked.
    """
    asked_again_at = charge.next_query_at
    close_charge(charge.order_number, by=by, at=at)
    Charge.objects.filter(pk=charge.pk).update(next_query_at=asked_again_at)
    return open_charge(charge.order_number, charge.amount_twd, expires_at=charge.expires_at, by=by, at=at)


@transaction.atomic(durable=True)
def store_message(kind: str, body: str, *, remote_address: str = "", at: datetime) -> GatewayMessage:
    """R-30: keep what the gateway sent, raw, before anything is made of it."""
    fields = dict(parse_qsl(body, keep_blank_values=True))
    return GatewayMessage.objects.create(
        received_at=at,
        kind=kind,
        trade_no=fields.get("MerchantTradeNo", "")[:20],
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
    """The order can no longer be paid: its open charge is dead."""
    for charge in Charge.objects.select_for_update().filter(order_number=order_number, state="OPEN"):
        advance(charge, CHARGE, "close", by=by, at=at, case=charge.case, announce=False,
                changes={"next_query_at": None})  # fmt: skip


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


def refund_owed(*, gateway: PaymentGateway, at: datetime, limit: int = 50) -> int:
    """Send back what is owed, through the gateway. Returns how many refunds it accepted.

    A refund whose outcome is unknown, or that failed five times, is left to an officer: money is never sent back twice.
    """
    owed = Charge.objects.filter(state="TO_REFUND", refund_tries__lt=MAX_REFUND_TRIES).order_by("id")[:limit]
    done = 0
    for candidate in owed:
        with transaction.atomic(durable=True):
            charge = (
                Charge.objects.select_for_update(skip_locked=True)
                .filter(pk=candidate.pk, state="TO_REFUND")
                .first()
            )
            if charge is None:
                continue
            charge.refund_tries += 1
            charge.save(update_fields=["refund_tries"])
            try:
                gateway.refund(
                    trade_no=charge.trade_no,
                    gateway_trade_no=charge.gateway_trade_no,
                    amount_twd=charge.amount_twd,
                    payment_type=charge.method,
                )
            except RefundOutcomeUnknown as error:
                Charge.objects.filter(pk=charge.pk).update(refund_tries=MAX_REFUND_TRIES)
                events.record(
                    "charge.refund_uncertain", charge, case=charge.case, by=THE_SYSTEM, at=at, why=str(error)
                )
                continue
            except GatewayError as error:
                events.record("charge.refund_failed", charge, case=charge.case, by=THE_SYSTEM, at=at, why=str(error),
                              announce=False)  # fmt: skip
                continue
            advance(charge, CHARGE, "refund", by=THE_SYSTEM, at=at, case=charge.case)
            done += 1
    return done


@transaction.atomic
def record_invoice(
    order_number: str, lines: rules.InvoiceLines, due: rules.InvoiceDue, *, by: Actor, at: datetime
) -> Invoice:
    """R-24: keep an invoice that fits its order in every line.

    Raises Refusal `invoice.mismatch` (`facts["fields"]`: the sentences of each line), `invoice.already`, `invoice.number_used`.
    """
    wrong = rules.check_invoice(lines, due, today=clock.taipei(at).date())
    if wrong:
        raise Refusal(
            "invoice.mismatch",
            "%(sentences)s",
            sentences="".join(mismatch.sentence_zh for mismatch in wrong),
            fields=_by_field(wrong),
        )
    if Invoice.objects.filter(order_number=order_number).exists():
        raise Refusal("invoice.already", _("這張訂單的發票已登錄，不需要重複登錄。"))
    number_used = Refusal("invoice.number_used", _("這個發票號碼已用於其他訂單，請確認號碼。"))
    if Invoice.objects.filter(number=lines.number).exists():
        raise number_used
    try:
        with transaction.atomic():
            return Invoice.objects.create(
                order_number=order_number,
                number=lines.number,
                date=lines.issued_on,
                buyer_ubn=lines.buyer_ubn,
                seller_ubn=lines.seller_ubn,
                sales_twd=lines.sales_twd,
                tax_twd=lines.tax_twd,
                total_twd=lines.total_twd,
                recorded_at=at,
            )
    except IntegrityError as error:  # two orders with the same number at the same moment
        raise number_used from error


def _by_field(wrong: tuple[rules.Mismatch, ...]) -> dict[str, list[str]]:
    sentences: dict[str, list[str]] = {}
    for mismatch in wrong:
        sentences.setdefault(mismatch.field, []).append(mismatch.sentence_zh)
    return sentences
