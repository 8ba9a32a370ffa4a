"""Verify the evidence of an order, without Tcloud: needs this file, Python 3.11 and the package `cryptography`.

    python verify_evidence.py CE0123456789-evidence.zip [--key KEY]

Every file must have the SHA-256 that the manifest says, none may be missing or added, and the platform's key must have signed the
manifest (Ed25519). --key: accept only this key, its id (16 hexadecimal digits) or a PEM file; without it the key in the ZIP counts, which
proves nothing until you have compared its id, printed at the end, with the one on the page of the ledger's digests.

When the manifest was made is proved by the time-stamp (RFC 3161) beside it:
    openssl ts -verify -token_in -in manifest.json.tst -data manifest.json -CAfile ANCHOR.pem
The contract's own signatures: any PAdES software. Proofs of entries in points/: verify_digest.py.

Exit status: 0 all is well, 1 something is wrong (said on standard output), 2 the file can't be read.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "tcloud.order.evidence.v1"
MANIFEST = "manifest.json"
SEALS = {MANIFEST, f"{MANIFEST}.sig", f"{MANIFEST}.tst", f"{MANIFEST}.pem"}


class Wrong(Exception):
    """The evidence does not hold."""


def key_of(pem: bytes) -> tuple[str, Ed25519PublicKey]:
    """(id, key) of a PEM text. Raises ValueError when it is none of Ed25519."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16], key


def verify(archive: zipfile.ZipFile, wanted: str) -> str:
    """One sentence about what holds. Raises Wrong."""
    names = archive.namelist()
    if len(names) != len(set(names)):
        raise Wrong("a name stands twice in the archive")
    manifest = archive.read(MANIFEST)
    pem = Path(wanted).read_bytes() if wanted and Path(wanted).is_file() else archive.read(f"{MANIFEST}.pem")
    key_id, key = key_of(pem)
    if wanted and not Path(wanted).is_file() and wanted != key_id:
        raise Wrong(f"signed by {key_id}, not by {wanted}")
    try:
        key.verify(base64.b64decode(archive.read(f"{MANIFEST}.sig"), validate=True), manifest)
    except InvalidSignature as error:
        raise Wrong("the signature over the manifest is wrong") from error
    content = json.loads(manifest)
    if content["format"] != FORMAT:
        raise ValueError(f"unknown format {content['format']}")
    files = content["files"]
    if differing := sorted(set(files) ^ (set(names) - SEALS)):
        raise Wrong(f"missing or added: {', '.join(differing)}")
    for name, digest in files.items():
        if hashlib.sha256(archive.read(name)).hexdigest() != digest:
            raise Wrong(f"{name} was altered")
    return (
        f"ok: order {content['order']}, {len(files)} files as of {content['made_at']}, signed by key {key_id}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify the evidence of an order of Tcloud.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", default="", help="accept only this key: its id, or a PEM file")
    options = parser.parse_args()
    try:
        with zipfile.ZipFile(options.file) as archive:
            print(verify(archive, options.key))
    except Wrong as error:
        print(f"WRONG: {error}")
        return 1
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        print(f"unreadable: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
