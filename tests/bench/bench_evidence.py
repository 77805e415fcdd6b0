"""From click to overlay, and a search, in forward passes of the network."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from lookalike.library import Library
from lookalike.records import Goal, Query
from lookalike.usecases.network_in_use import NetworkInUse
from tests.bench.figures import heading, seconds, show


def clicks(click: Callable[[], None], forward: Callable[[], None]) -> None:
    """Nine clicks, each between two passes, so that what else the machine does costs both alike."""
    click()
    passes, taken = [seconds(forward, 3)[0]], list[float]()
    for _ in range(9):
        started = time.perf_counter()
        click()
        taken.append(time.perf_counter() - started)
        passes.append(seconds(forward, 3)[0])
    beside = [(before + after) / 2 for before, after in pairwise(passes)]
    ratios = sorted(one / other for one, other in zip(taken, beside, strict=True))
    note = f"{min(taken) * 1000:.1f} to {max(taken) * 1000:.1f}"
    show("click on another result to overlay, ms", f"{statistics.median(taken) * 1000:.1f}", note)
    note = f"{ratios[0]:.1f} to {ratios[-1]:.1f}; wanted at most 4"
    show("  in forward passes beside it", f"{statistics.median(ratios):.1f}", note)


def main(folders: list[str]) -> None:
    """Print the figures for the photos of the first of `folders`."""
    heading("Search and evidence")
    encoder = NetworkInUse().encoder
    picture = np.random.default_rng(0).integers(0, 256, (1, encoder.size, encoder.size, 3))
    one, low, high = seconds(lambda: encoder.encode(picture.astype(np.uint8)), 20)
    show("one forward pass, ms", f"{one * 1000:.1f}", f"{low * 1000:.1f} to {high * 1000:.1f}")
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        library.index(folders[:1])
        photos = library.photos(range(1, 13))
        query = Query((Goal(photo_id=photos[0].id),))
        answer = library.search(query)
        found, _, _ = seconds(lambda: library.search(query), 10)
        show("search by a photo of the library, ms", f"{found * 1000:.1f}")

        others = iter(answer.matches[1:])

        def click() -> None:
            library.overlays(library.explain(query, next(others)))

        def forward() -> None:
            encoder.encode(picture.astype(np.uint8))

        clicks(click, forward)
        kept = answer.matches[1]
        again, _, _ = seconds(lambda: library.explain(query, kept), 10)
        show("the same photo a second time, ms", f"{again * 1000:.2f}", "a frame is 16.7")
        whole = library.explain(query, kept)
        pointed, _, _ = seconds(lambda: library.answering(whole, 0, (0.5, 0.5)), 10)
        show("what answers to a place, ms", f"{pointed * 1000:.1f}")
        goal = Goal(photo_id=kept.photo.id)
        found, _, _ = seconds(lambda: library.segmenter.subject(goal, [(0.5, 0.5)]), 6)
        show("the subject at a click, ms", f"{found * 1000:.0f}", "wanted at most 1000")
