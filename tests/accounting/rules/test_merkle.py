from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.rules import merkle

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=70).map(
    lambda texts: [merkle.leaf_hash(text) for text in texts]
)


def reference(hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + reference(hashes[:k]) + reference(hashes[k:])).digest()


@given(leaves)
def test_the_root_is_that_of_the_standard(hashes):
    assert merkle.root_of(hashes) == reference(hashes)


@given(leaves, st.data())
def test_every_leaf_leads_to_the_root(hashes, data):
    index = data.draw(st.integers(0, len(hashes) - 1))
    path = merkle.path_of(index, hashes)
    assert merkle.root_from(hashes[index], index, len(hashes), path) == merkle.root_of(hashes)


@given(leaves, st.data())
def test_another_leaf_does_not(hashes, data):
    index = data.draw(st.integers(0, len(hashes) - 1))
    path = merkle.path_of(index, hashes)
    other = merkle.leaf_hash(b"something else that is long")
    assert merkle.root_from(other, index, len(hashes), path) != merkle.root_of(hashes)


@given(st.integers(1, 40))
def test_tiles_stand_for_their_leaves(count):
    size = merkle.TILE * (count % 4) + count
    hashes = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
    tiles = [
        merkle.root_of(hashes[start : start + merkle.TILE]) for start in range(0, size, merkle.TILE)
    ]
    assert merkle.root_of(tiles) == merkle.root_of(hashes)


def test_the_empty_tree_is_the_hash_of_nothing():
    assert merkle.root_of([]) == sha256(b"").digest()


def test_a_path_of_the_wrong_length_is_refused():
    leaf = merkle.leaf_hash(b"a")
    with pytest.raises(ValueError, match="long"):
        merkle.root_from(leaf, 0, 1, [leaf])
    with pytest.raises(ValueError, match="short"):
        merkle.root_from(leaf, 0, 3, [leaf])
    with pytest.raises(IndexError):
        merkle.path_of(1, [leaf])
