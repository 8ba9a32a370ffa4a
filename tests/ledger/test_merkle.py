"""The tree of RFC 6962 against the reference leaves of Certificate Transparency, and by property for every size."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcloud.ledger.merkle import EMPTY_ROOT, Tree, leads_to, leaf_hash, node_hash, path, root_of

# The eight leaves every implementation is tried with, and the roots over the first 1, 2, … 8 of them.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf, size) → its audit path, nearest first
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}


def hashes(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = max(2**power for power in range(20) if 2**power < len(leaves))
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_root_of_the_reference_leaves(size):
    assert root_of(map(leaf_hash, LEAVES[:size])).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_path_of_the_reference_leaves(index, size):
    found = path(index, [leaf_hash(leaf) for leaf in LEAVES[:size]])
    assert [hashed.hex() for hashed in found] == PATHS[index, size]


def test_root_of_nothing_is_the_hash_of_nothing():
    assert root_of([]) == EMPTY_ROOT == by_definition([])


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_root_is_that_of_the_definition(leaves):
    assert root_of(map(leaf_hash, leaves)) == by_definition(leaves)


@pytest.mark.parametrize("size", range(1, 67))
def test_path_of_every_leaf_leads_to_the_root_and_of_no_other_place(size):
    leaves = hashes(size)
    root = root_of(leaves)
    for index, hashed in enumerate(leaves):
        found = path(index, leaves)
        assert leads_to(root, hashed=hashed, index=index, size=size, path=found)
        assert not any(
            leads_to(root, hashed=hashed, index=other, size=size, path=found)
            for other in range(size)
            if other != index
        )


@given(st.data())
def test_forged_proof_leads_nowhere(data):
    """Property: another leaf, root, size, or a path with a hash changed, left out, added or moved proves nothing."""
    size = data.draw(st.integers(2, 60))
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    root, true = root_of(leaves), path(index, leaves)
    place = data.draw(st.integers(0, len(true) - 1))
    flipped = bytes([true[place][0] ^ 1]) + true[place][1:]
    forged = [
        [*true[:place], flipped, *true[place + 1 :]],
        true[:place] + true[place + 1 :],
        true[: place + 1] + true[place:],
        [*true, EMPTY_ROOT],
    ]
    assert not any(
        leads_to(root, hashed=leaves[index], index=index, size=size, path=each)
        for each in forged
        if each != true
    )
    assert not leads_to(root, hashed=leaf_hash(b"other"), index=index, size=size, path=true)
    assert not leads_to(EMPTY_ROOT, hashed=leaves[index], index=index, size=size, path=true)
    assert not leads_to(root, hashed=leaves[index], index=size, size=size, path=true)
    assert not leads_to(root, hashed=leaves[index], index=index, size=0, path=true)


def test_inner_node_never_passes_for_a_leaf():
    left, right = hashes(2)
    assert leaf_hash(left + right) != node_hash(left, right)


def test_path_of_no_leaf_is_refused():
    with pytest.raises(IndexError):
        path(3, hashes(3))


@pytest.mark.parametrize("block", [1, 2, 8])
@pytest.mark.parametrize("size", [1, 7, 8, 9, 16, 17, 33, 64])
def test_roots_of_blocks_are_leaves_of_the_same_tree(size, block):
    """What is stored of a day: the roots of its blocks give its root, and a leaf's path is that in its block and then the block's."""
    leaves = hashes(size)
    blocks = [root_of(leaves[start : start + block]) for start in range(0, size, block)]
    tree = Tree()
    for hashed in blocks:
        tree.push(hashed)
    assert tree.root() == root_of(leaves)
    for index in range(size):
        number, place = divmod(index, block)
        within = leaves[number * block : (number + 1) * block]
        assert path(place, within) + path(number, blocks) == path(index, leaves)
