"""The authorities of the test PKI, answering in this process over their real protocols."""

from datetime import datetime, timedelta
from functools import lru_cache

import httpx
import pytest
from cryptography import x509

from tcloud.adapters.card import Revocation, RevocationFinding, TrustPolicy
from tcloud.adapters.time_stamp import TimeStampClient
from tcloud.contracts import authorities
from tcloud.contracts.sealing import SealingServices
from tcloud.core import clock
from tcloud.members import cards
from tests.adapters.card import pki


class AllGood:
    """The authorities' revocation services: every certificate is good, says a list of the root or a responder of the card authority."""

    def check(self, certificate_der: bytes, issuer_der: bytes, *, at: datetime) -> RevocationFinding:
        source, evidence = _good(certificate_der, issuer_der, at)
        return RevocationFinding(Revocation.GOOD, source=source, evidence=evidence)


@lru_cache(maxsize=512)
def _good(certificate_der: bytes, issuer_der: bytes, at: datetime) -> tuple[str, bytes]:
    if issuer_der == pki.root().der:
        return "crl", pki.revocation_list(
            issuer=pki.root(), this_update=at, next_update=at + timedelta(days=1)
        )
    about = pki.Holder(x509.load_der_x509_certificate(certificate_der), pki.moeaca().key)
    return "ocsp", pki.ocsp_answer(about, this_update=at, next_update=at + timedelta(hours=1))


def policy(**changes: object) -> TrustPolicy:
    values = {"anchors": (pki.root().der,), "intermediates": (pki.moeaca().der,)}
    return TrustPolicy(**values | changes)  # type: ignore[arg-type]


def time_stamper(at: datetime, *, signer: pki.Holder | None = None) -> TimeStampClient:
    """The client of the time-stamping authority, whose clock says `at`."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=pki.time_stamp_answer(request.content, at=at, signer=signer))

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return TimeStampClient("https://tsa.test/", http, anchors=(pki.root().der,))


def services(at: datetime) -> SealingServices:
    """Everything that a contract is sealed with, at `at`."""
    return SealingServices(policy=policy(), revocation=AllGood(), time_stamper=time_stamper(at))


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages ask these authorities: cards of the test PKI are trusted, none is revoked, signatures are time-stamped."""
    monkeypatch.setattr(cards, "trust_policy", lambda **_options: policy())
    monkeypatch.setattr(cards, "revocation_checker", AllGood)
    monkeypatch.setattr(authorities, "time_stamper", lambda: time_stamper(clock.now()))
    monkeypatch.setattr(authorities, "time_stamp_anchors", lambda: (pki.root().der,))
