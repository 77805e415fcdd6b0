"""What the keeping of top patches costs while indexing; how long a patch and its saliency take.

The same folder is indexed in turn with and without watching the filters; both ways start their
own workers and make a library of their own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import numpy as np

from lookalike.errors import NetworkError
from lookalike.library import Library
from lookalike.vision.encoder import Encoder
from tests.bench.figures import heading, seconds, show


@contextmanager
def unwatched() -> Iterator[None]:
    """Networks embed and nothing else, as where a graph cannot be watched."""

    def refuse(_encoder: Encoder) -> NoReturn:
        raise NetworkError("Not watched, for comparison.")

    watch = Encoder.watch
    Encoder.watch = refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        Encoder.watch = watch  # type: ignore[method-assign]


def rate(folder: str) -> float:
    """Photos a second of CPU time, this process and its workers, of a whole `index`."""
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        before = os.times()
        changes = library.index([folder])
        after = os.times()
    spent = [getattr(after, each) - getattr(before, each) for each in _TIMES]
    return changes.added / max(sum(spent), 1e-6)


_TIMES = ("user", "system", "children_user", "children_system")


def main(folders: Iterable[str], rounds: int = 3) -> None:
    """Print the figures."""
    for folder in folders:
        heading(f"Keeping what excites each filter most, {os.path.basename(folder)}")
        watched, plain = [], []
        for _ in range(rounds):
            watched.append(rate(folder))
            with unwatched():
                plain.append(rate(folder))
        ratios = sorted(1 - one / other for one, other in zip(watched, plain, strict=True))
        show("with top patches, photos per CPU second", " ".join(f"{each:.1f}" for each in watched))
        show("without, photos per CPU second", " ".join(f"{each:.1f}" for each in plain))
        show(
            "cost",
            f"{ratios[len(ratios) // 2]:.1%}",
            f"{ratios[0]:.1%} to {ratios[-1]:.1%}; wanted at most 5 %",
        )
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        library.index([folder])
        layer = library.filters.layers()[len(library.filters.layers()) // 2].name
        (top,) = library.filters.top(layer, [0])
        encoder = Encoder(library._network.pack)
        grey = np.full((1, encoder.size, encoder.size, 3), 128, np.uint8)
        forward = seconds(lambda: encoder.encode(grey))[0]
        read = seconds(lambda: library.filters.top(layer))[0]
        patch = seconds(lambda: library.filters.small_patch_picture(top.patches[0], 96))[0]
        seen = seconds(lambda: library.filters.saliency(layer, 0, top.patches[0]))[0]
    show("a layer's lists read, ms", f"{read * 1000:.1f}")
    show("a small patch, ms", f"{patch * 1000:.1f}")
    show("a patch with its saliency, ms", f"{seen * 1000:.0f}", f"{seen / forward:.1f} passes")
