"""The second looks over the best 100 answers, each beside one forward pass: pixels, places."""

from __future__ import annotations

import tempfile
import time

import numpy as np

from lookalike.library import Library
from lookalike.records import Answer, Goal, Query, View
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
        goals = [Goal(path=photo.path) for photo in photos[:: max(1, len(photos) // _GOALS)]]
        goals = goals[:_GOALS]
        for name, places in (("pixels", False), ("pixels and places", True)):
            for warmth in ("cold", "warm"):
                spent, first, orders = [], [], 0
                for goal in goals:
                    library.search(Query((goal,), 100, thorough=False))
                    answers: list[float] = []
                    started = time.perf_counter()

                    def came(_: Answer, answers=answers, started=started) -> None:
                        answers.append(time.perf_counter() - started)

                    library.search(Query((goal,), 100, places=places), on_answer=came)
                    spent.append(time.perf_counter() - started)
                    first.append(answers[0])
                    orders = max(orders, len(answers))
                median = float(np.median(spent)) if warmth == "warm" else spent[0]
                show(f"{name}, {warmth}, s", f"{median:.2f}", "wanted below 2 on two cores")
                show("  the first answer after, ms", f"{1000 * float(np.median(first)):.0f}")
                show("  orders shown while it settles", f"{orders}")
        show("photos in the library", f"{len(photos)}")
