"""The guards of payments: a row of everything they guard, and the ways to break each."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tcloud.orders.models import RefundProposal
from tcloud.payments.models import (
    BankReceipt,
    Charge,
    PayCode,
    PaymentAccount,
    Refund,
    Statement,
    StatementLine,
    StatementWait,
    TransferNotice,
)
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows(order: Any) -> dict[str, Any]:
    """What the payment of an order leaves behind."""
    charge = Charge.objects.get(order_number=order.number)
    bank = PaymentAccount.objects.create(
        company=order.company,
        kind="bank_transfer",
        bank_code="004",
        account_no="123456",
        account_name="n",
        created_at=NOW,
    )
    return {
        "pay_code": PayCode.objects.create(
            charge=charge, method="atm", bank_code="812", number="9103522175887271", received_at=NOW
        ),
        "gateway_account": PaymentAccount.objects.create(
            company=order.company, kind="ecpay", merchant_id="1", secrets="x", created_at=NOW
        ),
        "statement": (
            statement := Statement.objects.create(day=NOW.date(), fetched_at=NOW, content=b"1", sha256="0")
        ),
        "statement_wait": StatementWait.objects.create(asked_again_at=NOW),
        "matched_line": StatementLine.objects.create(
            statement=statement, charge=charge, trade_no="1", result="matched", theirs_twd=1, ours_twd=1
        ),
        "difference": StatementLine.objects.create(
            statement=statement, charge=charge, trade_no="2", result="amount", theirs_twd=1, ours_twd=2
        ),
        "bank_account": bank,
        "transfer_notice": TransferNotice.objects.create(
            order_number=order.number, last_five="12345", paid_on=NOW.date(), stated_at=NOW, answer_before=NOW
        ),
        "bank_receipt": BankReceipt.objects.create(
            order_number=order.number,
            account=bank,
            amount_twd=1,
            last_five="12345",
            received_on=NOW.date(),
            outcome="paid",
            file_name="f",
            media_type="m",
            content=b"1",
            sha256="0",
            confirmed_at=NOW,
        ),
        "refund": Refund.objects.create(charge=charge, amount_twd=1, points=1, reason="r", decided_at=NOW),
        "proposal": RefundProposal.objects.create(
            order=order, party="company", amount_twd=1, reason="r", proposed_at=NOW
        ),
    }


def _answered(w: SimpleNamespace) -> RefundProposal:
    """The proposal out of the way of another one."""
    change(w.proposal, state="REFUSED")
    return w.proposal  # type: ignore[no-any-return]


TRIES: dict[str, list[Callable[[SimpleNamespace], None]]] = {
    "charge_stays_what_it_is": [
        lambda w: change(w.charge, amount_twd=1),
        lambda w: change(w.charge, account=w.gateway_account),
    ],
    "payment_account_one_gateway": [lambda w: again(w.gateway_account, kind="newebpay")],
    "payment_account_one_bank": [lambda w: again(w.bank_account)],
    "payment_account_whole": [
        lambda w: again(w.gateway_account, retired_at=NOW, secrets=""),
        lambda w: again(w.gateway_account, retired_at=NOW, merchant_id=""),
        lambda w: again(w.gateway_account, retired_at=NOW, kind="cash"),
        lambda w: again(w.bank_account, retired_at=NOW, account_no="12"),
        lambda w: again(w.bank_account, retired_at=NOW, secrets="x"),
    ],
    "payment_account_stays": [lambda w: change(w.gateway_account, secrets="y")],
    "payment_account_kept": [lambda w: drop(w.bank_account)],
    "transfer_notice_once": [lambda w: again(w.transfer_notice)],
    "transfer_notice_names_five_digits": [lambda w: again(w.transfer_notice, last_five="1234")],
    "transfer_notice_stays": [lambda w: change(w.transfer_notice, last_five="54321")],
    "transfer_notice_kept": [lambda w: drop(w.transfer_notice)],
    "bank_receipt_once": [lambda w: again(w.bank_receipt, outcome="again")],
    "bank_receipt_pays_once": [lambda w: again(w.bank_receipt, last_five="54321")],
    "bank_receipt_of_something": [
        lambda w: again(w.bank_receipt, amount_twd=0, outcome="late"),
        lambda w: again(w.bank_receipt, last_five="x", outcome="late"),
        lambda w: again(w.bank_receipt, last_five="54321", outcome="lost"),
    ],
    "bank_receipt_returned_when_owed": [
        lambda w: change(w.bank_receipt, returned_at=NOW, returned_reference="r"),
        lambda w: again(w.bank_receipt, last_five="54321", outcome="late", returned_at=NOW),
    ],
    "bank_receipt_stays": [lambda w: change(w.bank_receipt, amount_twd=2)],
    "bank_receipt_kept": [lambda w: drop(w.bank_receipt)],
    "statement_once_a_day": [lambda w: again(w.statement)],
    "statement_wait_one_an_account": [lambda w: again(w.statement_wait)],
    "statement_stays": [lambda w: change(w.statement, content=b"2")],
    "statement_kept": [lambda w: drop(w.statement)],
    "statement_line_once": [lambda w: again(w.matched_line)],
    "statement_line_is_what_it_says": [
        lambda w: again(w.matched_line, trade_no="3", theirs_twd=2),
        lambda w: again(w.matched_line, trade_no="3", charge_id=None),
        lambda w: again(w.difference, trade_no="3", theirs_twd=2),
        lambda w: again(w.difference, trade_no="3", result="missing_there"),
        lambda w: again(w.difference, trade_no="3", result="missing_here", theirs_twd=None),
    ],
    "statement_line_explained_with_a_reason": [
        lambda w: change(w.difference, explained_at=NOW),
        lambda w: change(w.difference, explanation="r"),
        lambda w: change(w.matched_line, explained_at=NOW, explanation="r"),
    ],
    "statement_line_stays": [lambda w: change(w.difference, theirs_twd=9)],
    "statement_line_kept": [lambda w: drop(w.difference)],
    "pay_code_once": [lambda w: again(w.pay_code)],
    "pay_code_says_where": [
        lambda w: again(w.pay_code, bank_code=""),
        lambda w: again(w.pay_code, number=""),
        lambda w: again(w.pay_code, method="cvs"),
        lambda w: again(w.pay_code, method="barcode"),
        lambda w: again(w.pay_code, method="barcode", bank_code="", number="", barcodes="1 2"),
        lambda w: again(w.pay_code, method="cash", bank_code=""),
    ],
    "pay_code_stays": [lambda w: change(w.pay_code, number="1")],
    "pay_code_kept": [lambda w: drop(w.pay_code)],
    "refund_of_something": [lambda w: again(w.refund, amount_twd=0)],
    "charge_waits_only_after_a_refusal": [
        lambda w: change(w.charge, refund_next_at=NOW),
        lambda w: change(w.charge, refund_next_at=NOW, refund_tries=1, refund_sent_at=NOW),
    ],
    "refund_waits_only_after_a_refusal": [
        lambda w: change(w.refund, refund_next_at=NOW),
        lambda w: change(w.refund, refund_next_at=NOW, refund_tries=1, refund_sent_at=NOW),
    ],
    "refund_within_its_charge": [lambda w: again(w.refund, amount_twd=w.charge.amount_twd - 1)],
    "refund_stays_what_it_is": [
        lambda w: change(w.refund, amount_twd=2),
        lambda w: change(w.refund, points=2),
    ],
    "refund_kept": [lambda w: drop(w.refund)],
    "refund_proposal_open_once": [lambda w: again(w.proposal)],
    "refund_proposal_says_who_what_and_why": [
        lambda w: again(_answered(w), party="officer"),
        lambda w: again(_answered(w), amount_twd=0),
        lambda w: again(_answered(w), reason=""),
    ],
    "refund_proposal_stays_what_it_is": [lambda w: change(w.proposal, amount_twd=2)],
    "refund_proposal_kept": [lambda w: drop(w.proposal)],
}
