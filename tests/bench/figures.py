"""Timing and printing: medians of several runs, ratios of things measured side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int = 5) -> tuple[float, float, float]:
    """Median, fastest and slowest time of `work` over `runs`, after one that is not counted."""
    work()
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return statistics.median(found), min(found), max(found)


def show(name: str, value: str, note: str = "") -> None:
    """One line of the table."""
    print(f"{name:58} {value:>16}  {note}", flush=True)


def heading(text: str) -> None:
    """A part of the table."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)
