"""Ask whether a certificate was revoked: OCSP, else CRL; neither reachable is unknown, and unknown is not accepted (R-09)."""

import secrets
from collections.abc import Callable, Collection, MutableMapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import httpx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import AuthorityInformationAccessOID

from tcloud.adapters.card import crl, ocsp
from tcloud.adapters.card.fetch import MAX_CRL_BYTES, MAX_OCSP_BYTES, Fetcher, FetchError
from tcloud.adapters.card.ocsp import EvidenceError
from tcloud.adapters.card.port import Revocation, RevocationFinding

MAX_ADDRESSES: Final = 3


class RevocationClient:
    """`RevocationChecker` over HTTP.

    `timeout`: seconds for one exchange (at most 3 OCSP and 3 CRL addresses of a certificate are tried); `cache`: URL → list as
    received, used until its nextUpdate and verified again each time, so any shared mapping will do; `allowed_hosts`: hosts that may be
    asked, lower-case, None for any.
    """

    def __init__(
        self,
        http: httpx.Client,
        timeout: float = 5.0,
        *,
        cache: MutableMapping[str, bytes] | None = None,
        allowed_hosts: Collection[str] | None = None,
    ) -> None:
        self._fetcher = Fetcher(http, timeout, allowed_hosts)
        self._cache: MutableMapping[str, bytes] = cache if cache is not None else {}

    def check(self, certificate_der: bytes, issuer_der: bytes, *, at: datetime) -> RevocationFinding:
        """Status of the certificate at `at` (aware). Never raises for what a service or a certificate contains."""
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            issuer = x509.load_der_x509_certificate(issuer_der)
            responders, lists = _ocsp_urls(certificate), _crl_urls(certificate)
        except (ValueError, UnsupportedAlgorithm) as error:
            return RevocationFinding(Revocation.UNKNOWN, failures=(f"unreadable certificate: {error}",))
        failures: list[str] = []
        sources: list[tuple[str, Callable[..., RevocationFinding]]] = [
            *((url, self._ask_responder) for url in responders),
            *((url, self._look_in_list) for url in lists),
        ]
        for url, ask in sources:
            try:
                return replace(ask(url, certificate, issuer, at), failures=tuple(failures))
            except FetchError as error:
                failures.append(str(error))
            except EvidenceError as error:
                failures.append(f"{url}: {error}")
        if not sources:
            failures.append("the certificate names no revocation service")
        return RevocationFinding(Revocation.UNKNOWN, failures=tuple(failures))

    def _ask_responder(
        self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> RevocationFinding:
        nonce = secrets.token_bytes(16)
        answer = self._fetcher.fetch(
            "POST",
            url,
            max_bytes=MAX_OCSP_BYTES,
            body=ocsp.build_request(certificate, issuer, nonce),
            kind="application/ocsp-request",
        )
        return ocsp.read_response(answer, certificate, issuer, nonce=nonce, at=at, url=url)

    def _look_in_list(
        self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> RevocationFinding:
        self._fetcher.check_url(url)
        cached = self._cache.get(url)
        if cached is not None:
            try:
                return crl.read_list(cached, certificate, issuer, at=at, url=url)
            except EvidenceError:
                self._cache.pop(url, None)  # stale or spoiled: ask for a new one
        data = self._fetcher.fetch("GET", url, max_bytes=MAX_CRL_BYTES)
        finding = crl.read_list(data, certificate, issuer, at=at, url=url)
        self._cache[url] = data
        return finding


def read_evidence(
    kind: str, evidence: bytes, certificate_der: bytes, issuer_der: bytes, *, at: datetime
) -> RevocationFinding | None:
    """What kept evidence (`kind` "ocsp" or "crl", DER) says of the certificate at `at`; None when it can't be relied on for it."""
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        issuer = x509.load_der_x509_certificate(issuer_der)
        if kind == "ocsp":
            return ocsp.read_response(evidence, certificate, issuer, nonce=None, at=at, url="")
    except (ValueError, UnsupportedAlgorithm, EvidenceError):
        return None
    for url in _crl_urls(certificate) or [""]:
        try:
            return crl.read_list(evidence, certificate, issuer, at=at, url=url)
        except EvidenceError:
            continue
    return None


def _ocsp_urls(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [
        item.access_location.value
        for item in access
        if item.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(item.access_location, x509.UniformResourceIdentifier)
    ][:MAX_ADDRESSES]


def _crl_urls(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    return [
        name.value
        for point in points
        if not point.reasons and not point.crl_issuer
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    ][:MAX_ADDRESSES]
