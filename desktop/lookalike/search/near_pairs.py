"""Near pairs of a whole library: every pair compared, block by block, in bounded memory.

A pair's cosine is at most the product of its leading coordinates plus the product of what is
left of either vector (Cauchy-Schwarz), so one short matrix product rules out nearly every pair
exactly; what it cannot rule out is compared in full. Products are made in tiles that stay in a
processor's cache until they have been compared with the bound.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from lookalike.search.exact import unit
from lookalike.search.kinship import tells

Array = NDArray[np.float32]
Labels = NDArray[np.int64]
Rows = NDArray[np.intp]
RowsOf = Callable[[Labels], Array]
T = TypeVar("T")

BLOCK: Final = 2048
"""Rows of either side of a block."""
HEAD: Final = 63
"""Leading coordinates that are compared first; with the rest's length a row of 64 numbers."""
_TILE: Final = 256
"""Columns of a product: 2 MiB of likenesses at a time."""
_HASH_ROWS: Final = 64
_SAMPLE: Final = 20_000
_ROUNDING: Final = 1e-4
_DENSE: Final = 16_384
"""Of a block's pairs that are left: above it a whole product is cheaper than one by one."""


@dataclass(frozen=True, slots=True)
class Heads:
    """`labels` int64 [n], and of each unit vector its head and the rest's length: `rows` [n, H]."""

    labels: Labels
    rows: Array

    @property
    def blocks(self) -> int:
        """How many blocks `near_pairs` makes of them."""
        return blocks_of(len(self.labels))

    def taken(self, places: Rows) -> Heads:
        """Those at `places`, in that order."""
        return Heads(self.labels[places], self.rows[places])


