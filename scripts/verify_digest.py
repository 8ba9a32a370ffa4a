"""Verify what a Tcloud ledger publishes, without Tcloud: needs this file, Python 3.11 and the package `cryptography`.

    python verify_digest.py digests.json                    the list of all digests: every signature, the chain, no day or entry left out
    python verify_digest.py digests.json --kept mine.json   … and that it still says what the digests you kept say
    python verify_digest.py proof.json                      one entry: that it is in the books of its day, as signed

    --key KEY   accept only this key: its id (16 hexadecimal digits) or a PEM file; may be repeated. Without it the keys in the file
                itself count, which proves nothing until you have compared their ids, printed at the end, with ids you know.

The format: a digest is {"document": text, "signature": base64}. The signature is Ed25519 over the UTF-8 bytes of the document. The document
is JSON: day, after_id and last_id (it covers the entries after the one, up to the other), entries, points, root (Merkle tree of RFC 6962
over the entries in the order of their ids, SHA-256), previous_sha256 (of the document of the day before), closed_at, key_id (first 16
hexadecimal digits of the SHA-256 of the public key's DER form). A proof has the entry (text; its UTF-8 bytes are the leaf), its place `index`
from 0, and `path` (RFC 9162 §2.1.3).

Exit status: 0 all is well, 1 something is wrong (said on standard output), 2 the file can't be read.
"""

import argparse
import base64
import hashlib
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DIGEST = "tcloud.ledger.digest.v1"
Keys = dict[str, Ed25519PublicKey]


class Wrong(Exception):
    """What is published does not hold."""


def read_key(pem: bytes) -> tuple[str, Ed25519PublicKey]:
    """The key of a PEM text, by its id."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16], key


def keys_to_trust(content: dict[str, Any], wanted: list[str]) -> Keys:
    """The keys of the file, or of those only the ones named, and keys given as files."""
    told = dict(read_key(row["pem"].encode()) for row in content.get("keys", []))
    if not wanted:
        return told
    chosen: Keys = {}
    for name in wanted:
        if name in told:
            chosen[name] = told[name]
        elif Path(name).exists():
            chosen |= [read_key(Path(name).read_bytes())]
    return chosen


def verified(row: dict[str, str], keys: Keys) -> dict[str, Any]:
    """What a digest says, once its signature is found good. Raises Wrong."""
    document = json.loads(row["document"])
    if document["format"] != DIGEST:
        raise ValueError(f"unknown format {document['format']}")
    key = keys.get(document["key_id"])
    if key is None:
        raise Wrong(f"{document['day']}: signed by a key that is not accepted, {document['key_id']}")
    try:
        key.verify(base64.b64decode(row["signature"], validate=True), row["document"].encode())
    except InvalidSignature as error:
        raise Wrong(f"{document['day']}: the signature is wrong") from error
    return document


def verify_chain(rows: list[dict[str, str]], keys: Keys) -> list[dict[str, Any]]:
    """Every digest from the first day on, each continuing the one before. Raises Wrong."""
    documents: list[dict[str, Any]] = []
    after, previous, day = 0, "", None
    for row in rows:
        document = verified(row, keys)
        now = date.fromisoformat(document["day"])
        if day and now != day + timedelta(days=1):
            raise Wrong(f"{now}: the day before it is missing")
        if document["after_id"] != after or document["last_id"] < after:
            raise Wrong(f"{now}: it does not begin where the day before ended")
        if document["previous_sha256"] != previous:
            raise Wrong(f"{now}: it does not name the document of the day before")
        after, day = document["last_id"], now
        previous = hashlib.sha256(row["document"].encode()).hexdigest()
        documents.append(document)
    return documents


def verify_proof(content: dict[str, Any], keys: Keys) -> dict[str, Any]:
    """The entry of a proof, once it is found to be under the signed root. Raises Wrong."""
    document = verified(content["digest"], keys)
    if not 0 <= content["index"] < document["entries"]:
        raise Wrong("the day has no entry of that number")
    place, last = content["index"], document["entries"] - 1
    hashed = hashlib.sha256(b"\x00" + content["entry"].encode()).digest()
    for sibling in map(bytes.fromhex, content["path"]):
        if last == 0:
            raise Wrong("the path is too long")
        if place & 1 or place == last:
            hashed = hashlib.sha256(b"\x01" + sibling + hashed).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + sibling).digest()
        place, last = place >> 1, last >> 1
    if last or hashed.hex() != document["root"]:
        raise Wrong(f"the entry is not in the books of {document['day']} as signed")
    return dict(json.loads(content["entry"]), day=document["day"])


def digests_in(content: dict[str, Any]) -> list[dict[str, str]]:
    """The digests of a file: the list, the one of a proof, or a single one."""
    return content["digests"] if "digests" in content else [content.get("digest", content)]


def verify_kept(kept: list[dict[str, str]], rows: list[dict[str, str]]) -> None:
    """Every kept digest is still among the published ones, to the byte. Raises Wrong."""
    published = {json.loads(row["document"])["day"]: row["document"] for row in rows}
    for row in sorted(kept, key=lambda row: json.loads(row["document"])["day"]):
        day = json.loads(row["document"])["day"]
        if published.get(day) != row["document"]:
            raise Wrong(f"{day}: published is not what you kept; history was altered from this day on")


def run(options: argparse.Namespace) -> str:
    """One sentence about what was verified. Raises Wrong, or what a file that can't be read raises."""
    content = json.loads(options.file.read_text(encoding="utf-8"))
    keys = keys_to_trust(content, options.key)
    if "entry" in content:
        entry = verify_proof(content, keys)
        return (
            f"entry {entry['id']} ({entry['code']}, {entry['amount_points']} points, {entry['debit']} → {entry['credit']}, "
            f"{entry['at']}) is in the signed books of {entry['day']}"
        )
    rows = digests_in(content)
    if "digests" in content:
        documents = verify_chain(rows, keys)
        said = f"{len(documents)} digests"
        if documents:
            said += f", {documents[0]['day']} to {documents[-1]['day']}, entries up to {documents[-1]['last_id']}: signatures and chain hold"
    else:
        said = f"the signature of {verified(rows[0], keys)['day']} holds"
    if options.kept:
        kept = digests_in(json.loads(options.kept.read_text(encoding="utf-8")))
        verify_kept(kept, rows)
        said += f"; the {len(kept)} you kept are unchanged"
    used = sorted({json.loads(row["document"])["key_id"] for row in rows})
    return f"{said}; keys: {', '.join(used) or 'none'}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Verify published digests of a Tcloud ledger, or the proof of an entry."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--key", action="append", default=[], help="accept only this key: id or PEM file; may be repeated"
    )
    parser.add_argument("--kept", type=Path, help="digests you kept earlier, to compare with")
    try:
        print(f"ok: {run(parser.parse_args())}")
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        print(f"can't be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
