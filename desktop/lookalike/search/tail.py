"""The newest rows, that no segment holds yet, compared in few directions first.

Up to a whole segment's worth of them wait for their graph. To read them all for every query would
take longer than all the graphs together, so their coordinates along the widest directions (a
segment's, as its graph compares) are kept in memory and tell which rows are worth reading.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.search.recovery import Rows
from lookalike.search.segment import Segment

Array = NDArray[np.float32]
Labels = NDArray[np.int64]

_MARGIN = 4
"""So many times the rows asked for are named: few directions tell less than all."""


@dataclass(frozen=True, slots=True)
class _Heads:
    """Rows in few directions: `heads` float32 [n, d] of `labels` int64 [n], by `segment`'s axes."""

    segment: Segment
    labels: Labels
    heads: Array

    def fits(self, segment: Segment, labels: Labels) -> bool:
        """Whether these are the first of `labels`."""
        known = len(self.labels)
        return (
            self.segment is segment
            and known <= len(labels)
            and np.array_equal(self.labels, labels[:known])
        )


class TailHeads:
    """Keeps the coordinates while the tail grows; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: _Heads | None = None

    def nearest(self, tail: Rows, segment: Segment, goals: Array, count: int) -> Labels:
        """Labels of the rows of `tail` likely nearest to `goals` float32 [q, D].

        `segment` lends its directions. Four times `count` for each goal, all if there are fewer.
        """
        labels, _ = tail
        wanted = _MARGIN * count
        if len(labels) <= wanted:
            return labels
        heads = self._heads(tail, segment)
        scores = heads @ segment.heads(goals).T
        places = np.argpartition(-scores, wanted - 1, axis=0)[:wanted]
        return labels[np.unique(places)]

    def _heads(self, tail: Rows, segment: Segment) -> Array:
        labels, vectors = tail
        with self._lock:
            known = self._known
            if known is None or not known.fits(segment, labels):
                none = np.empty((0, segment.manifest.index_dim), np.float32)
                known = _Heads(segment, labels[:0], none)
            if len(known.labels) < len(labels):
                new = segment.heads(vectors[len(known.labels) :].astype(np.float32))
                known = _Heads(segment, labels, np.concatenate([known.heads, new]))
            self._known = known
            return known.heads
