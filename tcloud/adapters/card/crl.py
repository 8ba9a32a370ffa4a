"""Read certificate revocation lists (RFC 5280 §5 and §6.3), whole or partitioned."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from tcloud.adapters.card.ocsp import WEAK, EvidenceError, check_fresh, signature_verifies
from tcloud.adapters.card.port import Revocation, RevocationFinding


def read_list(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, at: datetime, url: str
) -> RevocationFinding:
    """What the list says of the certificate. Raises EvidenceError when it is not the issuer's, stale, or does not cover it."""
    try:
        crl = _load(data)
        if crl.issuer != issuer.subject:
            raise EvidenceError("the list is another authority's")
        if isinstance(crl.signature_hash_algorithm, WEAK):
            raise EvidenceError("signed with a weak digest")
        if not signature_verifies(
            issuer.public_key(),
            crl.signature,
            crl.tbs_certlist_bytes,
            crl.signature_hash_algorithm,
            crl.signature_algorithm_parameters,
        ):
            raise EvidenceError("not signed by the issuer")
        _check_scope(crl, certificate, url)
        if crl.next_update_utc is None:
            raise EvidenceError("the list does not say until when it holds")
        check_fresh(crl.last_update_utc, crl.next_update_utc, at)
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        revoked_at = entry.revocation_date_utc if entry is not None else None
        return RevocationFinding(
            status=Revocation.GOOD if revoked_at is None else Revocation.REVOKED,
            source="crl",
            url=url,
            evidence=crl.public_bytes(serialization.Encoding.DER),
            this_update=crl.last_update_utc,
            next_update=crl.next_update_utc,
            revoked_at=revoked_at,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EvidenceError(f"unreadable list: {error}") from error


def _load(data: bytes) -> x509.CertificateRevocationList:
    if b"-----BEGIN" in data[:200]:
        return x509.load_pem_x509_crl(data)
    return x509.load_der_x509_crl(data)


def _check_scope(crl: x509.CertificateRevocationList, certificate: x509.Certificate, url: str) -> None:
    """A list whose critical extensions restrict it must include this certificate (RFC 5280 §5.2.5); deltas are not used."""
    for extension in crl.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            _check_partition(extension.value, certificate, url)
        elif extension.critical:
            raise EvidenceError(f"unknown critical extension {extension.oid.dotted_string}")


def _check_partition(scope: x509.IssuingDistributionPoint, certificate: x509.Certificate, url: str) -> None:
    authority = _is_authority(certificate)
    if scope.only_contains_attribute_certs or scope.indirect_crl or scope.only_some_reasons:
        raise EvidenceError("an indirect or partial list")
    if (scope.only_contains_user_certs and authority) or (scope.only_contains_ca_certs and not authority):
        raise EvidenceError("a list of the other kind of certificates")
    if scope.relative_name is not None:
        raise EvidenceError("a partition named relatively")
    if scope.full_name is not None:
        names = {name.value for name in scope.full_name if isinstance(name, x509.UniformResourceIdentifier)}
        if url not in names:
            raise EvidenceError("another partition of the list")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
