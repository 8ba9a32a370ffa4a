"""The sandbox's authorities: MOEACA's certificate profile, and OCSP, CRL and time-stamps that tell the truth at once."""

import asyncio
import base64
import datetime as dt
import hashlib
from pathlib import Path

import httpx
import pytest
from asn1crypto import cms, core, pem, tsp
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import RevokedError
from starlette.types import ASGIApp

from sandbox.pki import Issued, Pki, Profile
from sandbox.switches import Switches

BASE_URL = "http://localhost:9000"
NONCE = b"\x01\x02\x03\x04\x05\x06\x07\x08"


class Web:
    """An ASGI application asked without a socket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def request(self, method: str, path: str, content: bytes = b"") -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
                return await client.request(method, path, content=content)

        return asyncio.run(ask())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, content: bytes) -> httpx.Response:
        return self.request("POST", path, content)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory):
    opened = Pki.open(tmp_path_factory.mktemp("pki"), BASE_URL)
    yield opened
    opened.close()


@pytest.fixture
def web(pki: Pki) -> Web:
    return Web(pki.asgi_app())


def issue(pki: Pki, *, usage: str = "sign", authority: str = "issuing", rank: str = "secondary") -> Issued:
    begins = pki.now().replace(microsecond=0) - dt.timedelta(days=1)
    ends = begins + dt.timedelta(days=5 * 365)
    profile = Profile("測試有限公司", "12345675", "12345675", rank, usage, begins, ends)
    return pki.issue(profile, authority=authority)


def extension(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> x509.Extension:
    return certificate.extensions.get_extension_for_class(kind)


def ask_ocsp(web: Web, pki: Pki, certificate: x509.Certificate) -> ocsp.OCSPResponse:
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(certificate, pki.certificate("issuing"), hashes.SHA1())
        .add_extension(x509.OCSPNonce(NONCE), critical=False)
        .build()
    )
    answer = web.post("/issuing/ocsp", content=request.public_bytes(Encoding.DER))
    assert answer.headers["content-type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(answer.content)


def loaded(certificate_pem: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(pem.unarmor(certificate_pem)[2])


def validate(web: Web, pki: Pki, certificate: x509.Certificate, *, by: str) -> None:
    """Judge the chain as an independent library does when revocation data are required."""
    evidence: dict[str, list[object]] = {"crls": [], "ocsps": []}
    for issuer in ("root", "issuing"):
        evidence["crls"].append(asn1_crl.CertificateList.load(web.get(f"/{issuer}/complete.crl").content))
    if by == "ocsp":
        evidence["crls"].pop()
        answer = ask_ocsp(web, pki, certificate).public_bytes(Encoding.DER)
        evidence["ocsps"].append(asn1_ocsp.OCSPResponse.load(answer))
    context = ValidationContext(
        trust_roots=[loaded(pki.root_path.read_bytes())],
        other_certs=[loaded(pki.issuing_path.read_bytes())],
        revocation_mode="require",
        **evidence,
    )
    validator = CertificateValidator(
        loaded(certificate.public_bytes(Encoding.PEM)), validation_context=context
    )
    asyncio.run(validator.async_validate_usage({"digital_signature"}))


def test_issue_gives_the_sign_certificate_of_a_company_card(pki: Pki) -> None:
    certificate = issue(pki).certificate

    assert certificate.subject.rfc4514_string({NameOID.SERIAL_NUMBER: "serialNumber"}) == (
        "serialNumber=12345675,O=測試有限公司,C=TW"
    )
    assert certificate.issuer.rfc4514_string() == "OU=沙盒工商憑證管理中心 SANDBOX,O=沙盒測試 SANDBOX,C=TW"
    assert certificate.public_key().key_size == 2048
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    usage = extension(certificate, x509.KeyUsage)
    assert usage.critical
    assert usage.value == key_usage("digital_signature")
    assert [
        policy.policy_identifier.dotted_string
        for policy in extension(certificate, x509.CertificatePolicies).value
    ] == ["2.16.886.101.0.3.3"]
    access = {
        entry.access_method: entry.access_location.value
        for entry in extension(certificate, x509.AuthorityInformationAccess).value
    }
    assert access == {
        AuthorityInformationAccessOID.CA_ISSUERS: f"{BASE_URL}/pki/issuing/IssuedToThisCA.p7b",
        AuthorityInformationAccessOID.OCSP: f"{BASE_URL}/pki/issuing/ocsp",
    }
    point = extension(certificate, x509.CRLDistributionPoints).value[0]
    assert [name.value for name in point.full_name] == [f"{BASE_URL}/pki/issuing/complete.crl"]
    names = {item.oid._name for item in certificate.extensions}
    assert names.isdisjoint({"basicConstraints", "extendedKeyUsage"})


def test_issue_writes_class_rank_and_ubn_into_subject_directory_attributes(pki: Pki) -> None:
    certificate = issue(pki, rank="secondary").certificate
    raw = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier("2.5.29.9")).value.value
    attributes = cms.CMSAttributes.load(
        b"\x31" + raw[1:]
    )  # a SEQUENCE here, a SET there; the content is alike
    values = {item["type"].dotted: item["values"][0].parse() for item in attributes}

    assert {oid: (type(value).__name__, value.native) for oid, value in values.items()} == {
        "2.16.886.1.100.2.1": ("ObjectIdentifier", "2.16.886.1.100.3.2.2.1.1"),
        "2.16.886.1.100.2.2": ("PrintableString", "secondary"),
        "2.16.886.1.100.2.101": ("UTF8String", "12345675"),
    }


def test_issue_gives_an_encryption_certificate_that_cannot_sign(pki: Pki) -> None:
    usage = extension(issue(pki, usage="encrypt").certificate, x509.KeyUsage).value
    assert usage == key_usage("key_encipherment", "data_encipherment")


@pytest.mark.parametrize("by", ["ocsp", "crl"])
def test_revoke_is_told_at_once_by(by: str, pki: Pki, web: Web) -> None:
    certificate = issue(pki).certificate
    validate(web, pki, certificate, by=by)

    pki.revoke(certificate.serial_number)

    with pytest.raises(RevokedError):
        validate(web, pki, certificate, by=by)


def test_revoke_leaves_other_certificates_good_and_keeps_its_first_date(pki: Pki, web: Web) -> None:
    revoked, good = issue(pki).certificate, issue(pki).certificate
    pki.revoke(revoked.serial_number)
    first = pki.status(revoked.serial_number)
    pki.revoke(revoked.serial_number, reason="superseded")

    assert pki.status(revoked.serial_number) == first
    assert ask_ocsp(web, pki, good).certificate_status is ocsp.OCSPCertStatus.GOOD
    listed = x509.load_der_x509_crl(web.get("/issuing/complete.crl").content)
    assert listed.is_signature_valid(pki.certificate("issuing").public_key())
    assert listed.get_revoked_certificate_by_serial_number(revoked.serial_number) is not None
    assert listed.get_revoked_certificate_by_serial_number(good.serial_number) is None


def test_ocsp_repeats_the_nonce_and_knows_nothing_of_forged_cards(pki: Pki, web: Web) -> None:
    answer = ask_ocsp(web, pki, issue(pki, authority="forged").certificate)
    assert answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE


def test_ocsp_answers_get_like_post_and_refuses_nonsense(pki: Pki, web: Web) -> None:
    certificate = issue(pki).certificate
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate, pki.certificate("issuing"), hashes.SHA256()
    )
    encoded = base64.b64encode(builder.build().public_bytes(Encoding.DER)).decode()

    answer = ocsp.load_der_ocsp_response(web.get(f"/issuing/ocsp/{encoded.replace('/', '%2F')}").content)
    nonsense = ocsp.load_der_ocsp_response(web.post("/issuing/ocsp", content=b"nonsense").content)

    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert nonsense.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_time_stamp_signs_the_imprint_and_the_nonce(pki: Pki, web: Web) -> None:
    digest = hashlib.sha256("契約".encode()).digest()
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": 77, "cert_req": True})

    answer = tsp.TimeStampResp.load(web.post("/tsa", content=request.dump()).content)

    assert answer["status"]["status"].native == "granted"
    signed = answer["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == digest
    assert info["nonce"].native == 77
    assert abs(info["gen_time"].native - pki.now()) < dt.timedelta(minutes=1)
    signer = signed["signer_infos"][0]
    stamper = pki.certificate("tsa")
    stamper.public_key().verify(
        signer["signature"].native, signer["signed_attrs"].untag().dump(), padding.PKCS1v15(), hashes.SHA256()
    )
    stamper.verify_directly_issued_by(pki.certificate("root"))


def test_time_stamp_rejects_nonsense(web: Web) -> None:
    answer = core.Sequence.load(web.post("/tsa", content=b"nonsense").content)
    status = tsp.PKIStatusInfo.load(answer.contents)  # the only element: no token
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {"bad_data_format"}


def test_forged_authority_bears_the_trusted_names_over_another_key(pki: Pki) -> None:
    forged = issue(pki, authority="forged").certificate
    assert forged.issuer == pki.certificate("issuing").subject
    with pytest.raises(InvalidSignature):
        forged.verify_directly_issued_by(pki.certificate("issuing"))


def test_open_keeps_authorities_and_revocations_until_the_address_changes(tmp_path: Path) -> None:
    with_address = Pki.open(tmp_path, BASE_URL)
    root = with_address.root_path.read_bytes()
    serial = issue(with_address).certificate.serial_number
    with_address.revoke(serial)
    with_address.close()

    again = Pki.open(tmp_path, f"{BASE_URL}/")
    standing = again.status(serial)
    again.close()
    assert again.root_path.read_bytes() == root
    assert standing is not None
    assert standing.reason == "key_compromise"

    elsewhere = Pki.open(tmp_path, "http://localhost:9001")
    standing = elsewhere.status(serial)
    elsewhere.close()
    assert elsewhere.root_path.read_bytes() != root
    assert standing is None


@pytest.mark.parametrize(
    ("service", "path"), [("ocsp", "/issuing/ocsp"), ("crl", "/issuing/complete.crl"), ("tsa", "/tsa")]
)
def test_switches_disturb_one_service_and_leave_the_others(service: str, path: str, pki: Pki) -> None:
    switches = Switches()
    web = Web(pki.asgi_app(switches))
    switches.set(service, "fail")
    method = "GET" if service == "crl" else "POST"

    assert web.request(method, path).status_code == 503
    assert web.get("/issuing/IssuedToThisCA.p7b").status_code == 200
    switches.set(service, "garbage")
    garbage = web.request(method, path)
    assert garbage.status_code == 200
    assert garbage.content[0] != 0x30


def key_usage(*wanted: str) -> x509.KeyUsage:
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
    flags = {name: name in wanted for name in [*names.split(), "encipher_only", "decipher_only"]}
    return x509.KeyUsage(**flags)
