"""Merkle trees over SHA-256 as Certificate Transparency defines them (RFC 6962 §2.1, RFC 9162 §2.1). Pure.

A leaf is hashed with a 0x00 before it and an inner node with a 0x01, so that neither can pass for the other; a tree of n leaves splits at
the largest power of two below n. Why no library: docs/decisions/0014.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """Hash of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf, holding only the roots of its complete subtrees: one for each bit set in `size`."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def push(self, hashed: bytes) -> None:
        """Append a leaf, given its hash."""
        complete = self.size
        while complete & 1:  # as many subtrees are completed as there are ones at the end of the old size
            hashed = node_hash(self._subtrees.pop(), hashed)
            complete >>= 1
        self._subtrees.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Root of what was pushed so far; the hash of nothing for an empty tree."""
        if not self._subtrees:
            return EMPTY_ROOT
        *rest, joined = self._subtrees
        for left in reversed(rest):
            joined = node_hash(left, joined)
        return joined


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Root of the tree over leaves given by their hashes."""
    tree = Tree()
    for hashed in hashes:
        tree.push(hashed)
    return tree.root()


def _split(size: int) -> int:
    """The largest power of two below `size` (> 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The audit path of leaf `index` (from 0): the hashes that lead from it to the root, nearest first (RFC 9162 §2.1.3.1).

    Raises IndexError when there is no such leaf.
    """
    if not 0 <= index < len(hashes):
        raise IndexError("no such leaf")
    found: list[bytes] = []
    while len(hashes) > 1:
        middle = _split(len(hashes))
        if index < middle:
            found.append(root_of(hashes[middle:]))
            hashes = hashes[:middle]
        else:
            found.append(root_of(hashes[:middle]))
            hashes, index = hashes[middle:], index - middle
    return found[::-1]


def leads_to(root: bytes, *, hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the leaf with hash `hashed` is number `index` of the `size` under `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last = index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node_hash(sibling, hashed)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == root
