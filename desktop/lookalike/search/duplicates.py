"""Near pairs of a whole library: every pair compared, block by block, in bounded memory.

A pair's cosine is at most the product of its leading coordinates plus the product of what is
left of either vector (Cauchy-Schwarz), so one short matrix product rules out nearly every pair
exactly; what it cannot rule out is compared in full.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.search.exact import unit

Array = NDArray[np.float32]
Labels = NDArray[np.int64]
Rows = NDArray[np.intp]
RowsOf = Callable[[Labels], Array]

BLOCK: Final = 2048
"""Rows of one product: 16 MiB of likenesses at a time."""
HEAD: Final = 63
"""Leading coordinates that are compared first; with the rest's length a row of 64 numbers."""
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
        """How many products `near_pairs` makes of them."""
        count = -(-len(self.labels) // BLOCK)
        return count * (count + 1) // 2


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
    heads: Heads, rows_of: RowsOf, centre: Array, least: float
) -> Iterator[tuple[Rows, Rows, Array]]:
    """All pairs of rows (first < second) whose centred cosine is at least `least`, and it.

    One block of the triangle at a time, empty ones too. `rows_of` gives the stored vectors.
    """
    count = len(heads.labels)
    workers = os.cpu_count() or 1

    def units(start: int) -> Array:
        return unit(rows_of(heads.labels[start : start + BLOCK]) - centre)

    def block(top: int, whole: Array, left: int) -> tuple[Rows, Rows, Array]:
        at_most = heads.rows[top : top + BLOCK] @ heads.rows[left : left + BLOCK].T
        rows, columns = np.nonzero(at_most >= least - _ROUNDING)
        if left == top:
            upper = columns > rows
            rows, columns = rows[upper], columns[upper]
        if not len(rows):
            return rows, columns, np.empty(0, np.float32)
        likeness = _likeness(whole, whole if left == top else units(left), rows, columns)
        near = likeness >= least
        return rows[near] + top, columns[near] + left, likeness[near]

    with ThreadPoolExecutor(workers, thread_name_prefix="near-pairs") as pool:
        for top in range(0, count, BLOCK):
            work = partial(block, top, units(top))
            # A few at a time: what is found waits in memory until it is taken.
            for some in range(top, count, 4 * workers * BLOCK):
                lefts = range(some, min(count, some + 4 * workers * BLOCK), BLOCK)
                yield from pool.map(work, lefts)


def _likeness(first: Array, second: Array, rows: Rows, columns: Rows) -> Array:
    if len(rows) > _DENSE:
        product: Array = (first @ second.T)[rows, columns]
        return product
    return np.asarray(np.einsum("ij,ij->i", first[rows], second[columns]), np.float32)


class Links:
    """Pairs of n photos that belong together; of each photo at most its `most` strongest.

    A thousand screenshots of one program are half a million pairs: the weak ones are dropped
    while they come, so that memory grows with the photos, not with their pairs.
    """

    def __init__(self, count: int, most: int) -> None:
        self._count = count
        self._most = most
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], Array]] = []
        self._held = 0
        self._room = max(1_000_000, 2 * count)

    def add(self, first: Rows, second: Rows, strength: Array) -> None:
        """Take in pairs of places and how strongly each belongs together, float32."""
        if len(first):
            self._parts.append((first.astype(np.int32), second.astype(np.int32), strength))
            self._held += len(first)
        if self._held > self._room:
            first_, second_, strength_ = self._pruned()
            self._parts = [(first_, second_, strength_)]
            self._held = len(first_)
            self._room = max(self._room, 2 * self._held)

    def __len__(self) -> int:
        return self._held

    def _pruned(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Array]:
        first, second, strength = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        keep = np.zeros(len(first), bool)
        for end in (first, second):
            order = np.lexsort((-strength, end))
            at = end[order]
            begins = np.flatnonzero(np.diff(at, prepend=-1))
            rank = np.arange(len(at)) - np.repeat(begins, np.diff(begins, append=len(at)))
            keep[order[rank < self._most]] = True
        return first[keep], second[keep], strength[keep]

    def neighbours(self) -> Neighbours:
        """Every photo's links, strongest first."""
        if not self._parts:
            empty = np.empty(0, np.int32)
            return Neighbours(np.zeros(self._count + 1, np.int64), empty)
        first, second, strength = self._pruned()
        ends = np.concatenate([first, second])
        others = np.concatenate([second, first])
        order = np.lexsort((others, -np.concatenate([strength, strength]), ends))
        counts = np.bincount(ends, minlength=self._count)
        return Neighbours(np.concatenate([[0], np.cumsum(counts)]), others[order])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Links as compressed rows: photo i's are `others[starts[i] : starts[i + 1]]`."""

    starts: NDArray[np.int64]
    others: NDArray[np.int32]

    def of(self, place: int) -> list[int]:
        """The photos that a photo is linked with, strongest first."""
        found: list[int] = self.others[self.starts[place] : self.starts[place + 1]].tolist()
        return found

    @property
    def degrees(self) -> NDArray[np.int64]:
        """How many links each photo has, int64 [n]."""
        return np.diff(self.starts)

    @property
    def linked(self) -> Rows:
        """The photos that have links, ascending."""
        return np.flatnonzero(self.degrees)


def stars(
    order: Iterable[int],
    neighbours: Neighbours,
    belongs: Callable[[int, list[int]], list[int]],
    depth: int = 1,
) -> Iterator[list[int]]:
    """Groups around a centre (star clustering, Aslam et al. 2004), the centre first.

    Photos become centres in `order` if no earlier group has them. `belongs(one, others)` says
    which of its linked `others` belong to a member. Up to `depth` links lead from the centre to
    a member, so no chain of likenesses can join what is not alike.
    """
    taken: set[int] = set()
    for centre in order:
        if centre in taken:
            continue
        taken.add(centre)
        group, ring = [centre], [centre]
        for _ in range(depth):
            outer: list[int] = []
            for member in ring:
                free = [other for other in neighbours.of(member) if other not in taken]
                found = belongs(member, free) if free else []
                taken.update(found)
                outer += found
            group += outer
            ring = outer
        if len(group) > 1:
            yield group
        else:
            taken.discard(centre)
