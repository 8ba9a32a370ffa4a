"""Signing a contract by card in two steps (R-20, PROTOCOLS §8): only the right answer of the right card is embedded."""

import hashlib
import json
from dataclasses import replace
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tcloud.contracts.document import Party
from tcloud.contracts.signing import PreparedSignature, SigningError, complete, prepare, signed_parties
from tests.adapters.card import pki
from tests.contracts.sample import CARDS, drawn_up, sign

BUYER = CARDS[Party.BUYER]


@pytest.fixture(scope="module")
def pdf():
    return drawn_up()


@pytest.fixture(scope="module")
def prepared(pdf):
    return prepare(pdf, BUYER.der, party=Party.BUYER, at=pki.AT, chain_der=(pki.moeaca().der,))


def test_prepared_signature_survives_being_stored(prepared):
    state = json.loads(json.dumps(prepared.state()))
    assert PreparedSignature.restore(prepared.document, state) == prepared


@pytest.mark.rule("R-20")
def test_card_signs_the_attributes_and_the_document_keeps_what_was_there(pdf, prepared):
    signed = complete(prepared, BUYER.sign(prepared.tbs))
    assert signed.startswith(pdf)
    assert signed_parties(signed) == (Party.BUYER,)
    reader = PdfFileReader(BytesIO(signed))
    (signature,) = reader.embedded_regular_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp == pki.AT
    assert "/AP" in signature.sig_field


@pytest.mark.rule("R-20")
def test_countersignature_leaves_the_first_signature_untouched(pdf):
    first = sign(pdf, Party.BUYER)
    both = sign(first, Party.SUPPLIER)
    assert both.startswith(first)
    assert signed_parties(both) == (Party.BUYER, Party.SUPPLIER)
    assert len(both) - len(pdf) < 100_000


def test_signature_of_another_card_is_refused(prepared):
    with pytest.raises(SigningError, match="other_card"):
        complete(prepared, CARDS[Party.SUPPLIER].sign(prepared.tbs))


@pytest.mark.parametrize(
    "signature", [b"", b"\x00" * 256, BUYER.sign(b"something else"), BUYER.sign(b"", "sha1")]
)
def test_anything_but_a_signature_over_these_bytes_is_refused(prepared, signature):
    with pytest.raises(SigningError):
        complete(prepared, signature)


def test_signature_with_another_digest_is_refused(prepared):
    with pytest.raises(SigningError):
        complete(prepared, BUYER.sign(prepared.tbs, "sha1"))


def test_document_altered_after_preparing_is_refused(prepared):
    for position in (
        2000,
        prepared.reserved[0] + 9,
    ):  # in the text; in the place kept for the signature, which no digest covers
        altered = bytearray(prepared.document)
        altered[position] ^= 1
        with pytest.raises(SigningError, match="altered"):
            complete(replace(prepared, document=bytes(altered)), BUYER.sign(prepared.tbs))


def test_document_altered_together_with_its_stored_digest_is_refused(prepared):
    altered = bytearray(prepared.document)
    altered[2000] ^= 1
    changed = replace(prepared, document=bytes(altered), sha256=hashlib.sha256(altered).hexdigest())
    with pytest.raises(SigningError, match="not_as_prepared"):
        complete(changed, BUYER.sign(prepared.tbs))


def test_party_that_has_signed_is_not_asked_again(pdf):
    signed = sign(pdf, Party.BUYER)
    with pytest.raises(SigningError, match="signed_already"):
        prepare(signed, BUYER.der, party=Party.BUYER, at=pki.AT)


@pytest.mark.parametrize("broken", [b"", b"hello", b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n99\n%%EOF"])
def test_broken_document_is_refused(broken):
    with pytest.raises(SigningError, match="not_signable"):
        prepare(broken, BUYER.der, party=Party.BUYER, at=pki.AT)
    with pytest.raises(SigningError):
        signed_parties(broken)


def test_broken_certificate_or_state_is_refused(pdf, prepared):
    with pytest.raises(SigningError, match="certificate"):
        prepare(pdf, b"junk", party=Party.BUYER, at=pki.AT)
    for state in ({}, prepared.state() | {"tbs": "%%"}, prepared.state() | {"party": "nobody"}):
        with pytest.raises(SigningError):
            PreparedSignature.restore(prepared.document, state)
    with pytest.raises(SigningError):
        complete(replace(prepared, tbs=b"1\x00"), BUYER.sign(b"1\x00"))
