"""What the card computes: PKCS#1 signatures and CMS SignedData (PROTOCOLS §1.5–1.7)."""

import datetime as dt
import hashlib

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.card_agent.codes import AgentError

HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA1": hashes.SHA1(),  # noqa: S303 the component offers it; the server has to refuse it
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
DIGEST_BYTES = {algorithm.digest_size: algorithm for algorithm in HASHES.values()}
NONCE_ATTRIBUTE = "1.2.840.113549.1.9.25.3"
CARD_NUMBER_ATTRIBUTE = "2.16.886.1.100.2.204"


def sign_pkcs1(key: rsa.RSAPrivateKey, content: bytes, hash_algorithm: str) -> bytes:
    """RSASSA-PKCS1-v1_5 over the digest of `content`; 256 bytes. `hash_algorithm` is a key of `HASHES`."""
    return key.sign(content, padding.PKCS1v15(), HASHES[hash_algorithm])


def sign_digest(key: rsa.RSAPrivateKey, digest: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 over a digest made elsewhere. No algorithm is named in a RAW request, so its length tells which;
    any other length raises `AgentError("bad_content")`."""
    algorithm = DIGEST_BYTES.get(len(digest))
    if algorithm is None:
        raise AgentError("bad_content")
    return key.sign(digest, padding.PKCS1v15(), utils.Prehashed(algorithm))


def sign_cms(
    key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    content: bytes,
    *,
    hash_algorithm: str = "SHA256",
    chain: tuple[x509.Certificate, ...] = (),
    nonce: bytes | None = None,
    card_number: str | None = None,
    signing_time: dt.datetime | None = None,
) -> bytes:
    """CMS SignedData (RFC 5652), DER, with the content **encapsulated**: a sign-in server receives only this one value, and
    must be able to see that what was signed is the challenge it gave. A PDF is signed by PKCS1 over the attributes instead
    (PROTOCOLS §8), so a detached form is never needed.

    Signed attributes: contentType, messageDigest, then signingTime, nonce (OCTET STRING) and card number
    (PrintableString) where given. `certificate` and `chain` are included. `signing_time` must be aware.
    """
    digest = hashlib.new(hash_algorithm.lower(), content).digest()
    attributes = [_attribute("content_type", "data"), _attribute("message_digest", digest)]
    if signing_time is not None:
        utc = signing_time.astimezone(dt.UTC).replace(microsecond=0)
        attributes.append(_attribute("signing_time", cms.Time({"utc_time": core.UTCTime(utc)})))
    if nonce is not None:
        attributes.append(_attribute(NONCE_ATTRIBUTE, core.OctetString(nonce)))
    if card_number is not None:
        attributes.append(_attribute(CARD_NUMBER_ATTRIBUTE, core.PrintableString(card_number)))
    signed_attributes = cms.CMSAttributes(attributes)
    signer = _asn1(certificate)
    digest_algorithm = algos.DigestAlgorithm({"algorithm": hash_algorithm.lower()})
    signer_info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": signer.issuer, "serial_number": signer.serial_number}),
            ),
            "digest_algorithm": digest_algorithm,
            "signed_attrs": signed_attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}),
            "signature": sign_pkcs1(key, signed_attributes.dump(), hash_algorithm),
        }
    )
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest_algorithm],
            "encap_content_info": {"content_type": "data", "content": content},
            "certificates": [signer, *(_asn1(other) for other in chain)],
            "signer_infos": [signer_info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed_data}).dump())


def _attribute(oid: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": cms.CMSAttributeType(oid), "values": [value]})


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
