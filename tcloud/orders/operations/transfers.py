"""Paying by remittance to the supplier's own bank account: the company says so, the supplier confirms with evidence (R-23, R-30)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import calendar, clock, events
from tcloud.core.actors import SUPPLIER, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import File
from tcloud.core.workdays import last_day
from tcloud.orders.models import Order
from tcloud.orders.operations.moving import current
from tcloud.orders.operations.paying import UNPAID, pay
from tcloud.payments import operations as payments
from tcloud.payments import queries as payment_queries
from tcloud.payments.models import BankReceipt, Charge, PaymentAccount

_PAID = BankReceipt.Outcome.PAID


@transaction.atomic(durable=True)
def state_transfer(order: Order, *, last_five: str, paid_on: date, by: Actor, at: datetime) -> None:
    """R-23: the company has remitted its part. Said in time, the order waits for the supplier to look, as it waits for a silent gateway:

    as many working days more as there were to pay. Said twice, it is said once; said again after the supplier found nothing, the supplier
    is to look again. Raises Refusal `transfer.none` when the supplier takes no
    remittances, `charge.expired`, `charge.not_open`, `transfer.date`, `transfer.digits`, `calendar.missing`.
    """
    row = current(order, at=at)
    _account(row)
    charge = Charge.objects.filter(order_number=row.number).latest("id")
    if row.state != "ACCEPTED" or charge.state != "OPEN":
        raise Refusal("charge.not_open", _("這筆款項已付清或已失效，不需要再付款。"))
    if at >= charge.expires_at:
        raise Refusal("charge.expired", _("付款期限已過，付款連結已失效。"))
    _check_day(paid_on, charge, at=at)
    with calendar.refusing():
        days, county = row.working_days["pay"], row.counties.get(SUPPLIER, "")
        waits = calendar.in_force().due(last_day(charge.expires_at), days, county).at
    notice, new = payments.note_transfer(
        row.number, last_five=last_five, paid_on=paid_on, answer_before=waits, at=at
    )
    if new:
        events.record(
            "transfer.stated", row, case=row.case, by=by, at=at, last_five=last_five, paid_on=paid_on.isoformat(),
            answer_before=notice.answer_before.isoformat(),
        )  # fmt: skip


def _account(order: Order) -> PaymentAccount:
    account = payment_queries.bank_account_of(order.supplier.company_id)
    if account is None:
        raise Refusal("transfer.none", _("這家供應商沒有提供匯款帳戶，請改用其他付款方式。"))
    return account


def _check_day(day: date, charge: Charge, *, at: datetime) -> None:
    if not clock.taipei(charge.created_at).date() <= day <= clock.taipei(at).date():
        raise Refusal("transfer.date", _("匯款日期須在接單日與今天之間。"))


@transaction.atomic(durable=True)
def confirm_transfer(
    order: Order,
    *,
    amount_twd: int,
    last_five: str,
    received_on: date,
    evidence: File,
    other_amount: bool = False,
    by: Actor,
    at: datetime,
) -> BankReceipt:
    """R-30: the supplier confirms what came to its account, with evidence. It pays the order as a gateway's notice does, once.

    What comes late, again or (said so by `other_amount`) in another sum pays nothing: it is kept as owed back, and an officer sees it.
    Entered twice, it is one receipt. Raises Refusal `transfer.none`, `transfer.amount`, `transfer.date`, `transfer.digits`,
    `transition.not_now` before the order was accepted.
    """
    row = current(order, at=at)
    same = payments.receipt_like(
        row.number, amount_twd=amount_twd, last_five=last_five, received_on=received_on
    )
    if same:
        return same
    charge = Charge.objects.select_for_update().filter(order_number=row.number).order_by("id").last()
    if charge is None:
        raise Refusal("transition.not_now", _("目前的狀態已不能執行這個動作，請重新整理頁面查看最新進度。"))
    account = _account(row)
    _check_day(received_on, charge, at=at)
    if amount_twd != charge.amount_twd and not other_amount:
        raise Refusal(
            "transfer.amount", _("應收金額是%(due)s元，與入帳金額不同。"), due=f"{charge.amount_twd:,}"
        )
    paid_at = max(clock.start_of(received_on), charge.created_at)
    outcome = _outcome(row, charge, amount_twd, paid_at)
    receipt = payments.keep_receipt(
        row.number, account, amount_twd=amount_twd, last_five=last_five, received_on=received_on,
        outcome=outcome, evidence=evidence, at=at,
    )  # fmt: skip
    payments.answer_transfers(row.number, at=at)
    if outcome == _PAID:
        if (
            charge.next_query_at is not None
        ):  # handed to a gateway: what may still come there must not pass for this money
            charge = payments.replace_charge(charge, account=charge.account, by=by, at=at)
        seen = f"{received_on:%Y%m%d}-{last_five}"
        payments.mark_paid(
            charge, paid_at=paid_at, gateway_trade_no=seen, method=payments.BY_BANK, by=by, at=at
        )
        pay(row, paid_at=paid_at, by=by, at=at)
    else:
        events.record(
            "transfer.owed_back", row, case=row.case, by=by, at=at, amount_twd=amount_twd, why=str(outcome)
        )
    return receipt


def _outcome(order: Order, charge: Charge, amount_twd: int, paid_at: datetime) -> BankReceipt.Outcome:
    if order.paid_at is not None:
        return BankReceipt.Outcome.AGAIN
    if order.state != "ACCEPTED" or charge.state not in UNPAID or paid_at >= charge.expires_at:
        return BankReceipt.Outcome.LATE
    return _PAID if amount_twd == charge.amount_twd else BankReceipt.Outcome.AMOUNT


@transaction.atomic(durable=True)
def deny_transfer(order: Order, *, by: Actor, at: datetime) -> None:
    """The supplier has looked and found nothing: the order waits no longer than its time to pay. Harmless to repeat."""
    row = current(order, at=at)
    if payments.answer_transfers(row.number, at=at):
        events.record("transfer.not_found", row, case=row.case, by=by, at=at)
