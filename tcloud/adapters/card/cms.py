"""Read and verify a CMS signature as the card component makes it (RFC 5652, PROTOCOLS §1.7)."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from asn1crypto import algos, cms, core
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tcloud.adapters.card.certificates import ASN1_ERRORS, CertificateReading, decode_blob, read_certificate
from tcloud.adapters.card.port import CardDataError

ATTRIBUTE_NONCE: Final = "1.2.840.113549.1.9.25.3"
ATTRIBUTE_CARD_NUMBER: Final = "2.16.886.1.100.2.204"
ATTRIBUTE_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
ATTRIBUTE_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
ATTRIBUTE_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"

DIGESTS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class CmsReading:
    """One signature found in a CMS: who, with what digests, whether it is right, and what its signed attributes say.

    `signature_ok` as in `CardVerdict`; `content_matches` is False when the signed content is not the one expected, None when there was
    nothing to compare. `nonces` are the values of the nonce attribute, lower-case hex.
    """

    signer: CertificateReading
    signature_ok: bool | None
    content_matches: bool | None
    digests: tuple[str, ...]
    signer_count: int
    certificates: tuple[bytes, ...] = field(repr=False)
    nonces: tuple[str, ...] = ()
    signing_time: datetime | None = None
    card_number: str | None = None


def is_cms(data: bytes) -> bool:
    """Whether the bytes (DER, PEM or base64) are a CMS SignedData at all, as opposed to a certificate or garbage."""
    try:
        return bool(cms.ContentInfo.load(decode_blob(data))["content_type"].native == "signed_data")
    except (CardDataError, *ASN1_ERRORS):
        return False


def read_cms(data: bytes, *, content: bytes | None = None) -> CmsReading:
    """Parse a SignedData (DER, BER with indefinite lengths, PEM or base64) and verify its signature.

    `content` is what should have been signed; None takes the encapsulated content. All signers must be right for `signature_ok`; the
    signer reported is the first. Raises CardDataError when there is nothing to judge: garbage, no signer, no certificate.
    """
    try:
        signed = _signed_data(decode_blob(data))
        certificates = tuple(
            choice.chosen.dump() for choice in signed["certificates"] or () if choice.name == "certificate"
        )
        encapsulated = _encapsulated(signed)
        signers = list(signed["signer_infos"])
        if not signers:
            raise CardDataError("not_cms")
        content_type = signed["encap_content_info"]["content_type"].dotted
        verdicts = [
            _verify_signer(info, certificates, content if content is not None else encapsulated, content_type)
            for info in signers
        ]
        matches = _compare(content, encapsulated, verdicts)
        return _reading(signers, certificates, verdicts, matches)
    except CardDataError:
        raise
    except ASN1_ERRORS as error:
        raise CardDataError("not_cms") from error


def verify_raw(
    signer: CertificateReading, data: bytes, signature: bytes, digest: str, algorithm: Any = None
) -> bool:
    """Whether `signature` over `data` verifies with the certificate's key: RSA PKCS#1 v1.5 or PSS, or ECDSA.

    `digest` is one of `DIGESTS`; `algorithm` the CMS SignatureAlgorithm, which may name PSS and its own digest.
    """
    try:
        key = serialization.load_der_public_key(signer.asn1.public_key.dump())
        digest_class = DIGESTS[_signature_digest(algorithm, digest)]
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _rsa_padding(algorithm), digest_class())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(digest_class()))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, *ASN1_ERRORS):
        return False
    return True


def _signed_data(der: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(der)
    if info["content_type"].native != "signed_data":
        raise CardDataError("not_cms")
    return info["content"]


def _encapsulated(signed: cms.SignedData) -> bytes | None:
    content = signed["encap_content_info"]["content"]
    if isinstance(content, core.Void) or content.native is None:
        return None
    if signed["encap_content_info"]["content_type"].native != "data":
        parsed = content.parsed if hasattr(content, "parsed") else content
        return cast(bytes, parsed.contents)  # PKCS#7 v1.5: the digest covers the value without tag and length
    return cast(bytes, content.native)


@dataclass(frozen=True, slots=True)
class _SignerVerdict:
    signer: CertificateReading
    ok: bool | None
    digest_matches: bool | None
    digests: tuple[str, ...]


def _verify_signer(
    info: cms.SignerInfo, certificates: tuple[bytes, ...], content: bytes | None, content_type: str
) -> _SignerVerdict:
    signer = _find_signer(info["sid"], certificates)
    digest = info["digest_algorithm"]["algorithm"].native
    algorithm = info["signature_algorithm"]
    digests = tuple(dict.fromkeys((digest, _signature_digest(algorithm, digest))))
    signature = info["signature"].native
    actual = (
        hashlib.new(digest, content, usedforsecurity=False).digest()
        if content is not None and digest in DIGESTS
        else None
    )
    attributes = info["signed_attrs"]
    if isinstance(attributes, core.Void) or not len(attributes):
        ok = None if content is None else verify_raw(signer, content, signature, digest, algorithm)
        return _SignerVerdict(signer, ok, ok, digests)
    stated = _single(attributes, ATTRIBUTE_MESSAGE_DIGEST)
    kind = _single(attributes, ATTRIBUTE_CONTENT_TYPE)
    # The signature covers the attributes as a SET (RFC 5652 §5.4); DER sorts it, some signers send it unsorted as they signed it.
    encodings = {attributes.untag().dump(), attributes.untag().dump(force=True)}
    signed = any(verify_raw(signer, encoding, signature, digest, algorithm) for encoding in encodings)
    well_formed = stated is not None and kind is not None and kind.dotted == content_type
    if content is None:
        return _SignerVerdict(signer, None if signed and well_formed else False, None, digests)
    matches = stated is not None and actual is not None and hmac.compare_digest(stated.native, actual)
    return _SignerVerdict(signer, signed and well_formed and matches, matches, digests)


def _find_signer(sid: cms.SignerIdentifier, certificates: tuple[bytes, ...]) -> CertificateReading:
    for der in certificates:
        reading = read_certificate(der)
        if sid.name == "issuer_and_serial_number":
            wanted = sid.chosen
            if (
                reading.asn1.serial_number == wanted["serial_number"].native
                and reading.asn1.issuer.hashable == wanted["issuer"].hashable
            ):
                return reading
        elif reading.asn1.key_identifier == sid.chosen.native:
            return reading
    raise CardDataError("no_certificate")


def _attribute_values(attributes: cms.CMSAttributes, oid: str) -> list[Any]:
    """Values of an attribute; ANY is parsed. More than one attribute of a type all count (and make a single one ambiguous)."""
    values = [
        value for attribute in attributes if attribute["type"].dotted == oid for value in attribute["values"]
    ]
    return [value.parse() if isinstance(value, core.Any) else value for value in values]


def _single(attributes: cms.CMSAttributes, oid: str) -> Any | None:
    values = _attribute_values(attributes, oid)
    return values[0] if len(values) == 1 else None


def _compare(
    content: bytes | None, encapsulated: bytes | None, verdicts: list[_SignerVerdict]
) -> bool | None:
    if content is not None and encapsulated is not None and not hmac.compare_digest(content, encapsulated):
        return False
    known = [verdict.digest_matches for verdict in verdicts if verdict.digest_matches is not None]
    return all(known) if known else None


def _reading(
    signers: list[cms.SignerInfo],
    certificates: tuple[bytes, ...],
    verdicts: list[_SignerVerdict],
    matches: bool | None,
) -> CmsReading:
    attributes = signers[0]["signed_attrs"]
    present = not isinstance(attributes, core.Void)
    states = [verdict.ok for verdict in verdicts]
    ok = False if matches is False or False in states else (None if None in states else True)
    time = _single(attributes, ATTRIBUTE_SIGNING_TIME) if present else None
    card = _single(attributes, ATTRIBUTE_CARD_NUMBER) if present else None
    return CmsReading(
        signer=verdicts[0].signer,
        signature_ok=ok,
        content_matches=matches,
        digests=tuple(dict.fromkeys(name for verdict in verdicts for name in verdict.digests)),
        signer_count=len(signers),
        certificates=certificates,
        nonces=tuple(_hex(value) for value in _attribute_values(attributes, ATTRIBUTE_NONCE))
        if present
        else (),
        signing_time=time.native if time is not None else None,
        card_number=_text(card) if card is not None else None,
    )


def _hex(value: Any) -> str:
    """The nonce as lower-case hex: components write it as raw octets or as the hex text they were given."""
    native = value.native
    if isinstance(native, int):
        return f"{native:x}"
    return native.hex() if isinstance(native, bytes) else str(native).lower()


def _text(value: Any) -> str:
    native = value.native
    return native.decode("ascii", "replace") if isinstance(native, bytes) else str(native)


def _signature_digest(algorithm: Any, default: str) -> str:
    if algorithm is None:
        return default
    try:
        return cast(str, algorithm.hash_algo)
    except ValueError:  # plain rsaEncryption: the digest is the SignerInfo's
        return default


def _rsa_padding(algorithm: Any) -> padding.AsymmetricPadding:
    if not isinstance(algorithm, algos.SignedDigestAlgorithm) or algorithm.signature_algo != "rsassa_pss":
        return padding.PKCS1v15()
    parameters = algorithm["parameters"]
    mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
    return padding.PSS(padding.MGF1(DIGESTS[mask]()), parameters["salt_length"].native)
