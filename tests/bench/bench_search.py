"""Search in a large loaded library: recall against the exact answer, latency, memory, files."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.progress import CancelToken, ignore_progress
from lookalike.search.exact import best
from lookalike.search.index import VectorIndex
from lookalike.usecases.network_in_use import NetworkInUse
from tests.bench.figures import heading, seconds, show
from tests.bench.vectors import shaped_vectors

DIM = 320


class Rows:
    """Vectors in memory as an index's source; labels are 1, 2, 3 and so on."""

    def __init__(self, vectors: NDArray[np.float16]) -> None:
        self._vectors = vectors

    def after(self, label: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        part = self._vectors[label : label + limit]
        return np.arange(label + 1, label + 1 + len(part)), part

    def labels(self) -> NDArray[np.int64]:
        return np.arange(1, len(self._vectors) + 1)


def main(_folders: list[str], count: int = 1_000_000, queries: int = 200) -> None:
    """Build an index of `count` vectors and print its figures."""
    heading(f"Search in {count:,} synthetic vectors of {DIM}")
    vectors = shaped_vectors(count + queries, DIM)
    goals = vectors[count:].astype(np.float32)
    rows = Rows(vectors[:count])
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index = VectorIndex(Path(folder), DIM, rows)
        index.maintain(ignore_progress, CancelToken())
        index.close()
        show("build, s", f"{time.perf_counter() - started:.0f}", "once; later 32,768 at a time")
        size = sum(each.stat().st_size for each in Path(folder).rglob("*") if each.is_file())
        show("bytes a photo on disk", f"{size / count:.0f}")
        before = resident()
        started = time.perf_counter()
        index = VectorIndex(Path(folder), DIM, rows)
        show("open, s", f"{time.perf_counter() - started:.2f}")
        longest = load(index)
        show("load all graphs, s", f"{time.perf_counter() - started:.2f}", "")
        show("longest hold of the interpreter in loading, ms", f"{longest * 1000:.0f}", "wanted 50")
        show("bytes of memory a photo", f"{(resident() - before) / count:.0f}", "graphs + vectors")
        answers(index, goals)
        index.close()


def answers(index: VectorIndex, goals: NDArray[np.float32]) -> None:
    """Recall at 10 and latency over the goals, beside one forward pass."""
    spent, hits = [], 0
    everything = index.all_labels()
    for goal in goals:
        started = time.perf_counter()
        labels = np.unique(index.candidates(goal[np.newaxis], 232))
        scores = index.scores(goal, labels)
        found = labels[best(scores, labels, 200)]
        spent.append(time.perf_counter() - started)
        exact = index.scores(goal, everything)
        hits += len(np.intersect1d(found[:10], everything[best(exact, everything, 10)]))
    show("recall@10", f"{hits / len(goals) / 10:.4f}", "wanted 0.98")
    encoder = NetworkInUse().encoder
    picture = np.zeros((1, encoder.size, encoder.size, 3), np.uint8)
    one, _, _ = seconds(lambda: encoder.encode(picture), 20)
    median = float(np.median(spent))
    show("median search, ms", f"{median * 1000:.1f}", f"slowest {max(spent) * 1000:.1f}")
    show("  in forward passes", f"{median / one:.2f}", f"of {one * 1000:.1f} ms; wanted below 1")


def load(index: VectorIndex) -> float:
    """Load the graphs one by one; seconds of the slowest."""
    longest = 0.0
    for segment in index.segments:
        started = time.perf_counter()
        segment.load()
        longest = max(longest, time.perf_counter() - started)
    return longest


def resident() -> int:
    """Bytes of this process in memory."""
    import psutil

    return int(psutil.Process(os.getpid()).memory_info().rss)
