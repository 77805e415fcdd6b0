"""Near pairs and groups of a whole library: exact, block by block, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.search.exact import unit

Array = NDArray[np.float32]
Halves = NDArray[np.float16]
Rows = NDArray[np.intp]

BLOCK: Final = 4096
"""Rows of one product: 64 MiB of likenesses at a time."""


def near_pairs(vectors: Halves, centre: Array, least: float) -> Iterator[tuple[Rows, Rows, Array]]:
    """All pairs of rows of float16 [n, D] whose centred cosine is at least `least`.

    One block of the triangle at a time: first and second rows (first < second) and cosines.
    """
    for top in range(0, len(vectors), BLOCK):
        first = unit(vectors[top : top + BLOCK].astype(np.float32) - centre)
        for left in range(top, len(vectors), BLOCK):
            second = (
                first
                if left == top
                else unit(vectors[left : left + BLOCK].astype(np.float32) - centre)
            )
            likeness = first @ second.T
            if left == top:
                likeness = np.triu(likeness, 1)
            rows, columns = np.nonzero(likeness >= least)
            yield rows + top, columns + left, likeness[rows, columns]


def groups(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The connected groups of `pairs`, each ascending, by their first member (union-find)."""
    parent: dict[int, int] = {}

    def root(item: int) -> int:
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    found: dict[int, list[int]] = {}
    for item in sorted(parent):
        found.setdefault(root(item), []).append(item)
    return sorted(found.values())
