"""The guards of payments: a row of everything they guard, and the ways to break each."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tcloud.payments.models import Charge, PayCode
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows(order: Any) -> dict[str, Any]:
    """What the payment of an order leaves behind."""
    charge = Charge.objects.get(order_number=order.number)
    return {
        "pay_code": PayCode.objects.create(
            charge=charge, method="atm", bank_code="812", number="9103522175887271", received_at=NOW
        ),
    }


TRIES: dict[str, list[Callable[[SimpleNamespace], None]]] = {
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
}
