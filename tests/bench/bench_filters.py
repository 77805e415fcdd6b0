"""What the keeping of top patches costs while indexing; how long a patch and its saliency take.

The same photos are indexed in turn with and without watching the filters, each time into a
library of its own with workers of its own; which comes first changes, so that what else the
machine does costs both alike.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NoReturn

import numpy as np

from lookalike.errors import NetworkError
from lookalike.library import Library
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.vision.encoder import Encoder
from tests.bench.figures import heading, seconds, show

MOST, ROUNDS = 560, 3
"""Photos of a folder that are indexed (more than are merged in one go), and how often each way."""


def main(folders: Iterable[str]) -> None:
    """Print the figures."""
    for folder in folders:
        with tempfile.TemporaryDirectory() as some:
            count = sample(Path(folder), Path(some))
            heading(f"Keeping what excites each filter most, {count} of {Path(folder).name}")
            warm_up(some)
            compare(some)
            patches(some)


def sample(folder: Path, into: Path, most: int = MOST) -> int:
    """Copy evenly chosen photos of a folder; returns how many."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    step = max(1, len(found) // most)
    chosen = found[::step][:most]
    for number, path in enumerate(chosen):
        shutil.copyfile(path, into / f"{number:04}{path.suffix}")
    return len(chosen)


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


def cost(folder: str) -> tuple[float, float]:
    """CPU milliseconds (this process and its workers) and milliseconds a photo of an `index`."""
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        before, started = os.times(), time.perf_counter()
        changes = library.index([folder])
        taken, after = time.perf_counter() - started, os.times()
    spent = sum(getattr(after, each) - getattr(before, each) for each in _TIMES)
    return spent * 1000 / max(changes.added, 1), taken * 1000 / max(changes.added, 1)


_TIMES = ("user", "system", "children_user", "children_system")


def warm_up(folder: str) -> None:
    """Load the libraries that either way needs."""
    with tempfile.TemporaryDirectory() as few:
        sample(Path(folder), Path(few), 16)
        cost(few)


def compare(folder: str) -> None:
    """Index in turn with and without."""
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(ROUNDS):
        for watched in (True, False) if number % 2 else (False, True):
            with nullcontext() if watched else unwatched():
                found[watched].append(cost(folder))
    for place, name in enumerate(("CPU", "wall")):
        with_, without = ([each[place] for each in found[watched]] for watched in (True, False))
        for way, values in (("with top patches", with_), ("without", without)):
            each = " ".join(f"{value:.1f}" for value in values)
            show(f"{way}, {name} ms a photo", f"{statistics.median(values):.1f}", each)
        ratios = sorted(one / other - 1 for one, other in zip(with_, without, strict=True))
        note = f"{ratios[0]:+.1%} to {ratios[-1]:+.1%}; wanted at most 5 %"
        show(f"cost, {name}", f"{statistics.median(ratios):+.1%}", note)


def patches(folder: str) -> None:
    """How long the network page waits for what it shows."""
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        library.index([folder])
        layers = library.filters.layers()
        layer = layers[len(layers) // 2].name
        tops = iter(library.filters.top(layer))
        encoder = NetworkInUse().encoder
        grey = np.full((1, encoder.size, encoder.size, 3), 128, np.uint8)
        forward = seconds(lambda: encoder.encode(grey))[0]
        show("one forward pass, ms", f"{forward * 1000:.0f}")
        read = seconds(lambda: library.filters.top(layer))[0]
        show("a layer's lists read, ms", f"{read * 1000:.1f}")
        (top,) = library.filters.top(layer, [0])
        patch = seconds(lambda: library.filters.small_patch_picture(top.patches[0], 96))[0]
        show("a small patch, ms", f"{patch * 1000:.1f}")

        def first_view() -> None:
            new = next(tops)
            library.filters.saliency(layer, new.filter, new.patches[0])

        seen = seconds(first_view, 9)[0]
        show("a patch with its saliency, ms", f"{seen * 1000:.0f}")
        show("  in forward passes", f"{seen / forward:.1f}", "wanted at most 6")
        again = seconds(lambda: library.filters.saliency(layer, 0, top.patches[0]))[0]
        show("the same a second time, ms", f"{again * 1000:.2f}", "a frame is 16.7")
        path = top.patches[0].photo.path
        library.looking.saliency(path, layer, 0)
        again = seconds(lambda: library.looking.saliency(path, layer, 0))[0]
        show("a photo's row a second time, ms", f"{again * 1000:.2f}", "a frame is 16.7")
