"""Read OCSP responses (RFC 6960): who signed, about which certificate, how fresh."""

from datetime import datetime, timedelta
from typing import Final

from asn1crypto import keys
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from tcloud.adapters.card.port import Revocation, RevocationFinding

CLOCK_SKEW: Final = timedelta(minutes=5)
# An answer without nextUpdate says "newer information is always available" (RFC 6960 §4.2.2.1): it must be recent.
MAX_AGE_WITHOUT_NEXT_UPDATE: Final = timedelta(minutes=30)
WEAK: Final = (hashes.MD5, hashes.SHA1)


class EvidenceError(Exception):
    """The signed statement cannot be relied on; the text, for the log, says why."""


def signature_verifies(
    key: object, signature: bytes, data: bytes, digest: hashes.HashAlgorithm | None, scheme: object = None
) -> bool:
    """Whether an RSA (PKCS#1 v1.5, or PSS when `scheme` says so) or ECDSA signature verifies; False for any other key."""
    if digest is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(
                signature, data, scheme if isinstance(scheme, padding.PSS) else padding.PKCS1v15(), digest
            )
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def check_fresh(this_update: datetime, next_update: datetime | None, at: datetime) -> None:
    """Raises EvidenceError unless `at` lies between the two, with five minutes for clocks that differ."""
    until = next_update if next_update is not None else this_update + MAX_AGE_WITHOUT_NEXT_UPDATE
    if not this_update - CLOCK_SKEW <= at <= until + CLOCK_SKEW:
        raise EvidenceError(
            f"speaks of {this_update:%Y-%m-%dT%H:%MZ} to {until:%Y-%m-%dT%H:%MZ}, asked for {at:%Y-%m-%dT%H:%M%z}"
        )


def build_request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """DER request with a SHA-1 CertID: a name for the certificate, not a protection, and the one every responder knows."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return request.public_bytes(serialization.Encoding.DER)


def read_response(
    der: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    nonce: bytes | None,
    at: datetime,
    url: str,
) -> RevocationFinding:
    """What a response says of the certificate. Raises EvidenceError when it is unsigned, unauthorised, stale, foreign or unsure.

    A responder may leave the nonce out (many answer from a cache), but a different one is a replay; None for an answer kept from earlier.
    """
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise EvidenceError(f"the responder answers {response.response_status.name}")
        _check_signature(response, issuer, at)
        if nonce is not None:
            _check_nonce(response, nonce)
        single = _find_single(response, certificate, issuer)
        check_fresh(single.this_update_utc, single.next_update_utc, at)
        if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            raise EvidenceError("the responder does not know the certificate")
        revoked_at = (
            single.revocation_time_utc if single.certificate_status is ocsp.OCSPCertStatus.REVOKED else None
        )
        return RevocationFinding(
            status=Revocation.GOOD if revoked_at is None else Revocation.REVOKED,
            source="ocsp",
            url=url,
            evidence=der,
            this_update=single.this_update_utc,
            next_update=single.next_update_utc,
            revoked_at=revoked_at,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EvidenceError(f"unreadable response: {error}") from error


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    if isinstance(response.signature_hash_algorithm, WEAK):
        raise EvidenceError("signed with a weak digest")
    for responder in (issuer, *response.certificates):
        if not _named(response, responder):
            continue
        if responder is not issuer and responder != issuer:
            _check_delegation(responder, issuer, at)
        if signature_verifies(
            responder.public_key(),
            response.signature,
            response.tbs_response_bytes,
            response.signature_hash_algorithm,
        ):
            return
    raise EvidenceError("not signed by the issuer or a responder it authorised")


def _named(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return bool(response.responder_name == responder.subject)
    return bool(
        response.responder_key_hash
        == x509.SubjectKeyIdentifier.from_public_key(responder.public_key()).digest
    )


def _check_delegation(responder: x509.Certificate, issuer: x509.Certificate, at: datetime) -> None:
    """RFC 6960 §4.2.2.2: issued directly by the CA that issued the certificate in question, for OCSP signing, and valid."""
    if responder.issuer != issuer.subject or isinstance(responder.signature_hash_algorithm, WEAK):
        raise EvidenceError("the responder was not appointed by the issuer")
    if not signature_verifies(
        issuer.public_key(),
        responder.signature,
        responder.tbs_certificate_bytes,
        responder.signature_hash_algorithm,
        responder.signature_algorithm_parameters,
    ):
        raise EvidenceError("the responder's certificate is not signed by the issuer")
    try:
        usages = responder.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    except x509.ExtensionNotFound:
        usages = x509.ExtendedKeyUsage([])
    if not isinstance(usages, x509.ExtendedKeyUsage) or ExtendedKeyUsageOID.OCSP_SIGNING not in usages:
        raise EvidenceError("the responder may not sign OCSP responses")
    if not responder.not_valid_before_utc <= at <= responder.not_valid_after_utc:
        raise EvidenceError("the responder's certificate is not valid at that time")


def _check_nonce(response: ocsp.OCSPResponse, nonce: bytes) -> None:
    try:
        stated = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return
    if stated != nonce:
        raise EvidenceError("the nonce is not the one sent")


def _find_single(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    for single in response.responses:
        algorithm = single.hash_algorithm
        same_name = single.issuer_name_hash == _digest(algorithm, issuer.subject.public_bytes())
        same_key = single.issuer_key_hash == _digest(algorithm, _key_bits(issuer))
        if single.serial_number == certificate.serial_number and same_name and same_key:
            return single
    raise EvidenceError("the response speaks of another certificate")


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    context = hashes.Hash(algorithm)
    context.update(data)
    return context.finalize()


def _key_bits(issuer: x509.Certificate) -> bytes:
    """The subjectPublicKey bits without tag and length, over which CertID hashes the issuer's key."""
    spki = issuer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    contents: bytes = keys.PublicKeyInfo.load(spki)["public_key"].contents
    return contents[1:]
