"""The first answer of a large library, and an answer while a dial moves: real scoring throughout.

A catalogue of a million photos would take hours to make and is not asked here; vectors come from
memory, through the very indexes, metric, ranking and cut that a search uses.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lookalike.progress import CancelToken, ignore_progress
from lookalike.records import Goal, Query
from lookalike.search.index import VectorIndex
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.scoring import Scorer
from lookalike.vision.encoder import Encoder
from tests.bench.bench_search import Rows, load
from tests.bench.figures import heading, seconds, show
from tests.bench.vectors import shaped_vectors

QUERIES = 60
DEPTHS = np.linspace(0, 1, 21)


class MemoryIndexes(Indexes):
    """The library's indexes, over vectors in memory."""

    def __init__(self, network: NetworkInUse, indexes: dict[str, VectorIndex]) -> None:
        super().__init__(cast("Any", None), cast("Any", None), network)
        self._given = indexes

    def _of(self, _encoder: Encoder, descriptor: str) -> VectorIndex:
        return self._given[descriptor]


class MemoryGoals:
    """Goals whose vectors are there already, as those of photos of the library are."""

    def __init__(self, rows: dict[str, NDArray[np.float16]]) -> None:
        self._rows = rows

    def seen(self, goal: Goal) -> SimpleNamespace:
        vectors = {name: rows[goal.photo_id or 0] for name, rows in self._rows.items()}
        return SimpleNamespace(vectors={k: v.astype(np.float32) for k, v in vectors.items()})


def main(_folders: list[str], count: int = 1_000_000) -> None:
    """Print the figures for a library of `count` contents."""
    heading(f"Ranking in {count:,} synthetic contents")
    network = NetworkInUse()
    encoder = network.encoder
    picture = np.zeros((1, encoder.size, encoder.size, 3), np.uint8)
    one, _, _ = seconds(lambda: encoder.encode(picture), 20)
    with tempfile.TemporaryDirectory() as folder:
        indexes, goals = {}, {}
        for number, (name, dim) in enumerate(encoder.dimensions.items()):
            made = shaped_vectors(count + QUERIES, dim, seed=number)
            index = VectorIndex(Path(folder) / name, dim, Rows(made[:count]))
            index.maintain(ignore_progress, CancelToken())
            load(index)
            indexes[name], goals[name] = index, made[count:]
        scorer = Scorer(cast("Any", MemoryGoals(goals)), MemoryIndexes(network, indexes))
        _figures(scorer, one)
        for index in indexes.values():
            index.close()


def _figures(scorer: Scorer, one: float) -> None:
    def answer(number: int, depth: float, thorough: bool = True) -> float:
        started = time.perf_counter()
        asked = scorer.asked(Query((Goal(photo_id=number),), 200, depth, thorough=thorough))
        scorer.scored(asked, 232, None, CancelToken())
        return time.perf_counter() - started

    show("first answer of all, ms", f"{answer(0, 1.0) * 1000:.1f}", "fits the metric")
    spent = [answer(number, 1.0) for number in range(1, QUERIES)]
    median = float(np.median(spent))
    show(
        "first answer to a new goal, ms", f"{median * 1000:.1f}", f"slowest {max(spent) * 1e3:.1f}"
    )
    show("  in forward passes", f"{median / one:.2f}", f"of {one * 1000:.1f} ms; wanted below 2")
    moved = [answer(1, float(depth), thorough=False) for depth in DEPTHS]
    median, slowest = float(np.median(moved)), max(moved) * 1000
    show("a dial moved, ms", f"{median * 1000:.1f}", f"slowest {slowest:.1f}")
    show("  in frames of 1/60 s", f"{median * 60:.2f}", "wanted 2; nothing is embedded")


if __name__ == "__main__":
    main([], int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
