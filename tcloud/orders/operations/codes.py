"""The gateway's codes for paying at a machine (PROTOCOLS §5): kept and told, never taken for a payment (R-23, R-30)."""

from datetime import datetime

from django.db import transaction

from tcloud.adapters.gateway_port import CodesMessage, MessageRefused, PaymentGateway
from tcloud.core import events
from tcloud.core.actors import THE_GATEWAY
from tcloud.orders.models import Order
from tcloud.orders.operations.locking import locked
from tcloud.orders.operations.paying import UNPAID, refused, trade_no_of
from tcloud.payments import operations as payments
from tcloud.payments import rules
from tcloud.payments.models import Charge


def receive_codes(
    body: str,
    fields: dict[str, str],
    *,
    gateway: PaymentGateway,
    account_id: int | None = None,
    remote_address: str,
    at: datetime,
) -> str:
    """Take a code message: kept raw first, then judged. Returns the verdict; any but "forged" and "malformed" is to be answered 1|OK.

    "codes": kept and told to the company. Harmless: "repeated", "not_issued", "unknown_trade", "merchant", "amount", and "over" for a
    charge that is paid or whose order takes no money any more: nobody is invited to pay it.
    """
    message = payments.store_message(
        "codes", body, trade_no=trade_no_of(gateway.parse_codes, fields), remote_address=remote_address, at=at
    )
    try:
        said = gateway.parse_codes(fields)
        verdict = _keep(said, merchant_id=gateway.merchant_id, account_id=account_id, at=at)
    except MessageRefused as error:
        verdict = refused(error)
    payments.note_verdict(message, verdict)
    return verdict


@transaction.atomic(durable=True)
def _keep(said: CodesMessage, *, merchant_id: str, account_id: int | None, at: datetime) -> str:
    found = Charge.objects.filter(trade_no=said.trade_no).first()
    if found is None:
        return "unknown_trade"
    order = locked(Order.objects.get(number=found.order_number))
    charge = Charge.objects.select_for_update().get(pk=found.pk)
    wrong = rules.judge_codes(rules.ExpectedPayment(merchant_id, charge.trade_no, charge.amount_twd), said)
    if charge.account_id != account_id:
        wrong = "merchant"
    if wrong:
        events.record(
            "charge.mismatch", charge, case=charge.case, by=THE_GATEWAY, at=at, why=wrong,
            amount_twd=said.amount_twd, codes=True,
        )  # fmt: skip
        return wrong
    if not said.issued:
        return "not_issued"
    if order.state != "ACCEPTED" or charge.state not in UNPAID or at >= charge.expires_at:
        return "over"
    return "codes" if payments.keep_codes(charge, said, by=THE_GATEWAY, at=at) else "repeated"
