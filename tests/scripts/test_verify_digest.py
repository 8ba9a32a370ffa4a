"""An outsider's check of what the ledger publishes: only this script, in a process of its own that knows nothing of the product."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tcloud.ledger import proof
from tcloud.ledger.models import Digest, Transfer
from tests.ledger.closed import DAYS, four_days
from tests.repository.sources import ROOT, imports

SCRIPT = ROOT / "scripts" / "verify_digest.py"
pytestmark = pytest.mark.django_db


@pytest.fixture
def published(settings, tmp_path):
    """The list of digests as the site gives it, the proof of an entry, and a way to ask the script."""
    settings.DEBUG = True
    four_days()
    rows = [proof.published(digest) for digest in Digest.objects.order_by("day")]
    return {"format": proof.LIST_FORMAT, "keys": proof.public_keys(), "digests": rows}


@pytest.fixture
def verify(tmp_path):
    def ask(content, *options, kept=None):
        (tmp_path / "file.json").write_text(json.dumps(content), encoding="utf-8")
        arguments = [*map(str, options)]
        if kept is not None:
            (tmp_path / "kept.json").write_text(json.dumps(kept), encoding="utf-8")
            arguments += ["--kept", "kept.json"]
        command = [sys.executable, "-I", str(SCRIPT), "file.json", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return ask


def test_script_imports_nothing_of_the_product():
    foreign = {name.split(".")[0] for name in imports(SCRIPT)} - set(sys.stdlib_module_names)
    assert foreign == {"cryptography"}


def changed(published, number, **changes):
    """The list with one document altered, its signature left."""
    rows = [dict(row) for row in published["digests"]]
    document = json.loads(rows[number]["document"]) | changes
    rows[number]["document"] = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return published | {"digests": rows}


@pytest.mark.rule("R-18")
def test_list_of_digests_is_verified_and_its_alterations_found(published, verify):
    status, said = verify(published)
    assert (status, said[:14]) == (0, "ok: 4 digests,")
    for content, sentence in [
        (changed(published, 1, points=51), "2027-01-16: the signature is wrong"),
        (
            published | {"digests": published["digests"][:1] + published["digests"][2:]},
            "the day before it is missing",
        ),
        (published | {"digests": published["digests"][1:]}, "does not begin where the day before ended"),
        (published | {"digests": published["digests"][::-1]}, "does not begin where the day before ended"),
        (published | {"keys": []}, "signed by a key that is not accepted"),
    ]:
        status, said = verify(content)
        assert status == 1
        assert sentence in said


@pytest.mark.rule("R-18")
def test_kept_digest_tells_when_history_was_altered(published, verify):
    assert verify(published, kept=published["digests"][2])[0] == 0
    assert verify(published, kept=published)[0] == 0
    status, said = verify(published, kept=changed(published, 1, points=51))
    assert status == 1
    assert "2027-01-16: published is not what you kept" in said


@pytest.mark.rule("R-18")
def test_proof_of_an_entry_is_verified_and_its_forgeries_found(published, verify):
    given = proof.proof_of_entry(Transfer.objects.get(key="k5").pk)
    status, said = verify(given)
    assert status == 0
    assert "20 points, b → a" in said
    assert f"in the signed books of {DAYS[3]}" in said
    other = proof.proof_of_entry(Transfer.objects.get(key="k4").pk)
    for changes in (
        {"entry": given["entry"].replace('"amount_points":20', '"amount_points":21')},
        {"entry": other["entry"]},
        {"index": 0},
        {"index": 3},
        {"path": given["path"][::-1]},
        {"path": [*given["path"], given["path"][0]]},
        {"digest": published["digests"][1]},
    ):
        assert verify(given | changes)[0] == 1, changes


def test_only_the_keys_one_knows_count(published, verify, tmp_path):
    (told,) = proof.public_keys()
    (tmp_path / "known.pem").write_text(told["pem"])
    for key in (told["key_id"], "known.pem"):
        assert verify(published, "--key", key)[0] == 0
        assert verify(published | {"keys": []}, "--key", key)[0] == (0 if key == "known.pem" else 1)
    assert verify(published, "--key", "0" * 16)[0] == 1


def test_file_of_something_else_is_not_taken_for_good(verify):
    for content in (
        {},
        [],
        5,
        {"digests": [{"document": "x", "signature": ""}]},
        {"document": "{}", "signature": ""},
    ):
        assert verify(content)[0] == 2


@pytest.mark.rule("R-18")
def test_openssl_alone_verifies_a_digest_as_the_operations_page_says(published, tmp_path):
    """The commands of docs/operations.md, without the script."""
    row = published["digests"][0]
    (tmp_path / "digest.json").write_text(row["document"], encoding="utf-8")
    (tmp_path / "digest.sig").write_bytes(base64.b64decode(row["signature"]))
    (tmp_path / "key.pem").write_text(published["keys"][0]["pem"])
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pem",
        "-rawin",
        "-in",
        "digest.json",
        "-sigfile",
        "digest.sig",
    ]
    assert " ".join(command) in Path(ROOT / "docs/operations.md").read_text(encoding="utf-8")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "digest.json").write_text(row["document"].replace("420", "421"), encoding="utf-8")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
