"""Vectors in memory as an index's source: rows come, rows go, a label is never given again."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from lookalike.progress import CancelToken, ignore_progress
from lookalike.search.index import VectorIndex

Labels = NDArray[np.int64]
Halves = NDArray[np.float16]


def drawn(count: int, dim: int, seed: int = 0) -> Halves:
    """Vectors around a few centres, away from zero, float16 [count, dim]."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((8, dim)) * 2 + 0.5
    made: Halves = (centres[np.arange(count) % 8] + chance.standard_normal((count, dim))).astype(
        np.float16
    )
    return made


class Source:
    """Rows by label, as the catalogue gives them."""

    def __init__(self, vectors: Halves) -> None:
        self._lock = threading.Lock()
        self._dim = vectors.shape[1]
        self._labels: Labels = np.empty(0, np.int64)
        self._vectors: Halves = np.empty((0, self._dim), np.float16)
        self._next = 1
        self.add(vectors)

    def add(self, vectors: Halves) -> Labels:
        """New rows; their labels."""
        with self._lock:
            labels = np.arange(self._next, self._next + len(vectors), dtype=np.int64)
            self._next += len(vectors)
            self._labels = np.concatenate([self._labels, labels])
            self._vectors = np.concatenate([self._vectors, vectors])
        return labels

    def remove(self, labels: Labels) -> None:
        """Rows go."""
        with self._lock:
            kept = ~np.isin(self._labels, labels)
            self._labels, self._vectors = self._labels[kept], self._vectors[kept]

    def after(self, label: int, limit: int) -> tuple[Labels, Halves]:
        with self._lock:
            start = int(np.searchsorted(self._labels, label, "right"))
            part = slice(start, start + limit)
            return self._labels[part], self._vectors[part]

    def labels(self) -> Labels:
        with self._lock:
            return self._labels

    def rows(self) -> tuple[Labels, Halves]:
        """Everything."""
        with self._lock:
            return self._labels, self._vectors


def maintained(index: VectorIndex) -> VectorIndex:
    """The same index after its upkeep."""
    index.maintain(ignore_progress, CancelToken())
    return index


def true_cosines(vectors: Halves, goal: Halves, centre: NDArray[np.float32]) -> NDArray[np.float64]:
    """In double precision, both minus the centre."""
    rows = vectors.astype(np.float64) - centre
    wanted = goal.astype(np.float64) - centre
    found: NDArray[np.float64] = rows @ wanted
    return found / (np.linalg.norm(rows, axis=1) * np.linalg.norm(wanted))


def right(index: VectorIndex, source: Source, tries: int = 12) -> None:
    """Every row of the source is known, with its own vector; each finds itself."""
    labels, vectors = source.rows()
    assert np.isin(labels, index.all_labels()).all()
    for place in np.linspace(0, len(labels) - 1, tries).astype(int):
        goal = vectors[place].astype(np.float32)
        scores = index.scores(goal, labels)
        expected = true_cosines(vectors, vectors[place], index.centre)
        assert np.allclose(scores, expected, atol=2e-3)
        assert labels[place] in index.candidates(goal[np.newaxis], 10)
