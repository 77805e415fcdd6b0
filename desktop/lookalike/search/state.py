"""What a query of the index sees at one moment: segments, rows in memory, and their sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.search.recovery import PAGE, Rows
from lookalike.search.segment import Segment

Array = NDArray[np.float32]
Halves = NDArray[np.float16]

PRIOR: Final = 64.0
"""Photos' worth of trust in the network's reference mean before the library's own counts."""


@dataclass(frozen=True, slots=True)
class State:
    """What a query sees; replaced as a whole, never changed.

    `gaps` are rows whose segment was missing or damaged, kept in memory until it is written anew.
    """

    segments: tuple[Segment, ...]
    gaps: tuple[Rows, ...]
    tail: Rows
    total: NDArray[np.float64]

    @property
    def parts(self) -> list[Rows]:
        """All rows, in pieces."""
        return [*((each.labels, each.vectors) for each in self.segments), *self.gaps, self.tail]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(labels) for labels, _ in self.parts)

    @property
    def last(self) -> int:
        """The newest label, 0 if there is none."""
        return max((int(labels[-1]) for labels, _ in self.parts if len(labels)), default=0)

    @property
    def centre(self) -> Array:
        """Their mean, drawn to zero while there are few."""
        mean: Array = (self.total / (self.count + PRIOR)).astype(np.float32)
        return mean

    def rows_of(self, labels: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.bool_], Halves]]:
        """The vectors of labels, piece by piece: which of `labels` bool [n], and their rows."""
        for known, vectors in self.parts:
            if not len(known):
                continue
            rows = np.searchsorted(known, labels)
            rows[rows == len(known)] = 0
            hit = known[rows] == labels
            if hit.any():
                chosen = rows[hit]
                whole = len(chosen) == len(known) and bool((chosen == np.arange(len(known))).all())
                yield hit, vectors if whole else vectors[chosen]

    def with_segment(self, segment: Segment) -> State:
        """The same with one segment more."""
        segments = sorted((*self.segments, segment), key=lambda each: each.manifest.first)
        return replace(self, segments=tuple(segments))

    def without(self, segment: Segment) -> State:
        """The same with one segment less."""
        segments = tuple(each for each in self.segments if each is not segment)
        return replace(self, segments=segments)


def first_rows(rows: Rows, count: int) -> Rows:
    """The oldest `count` rows."""
    return rows[0][:count], rows[1][:count]


def rows_behind(rows: Rows, segment: Segment) -> Rows:
    """The rows newer than a segment, as a copy that lets go of the rest."""
    newer = rows[0] > segment.manifest.last
    return rows[0][newer], rows[1][newer]


def summed(vectors: Halves) -> NDArray[np.float64]:
    """The sum of float16 [n, D] in full precision, float64 [D]."""
    total = np.zeros(vectors.shape[1])
    for start in range(0, len(vectors), PAGE):
        total += vectors[start : start + PAGE].astype(np.float32).sum(axis=0, dtype=np.float64)
    return total
