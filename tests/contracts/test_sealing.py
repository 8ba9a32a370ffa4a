"""A contract that outlives its cards (R-20): time-stamps and embedded proof, judged by us and by pyHanko's own command line."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tcloud.adapters.card import Revocation, RevocationFinding
from tcloud.adapters.time_stamp import (
    TimeStampClient,
    TimeStampRefused,
    TimeStampUnavailable,
    read_token,
)
from tcloud.contracts.document import Party
from tcloud.contracts.sealing import SealingServices, ServiceSilent, seal
from tcloud.contracts.signing import SigningError, prepare
from tcloud.contracts.verification import verify
from tests.adapters.card import authorities, pki
from tests.contracts.sample import CARDS, drawn_up

YEARS = timedelta(days=3650)
ROOTS = (pki.root().der,)


def sealed(pdf: bytes, party: Party, *, services: SealingServices | None = None, at=pki.AT) -> bytes:
    card = CARDS[party]
    prepared = prepare(pdf, card.der, party=party, at=at, chain_der=(pki.moeaca().der,))
    return seal(
        prepared,
        card.sign(prepared.tbs),
        chain_der=(card.der, pki.moeaca().der, pki.root().der),
        services=services or authorities.services(at),
        at=at,
    )


@pytest.fixture(scope="module")
def both():
    return sealed(sealed(drawn_up(), Party.BUYER), Party.SUPPLIER, at=pki.AT + pki.DAY)


class Answering:
    """A revocation service with one answer about the certificate of this holder, and AllGood for the rest."""

    def __init__(self, holder: pki.Holder, **finding) -> None:
        self.der, self.finding, self.asked = holder.der, RevocationFinding(**finding), 0

    def check(self, certificate_der, issuer_der, *, at):
        self.asked += 1
        if certificate_der == self.der:
            return self.finding
        return authorities.AllGood().check(certificate_der, issuer_der, at=at)


@pytest.mark.rule("R-20")
def test_sealed_contract_is_good_years_after_its_cards_expired_and_nobody_is_asked(both):
    silent = Answering(CARDS[Party.BUYER], status=Revocation.UNKNOWN)
    verdict = verify(
        both, policy=authorities.policy(), at=pki.AT + YEARS, revocation=silent, time_stamp_anchors=ROOTS
    )
    assert verdict.ok
    assert [s.signer_ubn for s in verdict.signatures] == [pki.UBN, pki.OTHER_UBN]
    assert [s.time_proved for s in verdict.signatures] == [True, True]
    assert [s.signed_at for s in verdict.signatures] == [pki.AT, pki.AT + pki.DAY]
    assert silent.asked == 0


@pytest.mark.rule("R-20")
def test_card_revoked_after_it_had_signed_was_good_when_it_signed(both):
    without_proof = _without_store(both)
    for revoked_at, trusted in ((pki.AT + pki.DAY, True), (pki.AT - pki.DAY, False)):
        later = Answering(CARDS[Party.BUYER], status=Revocation.REVOKED, revoked_at=revoked_at)
        verdict = verify(
            without_proof,
            policy=authorities.policy(),
            at=pki.AT + YEARS,
            revocation=later,
            time_stamp_anchors=ROOTS,
        )
        assert verdict.signatures[0].trusted is trusted


@pytest.mark.rule("R-20")
def test_a_time_stamp_of_an_authority_we_do_not_trust_proves_nothing(both):
    for anchors in ((), (pki.card().der,)):
        verdict = verify(both, policy=authorities.policy(), at=pki.AT + YEARS, time_stamp_anchors=anchors)
        assert [s.time_proved for s in verdict.signatures] == [False, False]
        assert not verdict.ok  # the cards have expired, and nobody proves when they signed


@pytest.mark.rule("R-20")
@pytest.mark.parametrize("party", list(Party))
def test_seal_asks_for_every_certificate_below_an_anchor(party):
    nobody = Answering(CARDS[party], status=Revocation.GOOD, source="crl", evidence=pki.revocation_list())
    services = replace(authorities.services(pki.AT), revocation=nobody)
    verdict = verify(
        sealed(drawn_up(), party, services=services),
        policy=authorities.policy(),
        at=pki.AT + YEARS,
        time_stamp_anchors=ROOTS,
    )
    assert verdict.ok
    assert nobody.asked == 3  # the card, its authority, the time-stamp signer


@pytest.mark.rule("R-09")
@pytest.mark.parametrize("whose", [CARDS[Party.BUYER], pki.moeaca(), pki.time_stamp_authority()])
@pytest.mark.parametrize(
    ("status", "error"), [(Revocation.REVOKED, SigningError), (Revocation.UNKNOWN, ServiceSilent)]
)
def test_seal_refuses_what_is_revoked_and_what_nobody_vouches_for(whose, status, error):
    services = replace(authorities.services(pki.AT), revocation=Answering(whose, status=status))
    with pytest.raises(SigningError) as refused:
        sealed(drawn_up(), Party.BUYER, services=services)
    assert type(refused.value) is error


@pytest.mark.rule("R-20")
def test_seal_without_time_stamp_says_to_sign_again_later():
    down = TimeStampClient("https://tsa.test/", _http(lambda _: httpx.Response(503)), anchors=ROOTS)
    services = replace(authorities.services(pki.AT), time_stamper=down)
    with pytest.raises(ServiceSilent, match="time_stamp_silent"):
        sealed(drawn_up(), Party.BUYER, services=services)


def test_a_signature_that_is_not_the_cards_is_refused_before_anybody_is_asked():
    prepared = prepare(drawn_up(), CARDS[Party.BUYER].der, party=Party.BUYER, at=pki.AT)
    asked = Answering(CARDS[Party.BUYER], status=Revocation.GOOD)
    services = replace(authorities.services(pki.AT), revocation=asked)
    with pytest.raises(SigningError, match="other_card"):
        seal(prepared, b"\0" * 256, chain_der=ROOTS, services=services, at=pki.AT)
    assert asked.asked == 0


@pytest.mark.rule("R-20")
def test_the_proof_may_follow_the_last_signature_and_nothing_else(both):
    verdict = verify(both, policy=authorities.policy(), at=pki.AT + pki.DAY, time_stamp_anchors=ROOTS)
    assert [s.covers_document for s in verdict.signatures] == [True, True]
    writer = IncrementalPdfFileWriter(BytesIO(both))
    writer.root[NameObject("/Lang")] = NameObject("/en")
    writer.update_root()
    writer.write_in_place()
    altered = verify(
        writer.prev.stream.getvalue(), policy=authorities.policy(), at=pki.AT, time_stamp_anchors=ROOTS
    )
    assert not altered.ok


@pytest.mark.rule("R-20")
def test_pyhankos_command_line_finds_the_proof_without_asking_anybody(tmp_path):
    """AdES rules judge by proof that is still fresh; past that they want an archive time-stamp (docs/decisions/0025)."""
    both = sealed(sealed(drawn_up(), Party.BUYER), Party.SUPPLIER)
    (tmp_path / "contract.pdf").write_bytes(both)
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "pyhanko.yml").write_text(
        "validation-contexts:\n  card:\n    trust: root.pem\n    trust-replace: true\n    signer-key-usage: [digital_signature]\n"
    )
    command = [
        sys.executable, "-m", "pyhanko", "--config", "pyhanko.yml", "sign", "adesverify", "--pretty-print",
        "--validation-context", "card", "--validation-time", f"{pki.AT + timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ}", "contract.pdf",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    report = done.stdout + done.stderr
    assert len(re.findall(r"The signature is judged VALID", report)) == 2, report


# the client and its tokens


def _http(answer) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


def _asked(answer):
    return TimeStampClient("https://tsa.test/", _http(answer), anchors=ROOTS).stamp(b"data")


def _token(**changes) -> bytes:
    return authorities.time_stamper(pki.AT, **changes).stamp(b"data").token


def test_stamp_is_over_the_data_and_leads_to_the_anchor():
    stamp = authorities.time_stamper(pki.AT).stamp(b"data")
    assert stamp.at == pki.AT
    assert stamp.chain_der == (pki.time_stamp_authority().der, pki.root().der)
    assert read_token(stamp.token, b"data", anchors=ROOTS) == stamp


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(200, content=b"<html>"),
        lambda _: httpx.Response(200, content=b"\x30\x03\x02\x01\x00"),
        lambda _: httpx.Response(200, content=b"0" * 100_000),
    ],
    ids=["error", "html", "no token", "too large"],
)
def test_unusable_answer_is_unavailable(answer):
    with pytest.raises(TimeStampUnavailable):
        _asked(answer)


def test_repeated_answer_is_refused():
    first = {}

    def repeat(request: httpx.Request) -> httpx.Response:
        first.setdefault("answer", pki.time_stamp_answer(request.content, at=pki.AT))
        return httpx.Response(200, content=first["answer"])

    assert _asked(repeat)
    with pytest.raises(TimeStampRefused, match="nonce"):
        _asked(repeat)


@pytest.mark.parametrize(
    ("data", "anchors", "signer"),
    [
        (b"other data", ROOTS, None),
        (b"data", (pki.moeaca().der,), None),
        (b"data", ROOTS, pki.card()),
        (b"data", ROOTS, pki.responder()),
    ],
    ids=["other data", "other anchor", "a card", "a responder"],
)
def test_token_that_proves_nothing_is_refused(data, anchors, signer):
    good = authorities.time_stamper(pki.AT).stamp(b"data").token
    with pytest.raises(TimeStampRefused):
        read_token(good, data, anchors=anchors) if signer is None else _token(signer=signer)


@pytest.mark.parametrize("position", [200, 300, 500, -20, -200])
def test_every_altered_token_is_refused(position):
    token = bytearray(_token())
    token[position] ^= 1
    with pytest.raises(TimeStampRefused):
        read_token(bytes(token), b"data", anchors=ROOTS)


def _without_store(pdf: bytes) -> bytes:
    """The document as it was before its last proof came, and without the earlier ones."""
    reader = PdfFileReader(BytesIO(pdf))
    assert "/DSS" in reader.root
    return pdf.replace(b"/DSS", b"/XSS")


@pytest.mark.rule("R-20")
@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong_with_a_contract_that_both_signed(both, tmp_path):
    path = tmp_path / "contract.pdf"
    path.write_bytes(both)
    said = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, ""), said.stdout
    shape = json.loads(
        subprocess.run(
            ["qpdf", "--json=2", "--json-key=acroform", str(path)], capture_output=True, check=True
        ).stdout
    )
    assert sum(field["fieldtype"] == "/Sig" for field in shape["acroform"]["fields"]) >= 2
