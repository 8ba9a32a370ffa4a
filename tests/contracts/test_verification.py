"""Verifying a contract (R-20), by us and by pyHanko's own command line."""

import re
import subprocess
import sys
import tracemalloc
import zlib
from io import BytesIO

import pytest
from pyhanko.pdf_utils.generic import NameObject, NumberObject, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from tcloud.adapters.card import Revocation, RevocationFinding
from tcloud.contracts import verification
from tcloud.contracts.document import Party
from tcloud.contracts.verification import verify
from tests.adapters.card import pki
from tests.contracts.sample import drawn_up, policy, sign


@pytest.fixture(scope="module")
def once():
    return sign(drawn_up(), Party.BUYER)


@pytest.fixture(scope="module")
def twice(once):
    return sign(once, Party.SUPPLIER, at=pki.AT + pki.DAY)


def states(verdict):
    return [(s.signer_ubn, s.intact, s.trusted, s.covers_document) for s in verdict.signatures]


@pytest.mark.rule("R-20")
def test_signed_contract_is_verified(once):
    verdict = verify(once, policy=policy(), at=pki.AT)
    assert states(verdict) == [(pki.UBN, True, True, True)]
    assert verdict.ok
    assert verdict.signatures[0].signed_at == pki.AT


@pytest.mark.rule("R-20")
def test_countersigned_contract_is_verified_with_both_parties(twice):
    verdict = verify(twice, policy=policy(), at=pki.AT + pki.DAY)
    assert states(verdict) == [(pki.UBN, True, True, True), (pki.OTHER_UBN, True, True, True)]
    assert verdict.to_json()["ok"] is True
    assert verdict.to_json()["signatures"][1]["signed_at"] == "2027-02-04T10:00:00+08:00"


@pytest.mark.rule("R-20")
def test_every_altered_byte_of_the_text_is_detected(twice):
    for position in (100, 5_000, 60_000, 150_000):
        altered = bytearray(twice)
        altered[position] ^= 1
        verdict = verify(bytes(altered), policy=policy(), at=pki.AT + pki.DAY)
        assert not verdict.ok
        assert not any(signature.intact for signature in verdict.signatures)


def test_change_between_the_signatures_breaks_only_the_first(once):
    writer = IncrementalPdfFileWriter(BytesIO(once))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Rotate")] = NumberObject(90)
    writer.mark_update(page.container_ref)
    writer.write_in_place()
    verdict = verify(sign(writer.prev.stream.getvalue(), Party.SUPPLIER), policy=policy(), at=pki.AT)
    assert states(verdict) == [(pki.UBN, True, True, False), (pki.OTHER_UBN, True, True, True)]
    assert not verdict.ok


def test_anything_appended_after_the_last_signature_is_not_covered(twice):
    writer = IncrementalPdfFileWriter(BytesIO(twice))
    writer.root[NameObject("/Lang")] = pdf_string("en")
    writer.update_root()
    writer.write_in_place()
    verdict = verify(writer.prev.stream.getvalue(), policy=policy(), at=pki.AT + pki.DAY)
    assert [signature.intact for signature in verdict.signatures] == [True, True]
    assert not verdict.signatures[1].covers_document
    assert not verdict.ok


def test_unsigned_field_after_the_last_signature_is_not_covered(twice):
    writer = IncrementalPdfFileWriter(BytesIO(twice))
    append_signature_field(writer, SigFieldSpec("Afterthought"))
    writer.write_in_place()
    verdict = verify(writer.prev.stream.getvalue(), policy=policy(), at=pki.AT + pki.DAY)
    assert [signature.covers_document for signature in verdict.signatures] == [True, False]


def test_strange_anchor_and_expired_card_are_intact_but_not_trusted(once):
    elsewhere = policy(anchors=(pki.authority(key_name="false root").der,))
    assert states(verify(once, policy=elsewhere, at=pki.AT)) == [(pki.UBN, True, False, True)]
    late = verify(once, policy=policy(), at=pki.AT + 3000 * pki.DAY)
    assert states(late) == [(pki.UBN, True, False, True)]
    assert [reason.code for reason in late.signatures[0].reasons] == ["expired"]


def test_revoked_card_is_not_trusted(once):
    class Revoked:
        def check(self, certificate_der, issuer_der, *, at):
            return RevocationFinding(Revocation.REVOKED, source="crl", revoked_at=at)

    assert not verify(once, policy=policy(), at=pki.AT, revocation=Revoked()).ok


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n%%EOF", bytes(20_000_001)])
def test_garbage_has_no_signatures_and_is_not_ok(data):
    verdict = verify(data, policy=policy(), at=pki.AT)
    assert verdict.to_json() == {"signatures": [], "ok": False}
    assert verdict.problem


def test_unsigned_contract_is_not_ok():
    verdict = verify(drawn_up(), policy=policy(), at=pki.AT)
    assert (verdict.signatures, verdict.ok) == ((), False)


def test_truncated_and_mangled_files_never_raise(once):
    for cut in range(0, len(once), len(once) // 25):
        assert not verify(once[:cut], policy=policy(), at=pki.AT).ok
    start = once.rindex(b"/Contents <") + 11
    for position in range(start, start + 3000, 61):
        mangled = (
            once[:position] + (b"0" if once[position : position + 1] != b"0" else b"7") + once[position + 1 :]
        )
        verify(mangled, policy=policy(), at=pki.AT)


def test_more_than_two_signed_ranges_are_not_put_together(once):
    """A thousand ranges over the whole file would fill the memory."""
    found = re.search(rb"/ByteRange \[[\d ]+\]", once)
    ranges = b"/ByteRange [0 9 0 9 0 9"
    hostile = once.replace(found.group(), ranges + b" " * (len(found.group()) - len(ranges) - 1) + b"]")
    verdict = verify(hostile, policy=policy(), at=pki.AT)
    assert [reason.code for reason in verdict.signatures[0].reasons] == ["unreadable"]


def test_many_signatures_are_not_judged(twice, monkeypatch):
    monkeypatch.setattr(verification, "MAX_SIGNATURES", 1)
    assert verify(twice, policy=policy(), at=pki.AT).problem == "too_many"


def test_file_that_unpacks_to_a_lot_is_not_read():
    bomb = zlib.compress(bytes(4_000_000), 9)
    head = b"%%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 1000000/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length %d>>\nstream\n"
    body = head % len(bomb) + bomb + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    tracemalloc.start()
    verdict = verify(body, policy=policy(), at=pki.AT)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert verdict.problem
    assert most < 4_000_000


@pytest.mark.rule("R-20")
def test_pyhanko_command_line_agrees(twice, tmp_path):
    (tmp_path / "contract.pdf").write_bytes(twice)
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "ca.pem").write_bytes(pki.moeaca().pem)
    (tmp_path / "pyhanko.yml").write_text(
        "validation-contexts:\n  card:\n    trust: root.pem\n    trust-replace: true\n    other-certs: ca.pem\n"
        "    signer-key-usage: [digital_signature]\n"
    )
    command = [
        sys.executable,
        "-m",
        "pyhanko",
        "--config",
        "pyhanko.yml",
        "sign",
        "validate",
        "--executive-summary",
        "--validation-context",
        "card",
        "--no-revocation-check",
        "--validation-time",
        "2027-02-05",
        "contract.pdf",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert [
        line.rsplit(":", 1)[1] for line in run.stdout.splitlines() if line.startswith(("Buyer:", "Supplier:"))
    ] == ["VALID", "VALID"]
