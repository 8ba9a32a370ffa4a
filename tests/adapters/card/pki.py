"""A small PKI with the certificate profile of PROTOCOLS §2, made anew in each test run; names and numbers are invented."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from hashlib import new as new_hash

from asn1crypto import cms, core, tsp
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

AT = datetime(2027, 2, 3, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COMPANY = "2.16.886.1.100.3.2.2.1.1"
LEVEL_3 = "2.16.886.101.0.3.3"
UBN, OTHER_UBN = "04595252", "10458575"
OCSP_URL = "http://ocsp.card.test/ocsp"
CRL_URL = "http://crl.card.test/CRL_0001.crl"
NONCE_OID, CARD_NUMBER_OID = "1.2.840.113549.1.9.25.3", "2.16.886.1.100.2.204"


@cache
def key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def dn(**parts: str) -> x509.Name:
    oids = {
        "C": NameOID.COUNTRY_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "SN": NameOID.SERIAL_NUMBER,
    }
    return x509.Name([x509.NameAttribute(oids[name], value) for name, value in parts.items()])


ROOT_NAME = dn(C="TW", O="Test Government Root Certification Authority")
CA_NAME = dn(C="TW", O="行政院", OU="工商憑證管理中心")


@dataclass(frozen=True)
class Holder:
    """A certificate with the key that belongs to it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def sign(self, data: bytes, digest: str = "sha256") -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), _hash(digest))


def _hash(name: str) -> hashes.HashAlgorithm:
    return {"md5": hashes.MD5, "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}[name]()


def authority(
    name: x509.Name = ROOT_NAME,
    key_name: str = "root",
    issuer: Holder | None = None,
    start: datetime = AT - 3000 * DAY,
    days: int = 9000,
) -> Holder:
    own = key(key_name)
    signer = issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    return Holder(builder.sign(signer, hashes.SHA256()), own)


@lru_cache(maxsize=1)
def root() -> Holder:
    return authority()


@lru_cache(maxsize=1)
def moeaca() -> Holder:
    return authority(CA_NAME, "ca", root())


def card(
    *,
    ubn: str | None = UBN,
    subject_number: str | None = None,
    organisation: str = "和光小吃有限公司",
    rank: str | None = "primary",
    subject_class: str | None = COMPANY,
    usage: tuple[str, ...] = ("digital_signature",),
    policy: str | None = LEVEL_3,
    start: datetime = AT - 100 * DAY,
    days: int = 1826,
    key_name: str = "card",
    bits: int = 2048,
    issuer: Holder | None = None,
    services: bool = True,
) -> Holder:
    """A company card; every argument departs from the good one in one way."""
    issuer = issuer or moeaca()
    own = key(key_name, bits)
    subject = {"C": "TW", "O": organisation} | ({"SN": subject_number} if subject_number else {})
    builder = (
        x509.CertificateBuilder()
        .subject_name(dn(**subject))
        .issuer_name(issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(_usage(*usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )
    if attributes := _directory_attributes(ubn, rank, subject_class):
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.9"), attributes), critical=False
        )
    if policy:
        information = x509.PolicyInformation(ObjectIdentifier(policy), None)
        builder = builder.add_extension(x509.CertificatePolicies([information]), critical=False)
    if services:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URL)
        )
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_URL)], None, None, None)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return Holder(builder.sign(issuer.key, hashes.SHA256()), own)


def _usage(*names: str) -> x509.KeyUsage:
    every = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    return x509.KeyUsage(**{name: name in names for name in every.split()})


def _directory_attributes(ubn: str | None, rank: str | None, subject_class: str | None) -> bytes:
    values = [
        ("2.16.886.1.100.2.1", core.ObjectIdentifier(subject_class) if subject_class else None),
        ("2.16.886.1.100.2.2", core.PrintableString(rank) if rank else None),
        ("2.16.886.1.100.2.101", core.UTF8String(ubn) if ubn else None),
    ]
    present = [{"type": oid, "values": [core.Any(value)]} for oid, value in values if value is not None]
    return asn1_x509.Attributes(present).dump() if present else b""


