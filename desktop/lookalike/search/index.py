"""The vector index: immutable segments with HNSW graphs, and an exact tail of what is newest.

Everything here is derived. What is missing, damaged or of another library is made anew from the
source (the catalogue) by `maintain`; until then it is answered exactly from the source's own rows.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import IndexDamagedError
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.search.exact import Piece, centred_cosines
from lookalike.search.recovery import (
    PAGE,
    Rows,
    VectorSource,
    is_stale,
    joined,
    rows_after,
    rows_in_none,
    sound_segments,
    sweep,
)
from lookalike.search.segment import CAPACITY, Segment, write_segment
from lookalike.search.state import PRIOR, State, first_rows, rows_behind, summed
from lookalike.search.tail import TailHeads

__all__ = ["EXACT_BELOW", "PRIOR", "VectorIndex", "VectorSource"]

Array = NDArray[np.float32]
Halves = NDArray[np.float16]
Labels = NDArray[np.int64]

EXACT_BELOW: Final = 40_000
"""Up to here every vector is compared: it takes less than a forward pass."""
_DEAD_SHARE: Final = 0.2
_ERRANDS: Final = os.cpu_count() or 1


class VectorIndex:
    """One space's vectors. Queries run from any thread, also while `maintain` works.

    `capacity` is how many rows a segment holds; up to `exact_below` rows all are compared.
    """

    def __init__(
        self,
        folder: Path,
        dim: int,
        source: VectorSource,
        capacity: int = CAPACITY,
        exact_below: int = EXACT_BELOW,
    ) -> None:
        self._folder = folder
        self._dim = dim
        self._source = source
        self._capacity = capacity
        self._exact_below = exact_below
        self._lock = threading.Lock()  # held for a moment, to replace the state
        self._upkeep = threading.Lock()  # held while segments are written
        self._pool = ThreadPoolExecutor(thread_name_prefix="index")
        self._heads = TailHeads()
        segments = sound_segments(folder, dim, source)
        tail = np.empty(0, np.int64), np.empty((0, dim), np.float16)
        state = State(segments, rows_in_none(segments, source), tail, np.zeros(dim))
        total = sum((summed(vectors) for _, vectors in state.parts), np.zeros(dim))
        self._state = replace(state, total=total)
        self._last: tuple[State, tuple[bytes, int], Labels] | None = None
        self.refresh()

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=True)

    def __len__(self) -> int:
        return self._state.count

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments a query would use now."""
        return self._state.segments

    @property
    def centre(self) -> Array:
        """The library's mean, float32 [D], drawn to zero while there are few photos."""
        return self._state.centre

    def refresh(self) -> None:
        """Take in what the source has that is newer; cheap when there is nothing."""
        with self._lock:
            state = self._state
            pieces, total, last = [state.tail], state.total, state.last
            while True:
                labels, vectors = rows_after(self._source, last)
                if not len(labels):
                    break
                pieces.append((labels, vectors))
                total = total + summed(vectors)
                last = int(labels[-1])
            if len(pieces) > 1:
                self._state = replace(state, tail=joined(pieces), total=total)

    def candidates(self, goals: Array, count: int) -> Labels:
        """Labels of photos likely among the nearest to `goals` float32 [q, D]; all, if few.

        The last answer is kept: a dial that moves asks for the same again and again.
        """
        state, last = self._state, self._last
        asked = goals.tobytes(), count
        if last is not None and last[0] is state and last[1] == asked:
            return last[2]
        found = self._candidates(state, goals, count)
        self._last = state, asked, found
        return found

    def _candidates(self, state: State, goals: Array, count: int) -> Labels:
        if state.count <= self._exact_below or not state.segments:
            return np.concatenate([labels for labels, _ in state.parts])
        # The nearest are spread over the segments; three times the fair share misses almost none.
        share = max(24, 3 * count // len(state.segments) + 8)

        def nearest(segments: Sequence[Segment]) -> list[Labels]:
            return [segment.labels[segment.nearest(goals, share)] for segment in segments]

        # A few long errands rather than many short ones: each handing over costs a tenth of one.
        found = self._pool.map(nearest, [state.segments[i::_ERRANDS] for i in range(_ERRANDS)])
        newest = self._heads.nearest(state.tail, state.segments[-1], goals, share)
        return np.concatenate([*chain(*found), *(labels for labels, _ in state.gaps), newest])

    def all_labels(self) -> Labels:
        """Every label."""
        return np.concatenate([labels for labels, _ in self._state.parts])

    def scores(self, goal: Array, labels: Labels, pieces: Sequence[Piece] | None = None) -> Array:
        """The cosine of `goal` float32 [D] with each label's vector, both minus the centre.

        With `pieces`, their weighted cosines' sum. float32 [n]; NaN where a label is unknown.
        """
        state = self._state
        centre = state.centre
        scores = np.full(len(labels), np.nan, np.float32)
        for places, vectors in state.rows_of(labels):
            scores[places] = centred_cosines(vectors, goal, centre, pieces)
        return scores

    def rows(self, labels: Labels) -> Array:
        """The vectors of labels that it holds, float32 [n, D]; zeros where a label is unknown."""
        found = np.zeros((len(labels), self._dim), np.float32)
        for places, vectors in self._state.rows_of(labels):
            found[places] = vectors
        return found

    def pages(self) -> Iterator[tuple[Labels, Array]]:
        """All rows, some thousands at a time: int64 [n] and float32 [n, D]."""
        for labels, vectors in self._state.parts:
            for start in range(0, len(labels), PAGE):
                part = slice(start, start + PAGE)
                yield labels[part], vectors[part].astype(np.float32)

    def load(self, cancel: CancelToken) -> None:
        """Load every graph; until then its segment is compared row by row.

        One whose graph is damaged keeps being compared so, until `maintain` writes it anew.
        """
        for segment in self._state.segments:
            cancel.check()
            try:
                segment.load()
            except IndexDamagedError:
                self._give_up(segment)
        self._last = None  # it held every row of what was not loaded yet

    def _give_up(self, segment: Segment) -> None:
        if not self._upkeep.acquire(blocking=False):
            return  # `maintain` may just have put another in its place
        try:
            rows = segment.labels, np.array(segment.vectors)
            with self._lock:
                if segment in self._state.segments:
                    state = self._state.without(segment)
                    self._state = replace(state, gaps=(*state.gaps, rows))
        finally:
            self._upkeep.release()

    def maintain(self, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Write a segment for every gap and full tail, and anew what lost a fifth of its rows.

        Queries go on meanwhile: each segment is taken up when it is written. For the one process
        that writes to the data folder.

        Raises:
            DataFolderError: a segment could not be written; queries go on without it.
            Cancelled: what was written stays.
        """
        with self._upkeep:
            self.refresh()
            self._drop_dead(cancel)
            self._fill_gaps(cancel)
            self._write_tail(on_progress, cancel)
            sweep(self._folder, self._state.segments)

    def _write(self, rows: Rows, cancel: CancelToken) -> Segment:
        folder = write_segment(self._folder, *rows, self.centre, cancel)
        segment = Segment(folder, self._dim)
        segment.load()
        return segment

    def _replace(self, change: Callable[[State], State]) -> None:
        with self._lock:
            self._state = change(self._state)

    def _fill_gaps(self, cancel: CancelToken) -> None:
        while self._state.gaps:
            gap = self._state.gaps[0]
            segment = self._write(first_rows(gap, self._capacity), cancel)
            rest = rows_behind(gap, segment)

            def filled(state: State, segment: Segment = segment, rest: Rows = rest) -> State:
                gaps = (rest, *state.gaps[1:]) if len(rest[0]) else state.gaps[1:]
                return replace(state.with_segment(segment), gaps=gaps)

            self._replace(filled)

    def _write_tail(self, on_progress: OnProgress, cancel: CancelToken) -> None:
        meter, waiting = RateMeter(), len(self._state.tail[0]) // self._capacity
        for done in range(1, waiting + 1):
            segment = self._write(first_rows(self._state.tail, self._capacity), cancel)

            def taken(state: State, segment: Segment = segment) -> State:
                return replace(state.with_segment(segment), tail=rows_behind(state.tail, segment))

            self._replace(taken)
            on_progress(
                meter.progress(
                    "building the index", done * self._capacity, waiting * self._capacity
                )
            )

    def _drop_dead(self, cancel: CancelToken) -> None:
        """Forget rows the source has lost; a segment is written anew when they are many."""
        newest, existing = self._state.last, self._source.labels()

        def alive(labels: Labels) -> NDArray[np.bool_]:
            # What came in meanwhile is newer than the list.
            return np.isin(labels, existing, assume_unique=True) | (labels > newest)

        def thinned(state: State) -> State:
            mask = alive(state.tail[0])
            tail = state.tail[0][mask], state.tail[1][mask]
            return replace(state, tail=tail, total=state.total - summed(state.tail[1][~mask]))

        if not alive(self._state.tail[0]).all():
            self._replace(thinned)
        for segment in self._state.segments:
            mask = alive(segment.labels)
            if mask.mean() < 1 - _DEAD_SHARE:
                self._renew(segment, mask, cancel)

    def _renew(self, segment: Segment, mask: NDArray[np.bool_], cancel: CancelToken) -> None:
        """Put a segment of the rows of `mask` in the place of `segment`."""
        renewed = None
        if mask.any():
            renewed = self._write((segment.labels[mask], segment.vectors[mask]), cancel)
        dead = summed(segment.vectors[~mask])

        def exchanged(state: State) -> State:
            state = replace(state.without(segment), total=state.total - dead)
            return state.with_segment(renewed) if renewed else state

        self._replace(exchanged)

    def verify(self) -> list[str]:
        """What is damaged or of another library, a sentence each; [] if nothing is."""
        found = []
        for folder in sorted(self._folder.glob("segment-*")):
            try:
                segment = Segment(folder, self._dim)
                segment.load()
                if is_stale(segment, self._source, whole=True):
                    raise IndexDamagedError(
                        f"The index segment {folder.name} does not belong to this library."
                    )
            except IndexDamagedError as error:
                found.append(f"{error} It is made anew by `lookalike rebuild`.")
        return found
