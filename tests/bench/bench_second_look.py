"""The second looks over the best 100 answers, each beside one forward pass: pixels, places."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lookalike.library import Library
from lookalike.records import Goal, Photo, Query, View
from lookalike.usecases.network_in_use import NetworkInUse
from tests.bench.figures import heading, seconds, show

_GOALS = 5


def main(folders: list[str]) -> None:
    """Search cold and warm for photos of the library; print medians of a few goals."""
    heading("The second look over the best 100 answers")
    encoder = NetworkInUse().encoder
    one, _, _ = seconds(lambda: encoder.encode(np.zeros((1, encoder.size, encoder.size, 3), "u1")))
    show("one forward pass, ms", f"{one * 1000:.1f}")
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        library.index(folders)
        photos = library.photos(library.photo_ids(View(order="path")))
        for name, places in (("pixels", False), ("pixels and places", True)):
            # A library of its own for each: what one has looked at, the other would not.
            with Library.open(home, write=False) as own:
                _looks(own, name, photos[:: max(1, len(photos) // (_GOALS + 1))], places)
        show("photos in the library", f"{len(photos)}")


def _looks(library: Library, name: str, photos: Sequence[Photo], places: bool) -> None:
    """The first goal opens sessions and threads, and is not counted."""
    goals = [Goal(path=photo.path) for photo in photos[: _GOALS + 1]]
    library.search(Query((goals[0],), 100, places=places))
    for warmth in ("cold", "warm"):
        found = [_look(library, Query((goal,), 100, places=places)) for goal in goals[1:]]
        whole, first, second = np.median([each[:3] for each in found], axis=0)
        show(f"{name}, {warmth}, s", f"{whole:.2f}", "wanted below 2 on two cores")
        show("  the longest, s", f"{max(each[0] for each in found):.2f}")
        show("  the first answer after, ms", f"{1000 * first:.0f}")
        show("  the next one after, ms", f"{1000 * second:.0f}")
        show("  orders shown while it settles", f"{max(each[3] for each in found)}")


def _look(library: Library, query: Query) -> tuple[float, float, float, int]:
    """Seconds to the end, to the first answer and to the next one; how many came."""
    library.search(replace(query, thorough=False))
    answers: list[float] = []
    started = time.perf_counter()
    library.search(query, on_answer=lambda _: answers.append(time.perf_counter() - started))
    spent = time.perf_counter() - started
    return spent, answers[0], [*answers, spent][1], len(answers)