def sign_cms(
    holder: Holder,
    content: bytes,
    *,
    digest: str = "sha256",
    attributes: bool = True,
    detached: bool = False,
    nonce: core.Asn1Value | None = None,
    others: tuple[Holder, ...] = (),
    by_key_identifier: bool = False,
    stated_type: str = "data",
    carries: bytes | None = None,
) -> bytes:
    """A SignedData as a component would make it; the signature is over the DER SET of attributes, or over the content."""
    certificate = asn1_x509.Certificate.load(holder.der)
    signed = None
    if attributes:
        items = [
            {"type": "content_type", "values": [stated_type]},
            {"type": "message_digest", "values": [new_hash(digest, content, usedforsecurity=False).digest()]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(AT)})]},
            {"type": CARD_NUMBER_OID, "values": [core.Any(core.PrintableString("TP00000000000001"))]},
        ]
        if nonce is not None:
            items.append({"type": NONCE_OID, "values": [core.Any(nonce)]})
        signed = cms.CMSAttributes(items)
    sid = (
        {"subject_key_identifier": certificate.key_identifier}
        if by_key_identifier
        else {
            "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
            )
        }
    )
    info = {
        "version": "v3" if by_key_identifier else "v1",
        "sid": cms.SignerIdentifier(sid),
        "digest_algorithm": {"algorithm": digest},
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
        "signature": holder.sign(signed.dump(force=True) if signed else content, digest),
    }
    if signed:
        info["signed_attrs"] = signed
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": "data"}
            if detached
            else {"content_type": "data", "content": content if carries is None else carries},
            "certificates": [asn1_x509.Certificate.load(each.der) for each in (*others, holder)],
            "signer_infos": [cms.SignerInfo(info)],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def with_signer_of(first: bytes, second: bytes) -> bytes:
    """The first SignedData with the signer and certificate of the second added."""
    merged, other = cms.ContentInfo.load(first), cms.ContentInfo.load(second)
    merged["content"]["signer_infos"].append(other["content"]["signer_infos"][0])
    merged["content"]["certificates"].append(other["content"]["certificates"][0])
    return merged.dump(force=True)


def to_indefinite(der: bytes, depth: int = 4) -> bytes:
    """The same value in BER with indefinite lengths in its outer levels, as some older components write it."""
    tag, header = der[0], 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)
    if not tag & 0x20 or not depth:
        return der
    body, rest = b"", der[header:]
    while rest:
        lead = 2 + (rest[1] & 0x7F if rest[1] & 0x80 else 0)
        size = lead + (int.from_bytes(rest[2:lead]) if rest[1] & 0x80 else rest[1])
        body, rest = body + to_indefinite(rest[:size], depth - 1), rest[size:]
    return bytes([tag, 0x80]) + body + b"\x00\x00"


def ocsp_answer(
    holder: Holder,
    *,
    signer: Holder | None = None,
    issuer: Holder | None = None,
    revoked_at: datetime | None = None,
    unknown: bool = False,
    this_update: datetime = AT - timedelta(minutes=1),
    next_update: datetime | None = AT + timedelta(hours=1),
    nonce: bytes | None = None,
) -> bytes:
    issuer = issuer or moeaca()
    signer = signer or issuer
    status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=holder.certificate,
            issuer=issuer.certificate,
            algorithm=hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus.UNKNOWN if unknown else status,
            this_update=this_update,
            next_update=next_update,
            revocation_time=revoked_at,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    )
    if signer is not issuer:
        builder = builder.certificates([signer.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@lru_cache(maxsize=1)
def time_stamp_authority() -> Holder:
    """A time-stamp signer below the root (RFC 3161 §2.3), with services that say whether it was revoked."""
    own, issuer = key("tsa"), root()
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URL)
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(dn(C="TW", O="Test Time-Stamp Authority"))
        .issuer_name(issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - 1000 * DAY)
        .not_valid_after(AT + 3000 * DAY)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    )
    return Holder(builder.sign(issuer.key, hashes.SHA256()), own)


def time_stamp_answer(request_der: bytes, *, at: datetime, signer: Holder | None = None) -> bytes:
    """What the authority answers to a request at `at`; `signer` is another one than the good one."""
    holder = signer or time_stamp_authority()
    private = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = TimeStamper(
        asn1_x509.Certificate.load(holder.der),
        asn1_keys.PrivateKeyInfo.load(private),
        fixed_dt=at.astimezone(UTC).replace(microsecond=0),
        policy=tsp.ObjectIdentifier(LEVEL_3),
    )
    return stamper.request_tsa_response(tsp.TimeStampReq.load(request_der)).dump()


def responder(*, issuer: Holder | None = None, may_sign: bool = True) -> Holder:
    """A delegated OCSP responder (RFC 6960 §4.2.2.2)."""
    issuer = issuer or moeaca()
    own = key("responder")
    purpose = ExtendedKeyUsageOID.OCSP_SIGNING if may_sign else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(dn(C="TW", O="行政院", OU="OCSP"))
        .issuer_name(issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - DAY)
        .not_valid_after(AT + 30 * DAY)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    )
    return Holder(builder.sign(issuer.key, hashes.SHA256()), own)


def revocation_list(
    *revoked: Holder,
    issuer: Holder | None = None,
    this_update: datetime = AT - timedelta(hours=1),
    next_update: datetime = AT + DAY,
    partition: str | None = None,
) -> bytes:
    issuer = issuer or moeaca()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
    )
    for holder in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(AT - timedelta(hours=2)).build())
    if partition:
        names = [x509.UniformResourceIdentifier(partition)]
        scope = x509.IssuingDistributionPoint(names, None, False, False, None, False, False)
        builder = builder.add_extension(scope, critical=True)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
