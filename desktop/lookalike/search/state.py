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
Places = NDArray[np.intp]

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

    def rows_of(self, labels: NDArray[np.int64]) -> Iterator[tuple[Places, Halves]]:
        """The vectors of labels: which of `labels` (their places), and the rows, by thousands.

        A few rows of each of many segments come together, since each piece costs its reader.
        """
        waiting: list[tuple[Places, Halves]] = []
        count = 0
        for known, vectors in self.parts:
            places, chosen = _found_in(known, labels)
            if len(chosen) == len(known) and bool((chosen == np.arange(len(known))).all()):
                yield places, vectors
            elif len(chosen):
                waiting.append((places, vectors[chosen]))
                count += len(chosen)
            if count >= PAGE:
                yield _together(waiting)
                waiting, count = [], 0
        if waiting:
            yield _together(waiting)

    def with_segment(self, segment: Segment) -> State:
        """The same with one segment more."""
        segments = sorted((*self.segments, segment), key=lambda each: each.manifest.first)
        return replace(self, segments=tuple(segments))

    def without(self, segment: Segment) -> State:
        """The same with one segment less."""
        segments = tuple(each for each in self.segments if each is not segment)
        return replace(self, segments=segments)


def _found_in(known: NDArray[np.int64], labels: NDArray[np.int64]) -> tuple[Places, Places]:
    """Which of `labels` are in `known` (ascending): their places, and the rows they are."""
    if not len(known):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    places = np.flatnonzero((labels >= known[0]) & (labels <= known[-1]))
    rows = np.searchsorted(known, labels[places])
    hit = known[rows] == labels[places]
    return places[hit], rows[hit]


def _together(pieces: list[tuple[Places, Halves]]) -> tuple[Places, Halves]:
    if len(pieces) == 1:
        return pieces[0]
    places, rows = zip(*pieces, strict=True)
    return np.concatenate(places), np.concatenate(rows)


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
