"""Merkle trees as in RFC 6962, section 2.1: roots, inclusion paths, and their check.

Hashes are SHA-256 digests (32 bytes); leaves and inner nodes are told apart by a first byte.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

TILE: Final = 256
"""Leaves in a full tile; its root stands for all of them in the tree above."""

EMPTY: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf's content."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Root over leaf hashes (or over tile roots), in order; memory grows with the logarithm."""
    peaks: list[tuple[int, bytes]] = []
    for digest in hashes:
        push(peaks, digest)
    return fold(peaks)


def push(peaks: list[tuple[int, bytes]], digest: bytes) -> None:
    """Append a leaf hash to a growing tree, kept as (height, root) of its full subtrees."""
    height, node = 0, digest
    while peaks and peaks[-1][0] == height:
        node = node_hash(peaks.pop()[1], node)
        height += 1
    peaks.append((height, node))


def fold(peaks: Sequence[tuple[int, bytes]]) -> bytes:
    """Root of the tree that `push` grew."""
    if not peaks:
        return EMPTY
    root = peaks[-1][1]
    for _, peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def path_of(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The inclusion path of leaf `index` (0-based), from the leaf's neighbour to the root's child.

    Raises:
        IndexError: when there is no such leaf.
    """
    size = len(hashes)
    if not 0 <= index < size:
        raise IndexError(index)
    if size == 1:
        return []
    half = 1 << ((size - 1).bit_length() - 1)
    if index < half:
        return [*path_of(index, hashes[:half]), root_of(hashes[half:])]
    return [*path_of(index - half, hashes[half:]), root_of(hashes[:half])]


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf hash and its inclusion path lead to (RFC 9162, section 2.1.3.2).

    Raises:
        ValueError: when the path does not fit the index and size.
    """
    node, position, last = leaf, index, size - 1
    for digest in path:
        if last == 0:
            raise ValueError("the path is too long")
        if position & 1 or position == last:
            node = node_hash(digest, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, digest)
        position, last = position >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return node
