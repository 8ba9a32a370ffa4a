"""What one day of the books comes to: the root over its entries, and the document that says so."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tcloud.ledger import canonical
from tcloud.ledger.merkle import Tree, leaf_hash
from tcloud.ledger.models import Digest

FORMAT: Final = "tcloud.ledger.digest.v1"
BLOCK: Final = (
    4_096  # entries under one stored subtree; a power of two, so that they are subtrees of the day's tree
)
HASH_BYTES: Final = 32


@dataclass(frozen=True)
class Sums:
    """Entries of a range: how many, the whole points they moved, the Merkle root in hexadecimal, and the roots of its blocks."""

    entries: int
    points: int
    root: str
    blocks: bytes


def sum_up(after_id: int, last_id: int, *, salt: bytes) -> Sums:
    """Everything about the entries with after_id < id ≤ last_id, from the entries alone. Memory does not grow with their number."""
    day, block = Tree(), Tree()
    points, found = 0, bytearray()
    for entry in canonical.entries(after_id, last_id, salt=salt):
        hashed = leaf_hash(entry.content)
        day.push(hashed)
        block.push(hashed)
        points += entry.points
        if block.size == BLOCK:
            found += block.root()
            block = Tree()
    if block.size:
        found += block.root()
    return Sums(day.size, points, day.root().hex(), bytes(found))


def document_of(digest: Digest) -> bytes:
    """The document of a digest by its columns: canonical JSON (RFC 8785), what is signed and published."""
    return canonical.dumps(
        {
            "format": FORMAT,
            "day": digest.day.isoformat(),
            "after_id": digest.after_id,
            "last_id": digest.last_id,
            "entries": digest.entries,
            "points": digest.points,
            "root": digest.root,
            "previous_sha256": digest.previous_sha256,
            "closed_at": moment(digest.closed_at),
            "key_id": digest.key_id,
        }
    )


def hash_of(digest: Digest) -> str:
    """What the digest of the next day names as the one before it: SHA-256 of the document, in hexadecimal."""
    return hashlib.sha256(bytes(digest.document)).hexdigest()


def block_roots(digest: Digest) -> list[bytes]:
    """The roots of the day's blocks, in order: as leaves of a tree they give the day's root."""
    stored = bytes(digest.blocks)
    return [stored[start : start + HASH_BYTES] for start in range(0, len(stored), HASH_BYTES)]


def moment(at: datetime) -> str:
    """A moment as the documents write it: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
