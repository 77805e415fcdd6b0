"""What lies on disk, judged by the source: sound segments, rows in none, folders of no use.

A checksum tells damage; only the source tells a segment that belongs to another library or to
an older state of this one (a backup put back, a catalogue begun anew in the same folder).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import IndexDamagedError
from lookalike.search.segment import Segment

Halves = NDArray[np.float16]
Labels = NDArray[np.int64]
Rows = tuple[Labels, Halves]

PAGE: Final = 8192
_SAMPLE: Final = 16  # rows compared at three places of a segment when it is opened


class VectorSource(Protocol):
    """Where vectors come from: rows in ascending order of label; a label's vector never changes."""

    def after(self, label: int, limit: int) -> Rows:
        """The next rows behind `label`: int64 [n], float16 [n, D]."""

    def labels(self) -> Labels:
        """Every label there is, ascending."""


def rows_after(source: VectorSource, label: int, limit: int = PAGE) -> Rows:
    """The next rows behind `label`; one that holds no numbers comes as zeros."""
    labels, vectors = source.after(label, limit)
    bad = ~np.isfinite(vectors).all(axis=1)
    if bad.any():
        vectors = vectors.copy()
        vectors[bad] = 0
    return labels, vectors


def sound_segments(folder: Path, dim: int, source: VectorSource) -> tuple[Segment, ...]:
    """The segments to be used, in order; what is damaged or of another library is left out."""
    found: list[Segment] = []
    for each in sorted(folder.glob("segment-*")):
        try:
            segment = Segment(each, dim)
            first = segment.labels[0]  # checks the files but the graph, which is checked in loading
        except IndexDamagedError:
            continue
        follows = not found or first > found[-1].manifest.last
        if follows and each.name == segment.name and not is_stale(segment, source):
            found.append(segment)
    return tuple(found)


def is_stale(segment: Segment, source: VectorSource, whole: bool = False) -> bool:
    """Whether the source no longer says what the segment says; samples it unless `whole`."""
    told = segment.manifest
    if not len(source.after(told.last - 1, 1)[0]):
        return True  # the source ends before: it is older, or begun anew
    if not whole:
        starts = segment.labels[[0, told.count // 2, max(told.count - _SAMPLE, 0)]]
        return not all(_agrees(segment, source, int(start) - 1, _SAMPLE) for start in starts)
    for start in range(0, told.count, PAGE):
        if not _agrees(segment, source, int(segment.labels[start]) - 1, PAGE):
            return True
    return False


def _agrees(segment: Segment, source: VectorSource, label: int, limit: int) -> bool:
    """Whether the next rows of the source are in the segment, bit by bit (others may be gone)."""
    labels, vectors = rows_after(source, label, limit)
    inside = labels <= segment.manifest.last
    labels, vectors = labels[inside], vectors[inside]
    rows = np.searchsorted(segment.labels, labels)
    if not np.array_equal(segment.labels[rows], labels):
        return False
    stored = np.asarray(segment.vectors[rows], np.float16)
    return vectors.shape == stored.shape and bool(
        (vectors.view(np.uint16) == stored.view(np.uint16)).all()
    )


def rows_in_none(segments: Sequence[Segment], source: VectorSource) -> tuple[Rows, ...]:
    """Rows of the source that lie before a segment and in none."""
    gaps, last = [], 0
    for segment in segments:
        pieces: list[Rows] = []
        while True:
            labels, vectors = rows_after(source, last)
            before = labels < segment.manifest.first
            if before.any():
                pieces.append((labels[before], vectors[before]))
            if not before.all() or not len(labels):
                break
            last = int(labels[-1])
        if pieces:
            gaps.append(joined(pieces))
        last = segment.manifest.last
    return tuple(gaps)


def joined(pieces: Sequence[Rows]) -> Rows:
    """Rows one after another."""
    return (
        np.concatenate([labels for labels, _ in pieces]),
        np.concatenate([vectors for _, vectors in pieces]),
    )


def sweep(folder: Path, segments: Iterable[Segment]) -> None:
    """Remove what a process that died, damage or a replacement left behind."""
    used = {segment.folder.name for segment in segments}
    for pattern in ("segment-*", "writing-*"):
        for each in folder.glob(pattern):
            if each.name in used:
                continue
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
