"""Handing out the evidence of an order, sealed so that nobody can alter it later (R-18, R-20, R-37)."""

import base64
import hashlib
import json
import logging
import zipfile
from datetime import datetime
from io import BytesIO
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.time_stamp import TimeStamper, TimeStampError
from tcloud.core import clock, events, signing_keys
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.ledger import signing
from tcloud.orders.evidence import FORMAT, files_of
from tcloud.orders.models import Order

MANIFEST: Final = "manifest.json"
logger = logging.getLogger(__name__)


def make_evidence(order: Order, *, time_stamper: TimeStamper, by: Actor, at: datetime) -> bytes:
    """A ZIP of everything about the order: a manifest with the SHA-256 of each file, the platform's signature over it (Ed25519, the
    ledger's key) and a time-stamp (RFC 3161). scripts/verify_evidence.py verifies it without the platform.

    Who took it stands in the order's record. Raises Refusal `evidence.no_key` in a process without the key, `evidence.no_time_stamp`.
    """
    key = signing.signer()
    if key is None:
        raise Refusal("evidence.no_key", _("這台主機沒有簽章金鑰，不能製作證據包。請洽系統管理人員。"))
    with transaction.atomic(durable=True):
        events.record("order.evidence_taken", order, case=order.case, by=by, at=at, announce=False)
        files = files_of(order)
    manifest = _manifest(order, files, key_id=signing.key_id_of(key), at=at)
    try:
        stamp = time_stamper.stamp(manifest)
    except TimeStampError as error:
        logger.warning("no time-stamp for evidence: %s", error)
        raise Refusal("evidence.no_time_stamp", _("時戳服務暫時沒有回應，請稍候再下載。")) from error
    seals = {
        MANIFEST: manifest,
        f"{MANIFEST}.sig": base64.b64encode(key.sign(manifest)),
        f"{MANIFEST}.tst": stamp.token,
        f"{MANIFEST}.pem": signing_keys.pem(key.public_key()).encode(),
    }
    return _zip(files | seals, at=at)


def _manifest(order: Order, files: dict[str, bytes], *, key_id: str, at: datetime) -> bytes:
    content = {
        "format": FORMAT,
        "order": order.number,
        "made_at": at.isoformat(),
        "key_id": key_id,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _zip(files: dict[str, bytes], *, at: datetime) -> bytes:
    output, moment = BytesIO(), clock.taipei(at)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, moment.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)
    return output.getvalue()