def blocks_of(count: int) -> int:
    """The blocks of the triangle of all pairs of `count`."""
    side = -(-count // BLOCK)
    return side * (side + 1) // 2


def heads_of(pages: Callable[[], Iterable[tuple[Labels, Array]]], centre: Array) -> Heads:
    """The heads of all vectors, float32 [m, D] a page, minus `centre`, at length 1.

    `pages` is asked twice: the principal axes come from a sample of the vectors themselves.
    """
    labels, rows = [], []
    basis = _axes(pages(), centre)
    for each, vectors in pages():
        apart = unit(vectors - centre)
        head = apart @ basis
        rest = np.einsum("ij,ij->i", apart, apart) - np.einsum("ij,ij->i", head, head)
        labels.append(each)
        rows.append(np.concatenate([head, np.sqrt(np.maximum(rest, 0))[:, np.newaxis]], axis=1))
    if not labels:
        return Heads(np.empty(0, np.int64), np.empty((0, 1), np.float32))
    joined = np.concatenate(labels)
    order = np.argsort(joined, kind="stable")
    return Heads(joined[order], np.concatenate(rows).astype(np.float32, copy=False)[order])


def _axes(pages: Iterable[tuple[Labels, Array]], centre: Array) -> Array:
    """The leading principal axes of the unit vectors, float32 [D, H]."""
    dim = len(centre)
    total, count = np.zeros((dim, dim), np.float64), 0
    for _, vectors in pages:
        apart = unit(vectors - centre)
        total += apart.T @ apart
        count += len(apart)
        if count >= _SAMPLE:
            break
    _, axes = np.linalg.eigh(total)
    return np.ascontiguousarray(axes[:, ::-1][:, :HEAD], np.float32)


def near_pairs(
    heads: Heads,
    rows_of: RowsOf,
    centre: Array,
    least: float,
    ends: Rows | None = None,
    worth: Callable[[Rows, Rows], NDArray[np.bool_]] | None = None,
) -> Iterator[tuple[Rows, Rows, Array]]:
    """All pairs of rows (first < second) whose centred cosine is at least `least`, and it.

    One block of the triangle at a time, empty ones too. `rows_of` gives the stored vectors. With
    `ends`, ascending int [n], a row is compared with those before its end alone; with `worth`,
    pairs that it is False of are left out, uncompared.
    """

    def block(top: int, left: int) -> tuple[Rows, Rows, Array]:
        rows, columns = _possible(heads.rows, top, left, least - _ROUNDING)
        if left == top:
            upper = columns > rows
            rows, columns = rows[upper], columns[upper]
        rows, columns = rows + top, columns + left
        if ends is not None:
            within = columns < ends[rows]
            rows, columns = rows[within], columns[within]
        if worth is not None:
            asked = worth(rows, columns)
            rows, columns = rows[asked], columns[asked]
        likeness = cosines(heads.labels, rows, columns, rows_of, centre)
        near = likeness >= least
        return rows[near], columns[near], likeness[near]

    yield from _triangle(len(heads.labels), ends, block)


def _possible(rows: Array, top: int, left: int, least: float) -> tuple[Rows, Rows]:
    """Places in a block, [m] and [m], whose bound is at least `least`."""
    first, others = rows[top : top + BLOCK], rows[left : left + BLOCK]
    product = np.empty((len(first), _TILE), np.float32)
    found_rows, found_columns = [], []
    for start in range(0, len(others), _TILE):
        tile = others[start : start + _TILE].T
        if tile.shape[1] < _TILE:
            product = np.empty((len(first), tile.shape[1]), np.float32)
        np.matmul(first, tile, out=product)
        # Flat: NumPy skips eight at a time there, and not in two dimensions.
        hits = np.flatnonzero(product >= least)
        if len(hits):
            at, column = np.divmod(hits, product.shape[1])
            found_rows.append(at)
            found_columns.append(column + start)
    if not found_rows:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    return np.concatenate(found_rows), np.concatenate(found_columns)


def near_hashes(hashes: NDArray[np.uint64], most: int) -> Iterator[tuple[Rows, Rows]]:
    """All pairs of places (first < second) of hashes that differ in at most `most` of 64 bits.

    A block at a time, empty ones too. Hashes that tell nothing are left out.
    """
    places = np.flatnonzero(tells(hashes))
    telling = hashes[places]

    def block(top: int, left: int) -> tuple[Rows, Rows]:
        rows, columns = [], []
        others = telling[left : left + BLOCK]
        differ = np.empty((_HASH_ROWS, len(others)), np.uint64)
        bits = np.empty(differ.shape, np.uint8)
        for start in range(top, min(top + BLOCK, len(telling)), _HASH_ROWS):
            some = telling[start : min(start + _HASH_ROWS, top + BLOCK)]
            count = len(some)
            np.bitwise_xor(some[:, np.newaxis], others, out=differ[:count])
            np.bitwise_count(differ[:count], out=bits[:count])
            hits = np.flatnonzero(bits[:count] <= most)
            at, column = np.divmod(hits, len(others))
            upper = column + left > at + start
            rows.append(places[at[upper] + start])
            columns.append(places[column[upper] + left])
        return np.concatenate(rows), np.concatenate(columns)

    yield from _triangle(len(telling), None, block)


def cosines(labels: Labels, first: Rows, second: Rows, rows_of: RowsOf, centre: Array) -> Array:
    """The centred cosines of pairs of places in `labels`, float32 [m]."""
    if not len(first):
        return np.empty(0, np.float32)
    one, at = np.unique(first, return_inverse=True)
    other, beside = np.unique(second, return_inverse=True)
    units = unit(rows_of(labels[one]) - centre)
    others = unit(rows_of(labels[other]) - centre)
    if len(first) > _DENSE and len(one) * len(other) <= BLOCK * BLOCK:
        product: Array = (units @ others.T)[at, beside]
        return product
    found = np.empty(len(first), np.float32)
    for start in range(0, len(first), _DENSE):
        part = slice(start, start + _DENSE)
        found[part] = np.einsum("ij,ij->i", units[at[part]], others[beside[part]])
    return found


def _triangle(count: int, ends: Rows | None, block: Callable[[int, int], T]) -> Iterator[T]:
    """`block(top, left)` of every block of the triangle, on a few threads, in order."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="near-pairs") as pool:
        for top in range(0, count, BLOCK):
            last = count if ends is None else int(ends[min(top + BLOCK, count) - 1])
            # A few at a time: what is found waits in memory until it is taken.
            for some in range(top, last, 4 * workers * BLOCK):
                lefts = range(some, min(last, some + 4 * workers * BLOCK), BLOCK)
                yield from pool.map(partial(block, top), lefts)
