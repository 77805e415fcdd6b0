"""The vector index: immutable segments with HNSW graphs, and an exact tail of what is newest.

Everything here is derived. What is missing or damaged is rebuilt from the source (the catalogue)
by `maintain`; until then it is answered exactly from the source's own rows.
"""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import IndexDamagedError
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.search.exact import centred_cosines
from lookalike.search.segment import CAPACITY, Segment, write_segment

Array = NDArray[np.float32]
Halves = NDArray[np.float16]
Labels = NDArray[np.int64]

EXACT_BELOW: Final = 40_000
"""Up to here every vector is compared: it takes less than a forward pass."""
PRIOR: Final = 64.0
"""Photos' worth of trust in the network's reference mean before the library's own counts."""
_DEAD_SHARE: Final = 0.2
_PAGE: Final = 8192


class VectorSource(Protocol):
    """Where vectors come from: rows in ascending order of label; a label's vector never changes."""

    def after(self, label: int, limit: int) -> tuple[Labels, Halves]:
        """The next rows behind `label`: int64 [n], float16 [n, D]."""

    def labels(self) -> Labels:
        """Every label there is, ascending."""


Rows = tuple[Labels, Halves]


@dataclass(frozen=True, slots=True)
class _State:
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


class VectorIndex:
    """One space's vectors. Queries run from any thread, also while `maintain` works."""

    def __init__(self, folder: Path, dim: int, source: VectorSource) -> None:
        self._folder = folder
        self._dim = dim
        self._source = source
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(thread_name_prefix="index")
        segments = self._found()
        gaps = self._gaps(segments)
        tail = np.empty(0, np.int64), np.empty((0, dim), np.float16)
        state = _State(segments, gaps, tail, np.zeros(dim))
        total = sum((_sum(vectors) for _, vectors in state.parts), np.zeros(dim))
        self._state = replace(state, total=total)
        self.refresh()

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=True)

    def __len__(self) -> int:
        return sum(len(labels) for labels, _ in self._state.parts)

    @property
    def centre(self) -> Array:
        """The library's mean, float32 [D], drawn to zero while there are few photos."""
        mean: Array = (self._state.total / (len(self) + PRIOR)).astype(np.float32)
        return mean

    def refresh(self) -> None:
        """Take in what the source has that is newer; cheap when there is nothing."""
        with self._lock:
            state = self._state
            labels, vectors, total = [state.tail[0]], [state.tail[1]], state.total
            last = _last(state)
            while True:
                more, rows = self._source.after(last, _PAGE)
                if not len(more):
                    break
                labels.append(more)
                vectors.append(rows)
                total = total + _sum(rows)
                last = int(more[-1])
            if len(labels) > 1:
                tail = np.concatenate(labels), np.concatenate(vectors)
                self._state = replace(state, tail=tail, total=total)

    def candidates(self, goals: Array, count: int) -> Labels:
        """Labels of photos likely among the nearest to `goals` float32 [q, D]; all, if few."""
        state = self._state
        if len(self) <= EXACT_BELOW or not state.segments:
            return self.all_labels()
        # The nearest are spread over the segments; three times the fair share misses almost none.
        share = max(24, 3 * count // len(state.segments) + 8)
        unit = goals / np.maximum(np.linalg.norm(goals, axis=1, keepdims=True), 1e-12)
        found = self._pool.map(
            lambda segment: segment.labels[segment.nearest(unit, share)], state.segments
        )
        return np.concatenate([*found, *(labels for labels, _ in (*state.gaps, state.tail))])

    def all_labels(self) -> Labels:
        """Every label."""
        return np.concatenate([labels for labels, _ in self._state.parts])

    def scores(self, goal: Array, labels: Labels) -> Array:
        """The cosine of `goal` float32 [D] with each label's vector, both minus the centre.

        float32 [n]; NaN where a label is unknown.
        """
        state, centre = self._state, self.centre
        scores = np.full(len(labels), np.nan, np.float32)
        for known, vectors in state.parts:
            if not len(known):
                continue
            rows = np.searchsorted(known, labels)
            rows[rows == len(known)] = 0
            hit = known[rows] == labels
            if hit.any():
                chosen = rows[hit]
                whole = len(chosen) == len(known) and bool((chosen == np.arange(len(known))).all())
                scores[hit] = centred_cosines(vectors if whole else vectors[chosen], goal, centre)
        return scores

    def load(self, cancel: CancelToken) -> None:
        """Load every graph; until then its segment is compared row by row."""
        for segment in self._state.segments:
            cancel.check()
            segment.load()

    def maintain(self, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Write a segment for every gap and full tail, and anew what lost a fifth of its rows."""
        self.refresh()
        with self._lock:
            self._renew_thinned(cancel)
            for rows in self._state.gaps:
                for start in range(0, len(rows[0]), CAPACITY):
                    part = rows[0][start : start + CAPACITY], rows[1][start : start + CAPACITY]
                    self._add(self._write(part, cancel))
                gaps = tuple(each for each in self._state.gaps if each is not rows)
                self._state = replace(self._state, gaps=gaps)
            meter, waiting = RateMeter(), len(self._state.tail[0]) // CAPACITY
            for done in range(waiting):
                labels, vectors = self._state.tail
                segment = self._write((labels[:CAPACITY], vectors[:CAPACITY]), cancel)
                tail = labels[CAPACITY:].copy(), vectors[CAPACITY:].copy()
                self._add(segment, tail)
                on_progress(
                    meter.progress("building the index", (done + 1) * CAPACITY, waiting * CAPACITY)
                )

    def _write(self, rows: Rows, cancel: CancelToken) -> Segment:
        folder = write_segment(self._folder, *rows, self.centre, cancel)
        segment = Segment(folder, self._dim)
        segment.load()
        return segment

    def _add(self, segment: Segment, tail: Rows | None = None) -> None:
        state = self._state
        segments = sorted((*state.segments, segment), key=lambda each: each.manifest.first)
        self._state = replace(state, segments=tuple(segments), tail=tail or state.tail)

    def _renew_thinned(self, cancel: CancelToken) -> None:
        existing = self._source.labels()
        for segment in self._state.segments:
            mask = np.isin(segment.labels, existing, assume_unique=True)
            if mask.mean() >= 1 - _DEAD_SHARE:
                continue
            rows = segment.labels[mask], np.array(segment.vectors[mask])
            others = tuple(each for each in self._state.segments if each is not segment)
            renewed = [self._write(rows, cancel)] if len(rows[0]) else []
            if not renewed or renewed[0].folder != segment.folder:
                shutil.rmtree(segment.folder, ignore_errors=True)
            total = self._state.total - _sum(segment.vectors[~mask])
            self._state = replace(self._state, segments=others, total=total)
            for each in renewed:
                self._add(each)

    def verify(self) -> list[str]:
        """What is damaged, a sentence each; [] if nothing is."""
        found = []
        for folder in sorted(self._folder.glob("segment-*")):
            try:
                Segment(folder, self._dim).load()
            except IndexDamagedError as error:
                found.append(f"{error} It is made anew by `lookalike rebuild`.")
        return found

    def _found(self) -> tuple[Segment, ...]:
        """The sound segments in order; what is damaged is left out."""
        found: list[Segment] = []
        for folder in sorted(self._folder.glob("segment-*")):
            try:
                segment = Segment(folder, self._dim)
                labels = segment.labels
            except IndexDamagedError:
                continue
            if not found or labels[0] > found[-1].manifest.last:
                found.append(segment)
        return tuple(found)

    def _gaps(self, segments: tuple[Segment, ...]) -> tuple[Rows, ...]:
        """Rows of the source that lie before a segment and in none."""
        gaps, last = [], 0
        for segment in segments:
            pieces = []
            while True:
                labels, vectors = self._source.after(last, _PAGE)
                before = labels < segment.manifest.first
                if before.any():
                    pieces.append((labels[before], vectors[before]))
                if not before.all() or not len(labels):
                    break
                last = int(labels[-1])
            if pieces:
                gaps.append(
                    (
                        np.concatenate([labels for labels, _ in pieces]),
                        np.concatenate([vectors for _, vectors in pieces]),
                    )
                )
            last = segment.manifest.last
        return tuple(gaps)


def _last(state: _State) -> int:
    if len(state.tail[0]):
        return int(state.tail[0][-1])
    return state.segments[-1].manifest.last if state.segments else 0


def _sum(vectors: Halves) -> NDArray[np.float64]:
    total = np.zeros(vectors.shape[1])
    for start in range(0, len(vectors), _PAGE):
        total += vectors[start : start + _PAGE].astype(np.float32).sum(axis=0, dtype=np.float64)
    return total
