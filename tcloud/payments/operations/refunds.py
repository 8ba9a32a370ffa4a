"""Money that goes back: whole charges that are owed back, and parts of a payment (R-27, R-30)."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.gateway_port import (
    GatewayError,
    GatewayUnavailable,
    PaymentGateway,
    RefundOutcomeUnknown,
)
from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, officers_only
from tcloud.payments import queries, rules
from tcloud.payments.gateway import of_charge
from tcloud.payments.models import Charge, Refund
from tcloud.payments.rules import MAX_REFUND_TRIES, REFUND_PAUSES
from tcloud.payments.states import CHARGE, REFUND

Owed = Charge | Refund
UNDER_WAY: Final = timedelta(hours=24)  # so long nobody else touches what was just sent


@transaction.atomic
def owe_part(charge: Charge, amount_twd: int, *, points: int, reason: str, by: Actor, at: datetime) -> Refund:
    """R-27: a part of a paid charge is owed back; `points` are released with it. The order's and the charge's rows must be locked.

    Raises Refusal `refund.not_paid`, `refund.too_much` unless NT$1 ≤ amount < what is left of the charge.
    """
    if charge.state != "PAID":
        raise Refusal("refund.not_paid", _("這筆款項目前不能退還。"))
    if not 0 < amount_twd < queries.left_twd(charge):
        raise Refusal("refund.too_much", _("部分退款須少於尚未退還的自付款。"))
    refund = Refund.objects.create(
        charge=charge, amount_twd=amount_twd, points=points, reason=reason, decided_at=at
    )
    events.record(
        "refund.owed",
        refund,
        case=charge.case,
        by=by,
        at=at,
        announce=False,
        amount_twd=amount_twd,
        points=points,
    )
    return refund


def refund_owed(*, gateway: PaymentGateway, at: datetime, limit: int = 50) -> int:
    """R-27, R-30: send back what is owed, through the gateway. Returns how many refunds it accepted.

    Money is never sent back twice: the sending is committed before it is done, so that what a crash or a silent gateway leaves unknown
    stays with an officer, as does what was refused after every pause of `rules.REFUND_PAUSES`, and what did not come by card. A gateway
    that can't be reached is left alone for the rest of the run and costs no try.
    """
    charges = _to_send(Charge.objects.filter(method__istartswith="credit"), at=at)  # rules.by_card
    parts = _to_send(Refund.objects.filter(charge__method__istartswith="credit"), at=at)
    both: list[Owed] = [*charges[:limit], *parts.select_related("charge")[:limit]]
    done, down = 0, set[int | None]()
    for owed in both:
        charge = queries.charge_behind(owed)
        if charge.account_id in down:
            continue
        try:
            done += _send_back(owed, gateway=of_charge(charge, gateway), at=at)
        except GatewayUnavailable:
            down.add(charge.account_id)
    return done


def _to_send(rows: Any, *, at: datetime) -> Any:
    # a moment further ahead than any pause was written before the clock was set back (decision 0016)
    due = Q(refund_next_at=None) | Q(refund_next_at__lte=at) | Q(refund_next_at__gt=at + max(REFUND_PAUSES))
    waiting = rows.filter(state="TO_REFUND", refund_sent_at=None, refund_tries__lt=MAX_REFUND_TRIES)
    return waiting.filter(due).order_by("refund_tries", "id")


def _send_back(owed: Owed, *, gateway: PaymentGateway, at: datetime) -> bool:
    """Send one refund: True when the gateway accepted it. Raises GatewayUnavailable when certainly nothing was sent."""
    with transaction.atomic(durable=True):
        to_send = _to_send(_rows(owed), at=at).order_by()
        if not to_send.update(refund_sent_at=at, refund_next_at=None, refund_tries=F("refund_tries") + 1):
            return False  # another run is sending it, or has
    charge = queries.charge_behind(owed)
    try:
        gateway.refund(
            trade_no=charge.trade_no,
            gateway_trade_no=charge.gateway_trade_no,
            amount_twd=queries.owed_twd(owed),
            payment_type=charge.method,
        )
    except RefundOutcomeUnknown as error:
        with transaction.atomic(durable=True):
            events.record(
                "charge.refund_uncertain", owed, case=owed.case, by=THE_SYSTEM, at=at, why=str(error)
            )
        return False
    except GatewayUnavailable:
        with transaction.atomic(durable=True):
            _rows(owed).update(refund_sent_at=None, refund_tries=F("refund_tries") - 1)
        raise
    except GatewayError as error:
        _note_refusal(owed, why=str(error), at=at)
        return False
    with transaction.atomic(durable=True):
        _refunded(owed, by=THE_SYSTEM, at=at)
    return True


def _rows(owed: Owed) -> Any:
    return type(owed)._default_manager.filter(pk=owed.pk)


def _refunded(owed: Owed, *, by: Actor, at: datetime, **said: Any) -> None:
    """It is back. Call in a transaction."""
    row = _rows(owed).select_for_update().get()
    machine = CHARGE if isinstance(row, Charge) else REFUND
    advance(row, machine, "refund", by=by, at=at, case=row.case, amount_twd=queries.owed_twd(row), **said)


@transaction.atomic(durable=True)
def _note_refusal(owed: Owed, *, why: str, at: datetime) -> None:
    """The gateway said no: it waits for its next try, or, when that was the last, for people."""
    row = _rows(owed).select_for_update().get()
    again_at = rules.next_refund_at(row.refund_tries, at=at)
    _rows(owed).update(refund_sent_at=None, refund_next_at=again_at)
    type_ = "charge.refund_refused" if again_at else "charge.refund_failed"
    events.record(
        type_, row, case=row.case, by=THE_SYSTEM, at=at, announce=again_at is None, why=why,
        tries=row.refund_tries,
    )  # fmt: skip


@transaction.atomic(durable=True)
def try_again(owed: Owed, *, by: Actor, at: datetime) -> None:
    """R-27, R-30: an officer has a refund sent again whose tries are used up; the next run sends it. Pressed twice, it is done once.

    Raises Refusal `transition.not_yours`; `transition.not_now` for what is back, did not come by card, or was sent and never answered: that
    is never sent again unseen.
    """
    officers_only(by)
    row = _rows(owed).select_for_update().get()
    if row.state != "TO_REFUND" or row.refund_sent_at or not rules.by_card(queries.charge_behind(row).method):
        raise Refusal("transition.not_now", _("目前的狀態已不能執行這個動作，請重新整理頁面查看最新進度。"))
    if row.refund_tries >= MAX_REFUND_TRIES:
        _rows(owed).update(refund_tries=0)
        events.record("charge.refund_tried_again", row, case=row.case, by=by, at=at, announce=False)


def may_try_again(owed: Owed) -> bool:
    """Whether the gateway refused it to the last try, so that `try_again` has something to do."""
    refused = owed.refund_tries >= MAX_REFUND_TRIES and owed.refund_sent_at is None
    return refused and owed.state == "TO_REFUND" and rules.by_card(queries.charge_behind(owed).method)


@transaction.atomic(durable=True)
def note_returned(owed: Owed, *, reference: str, by: Actor, at: datetime) -> None:
    """R-30: an officer records that the money went back another way, or that the gateway has sent what it had not answered for.

    `reference`: of the remittance, or what the gateway's back office shows. Raises Refusal `refund.reference_missing`;
    `refund.under_way` while the platform itself still tries, so that nothing is given back twice; `transition.not_now` once it is back.
    """
    if not reference.strip():
        raise Refusal("refund.reference_missing", _("請填寫匯款的序號，或金流後台顯示的退款紀錄。"))
    row = _rows(owed).select_for_update().get()
    if row.state == "TO_REFUND" and not may_be_noted(row, at=at):
        raise Refusal("refund.under_way", _("系統還在向金流平台辦理這筆退款，請等結果確定後再登錄。"))
    _refunded(owed, by=by, at=at, reference=reference.strip())


def may_be_noted(owed: Owed, *, at: datetime) -> bool:
    """Whether people must see to it: it did not come by card, was refused to the last try, or its outcome is unknown for a day."""
    if not rules.by_card(queries.charge_behind(owed).method):
        return True
    if owed.refund_sent_at is not None:
        return at >= owed.refund_sent_at + UNDER_WAY
    return owed.refund_tries >= MAX_REFUND_TRIES
