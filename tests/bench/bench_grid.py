"""The grid with a million photos: first paint, frames while scrolling, keys; real paint.

A library of synthetic rows would measure SQLite; here ids, rows and thumbnails come from memory
through the same calls, so that what is measured is the window's thread.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from array import array
from collections.abc import Sequence
from typing import Any, cast

from lookalike.records import Facts, Photo
from tests.bench.figures import heading, show
from tests.drawn_photos import KINDS, draw

SIZES = {"1440 x 900": (1440, 900, 176), "4K, small cells": (3840, 2160, 176)}
FRAMES = 240


class MemoryLibrary:
    """Answers as `Library` does for rows and thumbnails."""

    def __init__(self) -> None:
        self._jpegs = []
        for number in range(16):
            file = io.BytesIO()
            draw(KINDS[number % 4], number, (384, 288)).save(file, "JPEG", quality=85)
            self._jpegs.append(file.getvalue())

    def photos(self, ids: Sequence[int]) -> list[Photo]:
        facts = Facts(4000, 3000, "JPEG", colour=0x607080)
        return [Photo(i, 1, i, f"/photos/{i}.jpg", 1, 1, facts) for i in ids]

    def thumbnail(self, content_id: int) -> bytes:
        return self._jpegs[content_id % 16]


def main(_folders: list[str], count: int = 1_000_000) -> None:
    """Print the figures for a grid of `count` synthetic photos."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from lookalike.app import SWITCH_SECONDS
    from lookalike.ui import theme

    application = QApplication.instance() or QApplication(list(theme.ARGUMENTS))
    theme.apply(theme.DARK)
    # As the window runs: see `lookalike.app`.
    sys.setswitchinterval(SWITCH_SECONDS)
    heading(f"The grid with {count:,} photos")
    library, ids = MemoryLibrary(), array("q", range(1, count + 1))
    for name, (width, height, cell) in SIZES.items():
        _measure(cast("QApplication", application), library, ids, name, (width, height, cell))


def _measure(
    application: Any, library: MemoryLibrary, ids: array[int], name: str,
    size: tuple[int, int, int],
) -> None:  # fmt: skip
    from lookalike.ui.evidence import Evidence
    from lookalike.ui.grid.contents import of_ids
    from lookalike.ui.grid.grid_view import PhotoGrid
    from lookalike.ui.jobs import Jobs

    jobs, source = Jobs(), cast("Any", library)
    grid = PhotoGrid(jobs, source, Evidence(jobs, source))
    grid.resize(size[0], size[1])
    started = time.perf_counter()
    grid.set_photos(of_ids(ids))
    grid.show()
    application.processEvents()
    grid.viewport().repaint()
    first = time.perf_counter() - started
    grid.set_cell(size[2], whole=False)
    show(f"{name}: first paint, ms", f"{first * 1000:.1f}", f"{len(grid.visible())} cells")
    bar = grid.verticalScrollBar()
    for what, step in (("a row at a time", 60), ("by leaps", bar.maximum() // FRAMES)):
        bar.setValue(0)
        frames = [_frame(application, grid, bar.value() + step) for _ in range(FRAMES)]
        turns = [turn * 1000 for turn, _ in frames]
        computed = max(spent for _, spent in frames)
        show(
            f"{name}: scrolling {what}, worst frame, ms",
            f"{max(turns):.1f}",
            f"median {statistics.median(turns):.1f}; worst, computing only, {computed * 1000:.1f}",
        )
    started = time.perf_counter()
    grid.select(len(ids) - 1)
    grid.viewport().repaint()
    show(f"{name}: to the last photo, ms", f"{(time.perf_counter() - started) * 1000:.1f}")
    jobs.close()
    grid.close()
    grid.deleteLater()
    application.processEvents()


def _frame(application: Any, grid: Any, value: int) -> tuple[float, float]:
    """Scroll once: the longest turn of the event loop until the next frame is due, in seconds.

    A turn takes in what the readers deliver and paints; while it lasts the window stands still.
    The second figure is the time the window's thread computed in a turn: a machine that does
    other work as well makes the first longer, not the second.
    """
    due = time.perf_counter() + 1 / 60
    longest = computed = 0.0
    started, spent = time.perf_counter(), time.thread_time()
    grid.verticalScrollBar().setValue(value)
    while True:
        application.processEvents()
        longest = max(longest, time.perf_counter() - started)
        computed = max(computed, time.thread_time() - spent)
        if time.perf_counter() >= due:
            return longest, computed
        time.sleep(0.001)
        started, spent = time.perf_counter(), time.thread_time()


if __name__ == "__main__":
    main([])
