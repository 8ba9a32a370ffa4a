"""Remittances (R-23, R-30): kept with their evidence; orders decide what they pay. These acts run in the order's transaction."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import File
from tcloud.payments.models import BankReceipt, PaymentAccount, TransferNotice

BY_BANK: Final = "bank_transfer"  # the method of a charge that was paid so


@transaction.atomic
def note_transfer(
    order_number: str, *, last_five: str, paid_on: date, answer_before: datetime, at: datetime
) -> tuple[TransferNotice, bool]:
    """The company's word that it has paid, and whether it is new: said again after its answer, it is. The order's row must be locked.

    Raises Refusal `transfer.digits`.
    """
    _check_digits(last_five)
    unanswered = TransferNotice.objects.filter(order_number=order_number, answered_at=None)
    unanswered.filter(answer_before__lte=at).update(answered_at=at)  # nobody waits for these any more
    return unanswered.get_or_create(
        order_number=order_number,
        last_five=last_five,
        paid_on=paid_on,
        defaults={"stated_at": at, "answer_before": answer_before},
    )


def _check_digits(last_five: str) -> None:
    if len(last_five) != 5 or not (last_five.isascii() and last_five.isdigit()):
        raise Refusal("transfer.digits", _("請填寫匯出帳號的末五碼，共 5 位數字。"))


@transaction.atomic
def answer_transfers(order_number: str, *, at: datetime) -> int:
    """The supplier has looked: nobody waits any more. Returns how many words of the company were open."""
    return TransferNotice.objects.filter(order_number=order_number, answered_at=None).update(answered_at=at)


def receipt_like(
    order_number: str, *, amount_twd: int, last_five: str, received_on: date
) -> BankReceipt | None:
    """The same receipt when it was entered before."""
    same = BankReceipt.objects.filter(order_number=order_number, last_five=last_five, received_on=received_on)
    return same.filter(amount_twd=amount_twd).defer("content").first()


@transaction.atomic
def keep_receipt(
    order_number: str,
    account: PaymentAccount,
    *,
    amount_twd: int,
    last_five: str,
    received_on: date,
    outcome: str,
    evidence: File,
    at: datetime,
) -> BankReceipt:
    """Keep what came, and what became of it. The order's row must be locked. Raises Refusal `transfer.digits`."""
    _check_digits(last_five)
    return BankReceipt.objects.create(
        order_number=order_number,
        account=account,
        amount_twd=amount_twd,
        last_five=last_five,
        received_on=received_on,
        outcome=outcome,
        file_name=evidence.name,
        media_type=evidence.media_type,
        content=evidence.content,
        sha256=evidence.sha256,
        confirmed_at=at,
    )


@transaction.atomic(durable=True)
def note_receipt_returned(receipt: BankReceipt, *, reference: str, by: Actor, at: datetime) -> None:
    """An officer records that the supplier has remitted the money back. Recorded twice, it is recorded once.

    Raises Refusal `refund.reference_missing`, `transition.not_now` for money that paid its order.
    """
    if not reference.strip():
        raise Refusal("refund.reference_missing", _("請填寫匯款的序號，或金流後台顯示的退款紀錄。"))
    if receipt.outcome == BankReceipt.Outcome.PAID:
        raise Refusal("transition.not_now", _("這筆匯款已付清訂單，要退款請從訂單辦理。"))
    owed = BankReceipt.objects.filter(pk=receipt.pk, returned_at=None)
    if owed.update(returned_at=at, returned_reference=reference.strip()[:200]):
        events.record(
            "transfer.returned", receipt, case=f"order/{receipt.order_number}", by=by, at=at, announce=False,
            amount_twd=receipt.amount_twd, reference=reference.strip()[:200],
        )  # fmt: skip
