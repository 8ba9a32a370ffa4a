"""Keys and certificates: the authorities, their responders, and a company's card in MOEACA's profile (PROTOCOLS §2)."""

import datetime as dt
from dataclasses import dataclass

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

COMPANY_POLICY = "2.16.886.101.0.3.3"  # assurance level 3
COMPANY_CLASS = "2.16.886.1.100.3.2.2.1.1"
SUBJECT_CLASS, CARD_RANK, UBN = "2.16.886.1.100.2.1", "2.16.886.1.100.2.2", "2.16.886.1.100.2.101"
SUBJECT_DIRECTORY_ATTRIBUTES = x509.ObjectIdentifier("2.5.29.9")

YEAR = dt.timedelta(days=365)
KEY_USAGES = {
    "sign": ("digital_signature",),
    "encrypt": ("key_encipherment", "data_encipherment"),
    "authority": ("key_cert_sign", "crl_sign"),
}


@dataclass(frozen=True)
class Profile:
    """What one company certificate says. `subject_serial` and `attribute_ubn` are the two places of the UBN; None leaves it out."""

    name: str
    subject_serial: str | None
    attribute_ubn: str | None
    rank: str
    usage: str
    not_before: dt.datetime
    not_after: dt.datetime
    policy: str = COMPANY_POLICY


@dataclass(frozen=True)
class Urls:
    """Where an issuer publishes, written into everything it issues."""

    crl: str
    issuers: str
    ocsp: str | None = None


@dataclass(frozen=True)
class Signer:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def key_der(self) -> bytes:
        return key_to_der(self.key)


def new_key() -> rsa.RSAPrivateKey:
    """RSA-2048, as on the cards; about 60 ms."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_to_der(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_from_der(data: bytes) -> rsa.RSAPrivateKey:
    """A key this sandbox wrote itself; the costly primality check of foreign keys is left out."""
    key = serialization.load_der_private_key(data, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the sandbox keeps RSA keys only")
    return key


def distinguished_name(**parts: str | None) -> x509.Name:
    """A name in the order C, O, OU, CN, serialNumber, as the GRCA family writes it."""
    order = {
        "organisation": NameOID.ORGANIZATION_NAME,
        "unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "common_name": NameOID.COMMON_NAME,
        "serial_number": NameOID.SERIAL_NUMBER,
    }
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "TW")]
    attributes += [
        x509.NameAttribute(oid, value) for key, oid in order.items() if (value := parts.get(key)) is not None
    ]
    return x509.Name(attributes)


def make_root(name: x509.Name, not_before: dt.datetime, not_after: dt.datetime) -> Signer:
    """A self-signed authority."""
    key = new_key()
    builder = _builder(name, name, key, not_before, not_after)
    builder = _as_authority(builder, path_length=None)
    return Signer(builder.sign(key, hashes.SHA256()), key)


def make_intermediate(
    issuer: Signer, name: x509.Name, urls: Urls, not_before: dt.datetime, not_after: dt.datetime
) -> Signer:
    """An issuing authority under `issuer`, in the profile of MOEACA G2: path length 0, policy level 3."""
    key = new_key()
    builder = _builder(name, issuer.certificate.subject, key, not_before, not_after)
    builder = _as_authority(builder, path_length=0)
    builder = _published(builder, issuer, urls)
    builder = builder.add_extension(_policies(COMPANY_POLICY), critical=False)
    return Signer(builder.sign(issuer.key, hashes.SHA256()), key)


def make_responder(
    issuer: Signer, name: x509.Name, not_before: dt.datetime, not_after: dt.datetime
) -> Signer:
    """A delegated OCSP signer (RFC 6960 §4.2.2.2), itself exempt from revocation checking."""
    key = new_key()
    builder = _builder(name, issuer.certificate.subject, key, not_before, not_after)
    builder = builder.add_extension(_key_usage("sign"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    builder = builder.add_extension(_issuer_key(issuer), critical=False)
    return Signer(builder.sign(issuer.key, hashes.SHA256()), key)


def make_time_stamper(
    issuer: Signer, name: x509.Name, urls: Urls, not_before: dt.datetime, not_after: dt.datetime
) -> Signer:
    """A time-stamp signer: critical extendedKeyUsage timeStamping and nothing else (RFC 3161 §2.3)."""
    key = new_key()
    builder = _builder(name, issuer.certificate.subject, key, not_before, not_after)
    builder = builder.add_extension(_key_usage("sign"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    builder = _published(builder, issuer, urls)
    return Signer(builder.sign(issuer.key, hashes.SHA256()), key)


def make_company_certificate(issuer: Signer, profile: Profile, urls: Urls) -> Signer:
    """One of the two certificates of a company card: no basicConstraints, no extendedKeyUsage (PROTOCOLS §2)."""
    key = new_key()
    name = distinguished_name(organisation=profile.name, serial_number=profile.subject_serial)
    builder = _builder(name, issuer.certificate.subject, key, profile.not_before, profile.not_after)
    builder = builder.add_extension(_key_usage(profile.usage), critical=True)
    builder = _published(builder, issuer, urls)
    builder = builder.add_extension(_policies(profile.policy), critical=False)
    builder = builder.add_extension(
        x509.UnrecognizedExtension(SUBJECT_DIRECTORY_ATTRIBUTES, _directory_attributes(profile)),
        critical=False,
    )
    return Signer(builder.sign(issuer.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    not_before: dt.datetime,
    not_after: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _as_authority(builder: x509.CertificateBuilder, *, path_length: int | None) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_key_usage("authority"), critical=True)


def _published(builder: x509.CertificateBuilder, issuer: Signer, urls: Urls) -> x509.CertificateBuilder:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(urls.crl)], None, None, None)
    access = [(AuthorityInformationAccessOID.CA_ISSUERS, urls.issuers)]
    if urls.ocsp:
        access.append((AuthorityInformationAccessOID.OCSP, urls.ocsp))
    descriptions = [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in access]
    return (
        builder.add_extension(_issuer_key(issuer), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .add_extension(x509.AuthorityInformationAccess(descriptions), critical=False)
    )


def _issuer_key(issuer: Signer) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _policies(policy: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(policy), None)])


def _key_usage(kind: str) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in KEY_USAGES[kind] for name in names})


class _Values(core.SetOf):
    _child_spec = core.Any


class _Attribute(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("values", _Values)]


class _Attributes(core.SequenceOf):
    _child_spec = _Attribute


def _directory_attributes(profile: Profile) -> bytes:
    """SubjectDirectoryAttributes (RFC 5280 §4.2.1.8) with class, rank and UBN."""
    values: list[tuple[str, core.Asn1Value]] = [
        (SUBJECT_CLASS, core.ObjectIdentifier(COMPANY_CLASS)),
        (CARD_RANK, core.PrintableString(profile.rank)),
    ]
    if profile.attribute_ubn is not None:
        values.append((UBN, core.UTF8String(profile.attribute_ubn)))
    attributes = _Attributes(
        [_Attribute({"type": oid, "values": _Values([core.Any(value)])}) for oid, value in values]
    )
    return bytes(attributes.dump())
