"""Make a card's signature last: a time-stamp over it, and beside it the proof that the card was good then (PAdES-B-LT, EN 319 142-1).

A card expires and its authority stops answering; a contract is read for years. So the moment of signing is proved by a time-stamping
authority, and every certificate and every answer about revocation that a later reader needs is kept in the document itself.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise

from asn1crypto import crl, ocsp, x509
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tcloud.adapters.card import Revocation, RevocationChecker, RevocationFinding, TrustPolicy
from tcloud.adapters.time_stamp import TimeStamper, TimeStampError
from tcloud.contracts.signing import PDF_ERRORS, PreparedSignature, SigningError, complete

logger = logging.getLogger(__name__)


class ServiceSilent(SigningError):
    """An authority that must say something does not answer; the signer may try again later."""


@dataclass(frozen=True, slots=True)
class SealingServices:
    """What a lasting signature needs from outside, and the policy its card is judged by."""

    policy: TrustPolicy
    revocation: RevocationChecker
    time_stamper: TimeStamper


def seal(
    prepared: PreparedSignature,
    signature: bytes,
    *,
    chain_der: tuple[bytes, ...],
    services: SealingServices,
    at: datetime,
) -> bytes:
    """The document signed, time-stamped and with all proof embedded. Asks the outside services: call it outside transactions.

    `signature` as for `complete`; `chain_der`: path of the card, leaf first and anchor last. Raises SigningError when the signature is
    not the card's, when a certificate of either path was revoked; ServiceSilent when a service does not answer.
    """
    complete(prepared, signature)  # a wrong signature is refused before anybody is asked about it
    try:
        stamp = services.time_stamper.stamp(signature)
    except TimeStampError as error:
        logger.warning("no time-stamp: %s", error)
        raise ServiceSilent("time_stamp_silent") from error
    signed = complete(prepared, signature, time_stamp=stamp.token)
    findings = [
        finding
        for path in (chain_der, stamp.chain_der)
        for finding in _standing(path, services.revocation, at=at)
    ]
    return _embed(signed, certificates=(*chain_der, *stamp.chain_der), findings=findings)


def _standing(
    path: tuple[bytes, ...], revocation: RevocationChecker, *, at: datetime
) -> Iterable[RevocationFinding]:
    """What the authorities say of each certificate below the anchor. Raises SigningError, ServiceSilent."""
    for der, issuer in pairwise(path):
        finding = revocation.check(der, issuer, at=at)
        if finding.status is Revocation.REVOKED:
            raise SigningError("revoked")
        if finding.status is Revocation.UNKNOWN:
            raise ServiceSilent("revocation_silent")
        yield finding


def _embed(pdf: bytes, *, certificates: Iterable[bytes], findings: Iterable[RevocationFinding]) -> bytes:
    """The document security store (ISO 32000-2 §12.8.4.3) as an incremental update."""
    known = list(findings)
    output = BytesIO(pdf)
    try:
        DocumentSecurityStore.add_dss(
            output,
            sig_contents=None,  # EN 319 142-1 §5.4.2.3 advises against a VRI
            certs=[x509.Certificate.load(der) for der in dict.fromkeys(certificates)],
            ocsps=[ocsp.OCSPResponse.load(each.evidence) for each in known if each.source == "ocsp"],
            crls=[crl.CertificateList.load(each.evidence) for each in known if each.source == "crl"],
        )
    except PDF_ERRORS as error:
        raise SigningError("proof_not_embedded") from error
    return output.getvalue()
