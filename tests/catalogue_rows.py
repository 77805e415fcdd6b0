"""Rows for tests of the catalogue: files and contents made of a name."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from lookalike.catalogue.rows import BatchWrite, Content, FoundFile
from lookalike.records import Facts

SECOND = 10**9


def found(relpath: str, size: int = 1000, inode: int = 0) -> FoundFile:
    """A file of that name; its inode follows from the name unless it is given."""
    inode = inode or zlib.crc32(relpath.encode("utf-8", "surrogateescape"))
    return FoundFile(relpath, size, 1_700_000_000 * SECOND, 7, inode)


def digest(name: str) -> bytes:
    """Of the bytes that stand for a file."""
    return xxhash.xxh3_128_digest(name.encode("utf-8", "surrogateescape"))


def vector(name: str, dim: int) -> NDArray[np.float16]:
    """The vector of a content: the same for the same name, float16 [dim]."""
    drawn = np.frombuffer(digest(name) * (dim // 16 + 1), np.int8)[:dim]
    return (drawn / 32).astype(np.float16)


def content(name: str, spaces: Mapping[int, int], facts: Facts | None = None) -> Content:
    """A decoded picture; `spaces` maps a space's id to its dimension."""
    vectors = {id_: vector(name, dim).astype("<f2").tobytes() for id_, dim in spaces.items()}
    labels = {f"{name} of a kind": 0.5, "thing": 0.25}
    return Content(digest(name), facts or Facts(640, 480, "JPEG"), vectors, labels)


def new_photos(root_id: int, names: Sequence[str], spaces: Mapping[int, int]) -> BatchWrite:
    """A batch of new photos, each with a content of its own name."""
    return BatchWrite(root_id, new=[(found(name), content(name, spaces)) for name in names])
