"""Codes that the gateway gave out for a charge (PROTOCOLS §5)."""

from datetime import datetime

from django.db import transaction

from tcloud.adapters.gateway_port import CodesMessage
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.payments.models import Charge, PayCode


@transaction.atomic
def keep_codes(charge: Charge, said: CodesMessage, *, by: Actor, at: datetime) -> bool:
    """Keep where the charge may be paid; the company is told. False when the same was said before. The charge's row must be locked."""
    code, new = PayCode.objects.get_or_create(
        charge=charge,
        method=said.method.value,
        number=said.number,
        barcodes=" ".join(said.barcodes),
        defaults={"bank_code": said.bank_code, "expires_at": said.expires_at, "received_at": at},
    )
    if new:
        events.record("charge.codes_issued", charge, case=charge.case, by=by, at=at, code=code.pk)
    return new
