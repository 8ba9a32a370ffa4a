"""Read certificates: DER or PEM in, `CertificateFacts` out (PROTOCOLS §2, RFC 5280)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from asn1crypto import pem, x509

from tcloud.adapters.card.port import CardDataError, CertificateFacts, Reason, reason
from tcloud.core import ubn as ubn_rule

ATTRIBUTE_SUBJECT_CLASS: Final = "2.16.886.1.100.2.1"
ATTRIBUTE_RANK: Final = "2.16.886.1.100.2.2"
ATTRIBUTE_UBN: Final = "2.16.886.1.100.2.101"

USAGE_NAMES: Final = {
    "digital_signature": "digitalSignature",
    "non_repudiation": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
    "encipher_only": "encipherOnly",
    "decipher_only": "decipherOnly",
}
# The keyword in the issuer's name tells the kind of card; the order matters, 工商 first.
CARD_KINDS: Final = (("工商", "MOEACA"), ("組織及團體", "XCA"), ("內政部", "MOICA"), ("政府", "GCA"))

# What asn1crypto raises on malformed input; it parses lazily, so any access may raise.
ASN1_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
MAX_INPUT_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CertificateReading:
    """A parsed certificate: its facts, the ASN.1 behind them, and what is wrong with the 統編 on it (R-10)."""

    facts: CertificateFacts
    der: bytes
    asn1: x509.Certificate
    ubn_problem: Reason | None


def decode_blob(data: bytes) -> bytes:
    """DER behind PEM armour, bare base64 or nothing at all.

    Raises CardDataError when it is empty, too large (1 MB), or PEM that cannot be decoded.
    """
    if not data or len(data) > MAX_INPUT_BYTES:
        raise CardDataError("not_a_certificate")
    if b"-----BEGIN" in data:
        try:
            _, _, der = pem.unarmor(data[data.index(b"-----BEGIN") :])
        except ASN1_ERRORS as error:
            raise CardDataError("not_a_certificate") from error
        return cast(bytes, der)
    if data[0] != 0x30:
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error as error:
            raise CardDataError("not_a_certificate") from error
    return data


def load_certificates(data: bytes) -> tuple[bytes, ...]:
    """DER of every certificate in a PEM bundle, or of the single DER certificate given.

    Raises CardDataError when there is none or one of them is unreadable.
    """
    try:
        blocks = [der for kind, _, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"]
    except ASN1_ERRORS:
        blocks = []
    ders = tuple(blocks) or (decode_blob(data),)
    for der in ders:
        read_certificate(der)
    return ders


def read_trust_folder(folder: Path) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """(anchors, intermediates) from `folder`/anchors/*.pem and `folder`/intermediates/*.pem, sorted by name.

    Raises CardDataError when a file is unreadable or there is no anchor at all: a deployment without anchors accepts nobody,
    which is better said at start than at the first card.
    """
    anchors, intermediates = (
        tuple(
            der
            for path in sorted((folder / kind).glob("*.pem"))
            for der in load_certificates(path.read_bytes())
        )
        for kind in ("anchors", "intermediates")
    )
    if not anchors:
        raise CardDataError("no_anchors", folder=str(folder))
    return anchors, intermediates


@lru_cache(maxsize=256)
def _parse(der: bytes) -> CertificateReading:
    try:
        certificate = x509.Certificate.load(der, strict=True)
        _ = certificate.native  # forces the lazy parser through every field, so that nothing raises later
        attributes = _directory_attributes(certificate)
        numbers = _subject_values(certificate, "serial_number")
        written_ubn, problem = _judge_ubn(attributes.get(ATTRIBUTE_UBN), numbers)
        return CertificateReading(
            _facts(certificate, attributes, written_ubn, der), der, certificate, problem
        )
    except ASN1_ERRORS as error:
        raise CardDataError("not_a_certificate") from error


def read_certificate(data: bytes) -> CertificateReading:
    """Parse one certificate (DER, PEM or base64). Raises CardDataError when it is none."""
    return _parse(decode_blob(data))


def _facts(
    certificate: x509.Certificate, attributes: dict[str, str], written_ubn: str | None, der: bytes
) -> CertificateFacts:
    issuer = certificate.issuer.human_friendly
    usage = certificate.key_usage_value.native if certificate.key_usage_value else set()
    policies = certificate.certificate_policies_value
    rank = attributes.get(ATTRIBUTE_RANK, "").strip().lower() or None
    organisations = _subject_values(certificate, "organization_name") or _subject_values(
        certificate, "common_name"
    )
    return CertificateFacts(
        ubn=written_ubn,
        organisation=organisations[0] if organisations else "",
        serial_hex=f"{certificate.serial_number:x}",
        fingerprint_sha256=hashlib.sha256(der).hexdigest(),
        usage=tuple(name for key, name in USAGE_NAMES.items() if key in usage),
        policies=tuple(item["policy_identifier"].dotted for item in policies) if policies else (),
        rank=rank,
        issuer=issuer,
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        card_kind=next((kind for keyword, kind in CARD_KINDS if keyword in issuer), None),
        subject_class=attributes.get(ATTRIBUTE_SUBJECT_CLASS),
    )


def _subject_values(certificate: x509.Certificate, attribute: str) -> list[str]:
    return [
        str(pair["value"].native)
        for rdn in certificate.subject.chosen
        for pair in rdn
        if pair["type"].native == attribute
    ]


def _directory_attributes(certificate: x509.Certificate) -> dict[str, str]:
    """subjectDirectoryAttributes (2.5.29.9) as OID → first value; a value that is an OID comes in dotted form."""
    found: dict[str, str] = {}
    extension = certificate.subject_directory_attributes_value
    for attribute in extension or ():
        value: Any = attribute["values"][0]
        parsed = value.parse() if hasattr(value, "parse") else value
        text = parsed.dotted if hasattr(parsed, "dotted") else str(parsed.native)
        found.setdefault(attribute["type"].dotted, text)
    return found


def _judge_ubn(attribute: str | None, subject_numbers: list[str]) -> tuple[str | None, Reason | None]:
    """The 統編 as written and what is wrong with it: prefer the directory attribute, all places must agree, run the checksum."""
    places = [text.strip() for text in ([attribute] if attribute else []) + subject_numbers]
    if not places or not places[0]:
        return None, reason("ubn_missing")
    if len(set(places)) > 1:
        return places[0], reason("ubn_mismatch", numbers=tuple(dict.fromkeys(places)))
    if not ubn_rule.is_valid(places[0]):
        return places[0], reason("ubn_checksum", number=places[0])
    return places[0], None
