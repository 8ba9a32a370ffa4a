"""The PKI over HTTP, below `/pki`: OCSP (RFC 6960), CRL and caIssuers (RFC 5280), time-stamps (RFC 3161).

OCSP and time-stamp answers are built by certomancer; it keeps its certificates in a fixed configuration, so cards issued at
run time are issued by `sandbox.pki.authority` and looked up here.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Collection

from asn1crypto import algos, core, keys, ocsp, tsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import RevocationInfoInterface, SimpleOCSPResponder, TimeStamper
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.pki.authority import Signer
from sandbox.pki.pki import ISSUERS, ROOTS, Pki
from sandbox.switches import Switched, Switches

TSA_POLICY = "2.16.886.101.0.3.3"
SHA256_RSA = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
AUTHORITIES = (*ISSUERS, *ROOTS)
IMPRINT_BYTES = {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}


class _Standing(RevocationInfoInterface):
    """What one issuer says about its serial numbers; unknown ones are answered `unknown`."""

    def __init__(self, pki: Pki, issuer: str) -> None:
        self._pki, self._issuer = pki, issuer

    def get_issuer_cert(self) -> asn1_x509.Certificate:
        return _asn1_certificate(self._pki.signer(self._issuer))

    def check_revocation_status(
        self, cid: ocsp.CertId, at_time: dt.datetime
    ) -> tuple[ocsp.CertStatus, list[ocsp.SingleResponseExtension]]:
        standing = self._pki.status(cid["serial_number"].native, authority=self._issuer)
        if standing is None:
            return ocsp.CertStatus(name="unknown"), []
        if standing.at is None:
            return ocsp.CertStatus(name="good"), []
        revoked = ocsp.RevokedInfo(
            {"revocation_time": standing.at.replace(microsecond=0), "revocation_reason": standing.reason}
        )
        return ocsp.CertStatus(name="revoked", value=revoked), []


class _Rejection(core.Sequence):
    """A TimeStampResp without its optional token, which asn1crypto's own class insists on."""

    _fields = [("status", tsp.PKIStatusInfo)]


def answer_ocsp(pki: Pki, issuer: str, request_der: bytes) -> bytes:
    """The DER answer of `issuer`'s responder; what cannot be read is answered `malformedRequest`."""
    responder = pki.signer(f"{issuer}-ocsp")
    service = SimpleOCSPResponder(
        _asn1_certificate(responder),
        keys.PrivateKeyInfo.load(responder.key_der),
        SHA256_RSA,
        pki.now().astimezone(dt.UTC).replace(microsecond=0),
        _Standing(pki, issuer),
        validity=dt.timedelta(hours=1),
    )
    try:
        response = service.build_ocsp_response(ocsp.OCSPRequest.load(request_der, strict=True))
    except (ValueError, TypeError, KeyError):
        response = service.build_error_response("malformed_request")
    return bytes(response.dump())


def answer_time_stamp(pki: Pki, request_der: bytes) -> bytes:
    """A time-stamp over the digest in the request, or a rejection with its PKIFailureInfo."""
    try:
        request = tsp.TimeStampReq.load(request_der, strict=True)
        imprint = request["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        digest = imprint["hashed_message"].native
    except (ValueError, TypeError, KeyError):
        return _rejected("bad_data_format")
    if algorithm not in IMPRINT_BYTES:
        return _rejected("bad_alg")
    if len(digest) != IMPRINT_BYTES[algorithm]:
        return _rejected("bad_data_format")
    signer = pki.signer("tsa")
    stamper = TimeStamper(
        _asn1_certificate(signer),
        keys.PrivateKeyInfo.load(signer.key_der),
        fixed_dt=pki.now().astimezone(dt.UTC).replace(microsecond=0),
        policy=tsp.ObjectIdentifier(TSA_POLICY),
    )
    return bytes(stamper.request_tsa_response(request).dump())


def _rejected(failure: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {failure}})
    return bytes(_Rejection({"status": status}).dump())


def _asn1_certificate(signer: Signer) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(signer.certificate.public_bytes(serialization.Encoding.DER))


def create_app(pki: Pki, switches: Switches | None = None) -> ASGIApp:
    """`/{issuer}/ocsp`, `/{issuer}/complete.crl`, `/{issuer}/IssuedToThisCA.p7b`, `/tsa`; switches `ocsp`, `crl`, `tsa`."""

    async def certificate_status(request: Request) -> Response:
        if request.method == "GET":  # RFC 6960 appendix A.1
            try:
                der = base64.b64decode(request.path_params["request"], validate=True)
            except binascii.Error:
                der = b""
        else:
            der = await request.body()
        answer = await run_in_threadpool(answer_ocsp, pki, _name(request, ISSUERS), der)
        return _der(answer, "application/ocsp-response")

    async def revocation_list(request: Request) -> Response:
        answer = await run_in_threadpool(pki.crl, _name(request, AUTHORITIES))
        return _der(answer, "application/pkix-crl")

    async def issuers(request: Request) -> Response:
        certificate = pki.certificate(_name(request, AUTHORITIES))
        answer = pkcs7.serialize_certificates([certificate], serialization.Encoding.DER)
        return _der(answer, "application/pkcs7-mime")

    async def time_stamp(request: Request) -> Response:
        answer = await run_in_threadpool(answer_time_stamp, pki, await request.body())
        return _der(answer, "application/timestamp-reply")

    app = Starlette(
        routes=[
            Route("/{issuer}/ocsp", certificate_status, methods=["POST"]),
            Route("/{issuer}/ocsp/{request:path}", certificate_status, methods=["GET"]),
            Route("/{issuer}/complete.crl", revocation_list),
            Route("/{issuer}/IssuedToThisCA.p7b", issuers),
            Route("/tsa", time_stamp, methods=["POST"]),
        ]
    )
    return app if switches is None else Switched(app, switches, _service)


def _service(path: str) -> str | None:
    """The switch that a path obeys."""
    if "/ocsp" in path:
        return "ocsp"
    if path.endswith("/tsa"):
        return "tsa"
    return "crl" if path.endswith(".crl") else None


def _name(request: Request, known: Collection[str]) -> str:
    name: str = request.path_params["issuer"]
    if name not in known:
        raise HTTPException(404)
    return name


def _der(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})
