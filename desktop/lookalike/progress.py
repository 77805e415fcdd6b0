"""Progress and cancellation for long work: plain values and a token, standard library only.

Long calls take `on_progress` (called often, from the working thread) and `cancel`. A receiver
keeps the latest value only; it must return at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from lookalike.errors import Cancelled


class Progress(NamedTuple):
    """A moment of long work.

    `stage` is a short verb for people ("looking", "checking", "reading", "building the index").
    `total` is None while unknown. `rate` is in items a second; `seconds_left` None while unknown.
    """

    stage: str
    done: int
    total: int | None = None
    rate: float | None = None
    seconds_left: float | None = None
    detail: str = ""


OnProgress = Callable[[Progress], None]


def ignore_progress(_progress: Progress) -> None:
    """The receiver for callers that do not watch."""


class CancelToken:
    """Asks work to stop or to pause; thread-safe. Work calls `check()` between its steps."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def cancel(self) -> None:
        """Ask the work to stop at its next step, paused or not."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Hold the work at its next step until `resume` or `cancel`."""
        self._running.clear()

    def resume(self) -> None:
        """Let paused work go on."""
        self._running.set()

    @property
    def cancelled(self) -> bool:
        """Whether a stop was asked for."""
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        """Whether the work is held."""
        return not self._running.is_set()

    def check(self) -> None:
        """Wait while paused; raise `Cancelled` if a stop was asked for."""
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled


class RateMeter:
    """Items a second over a sliding window, and the time left; not thread-safe.

    The window (default 10 s) forgets slow starts, so the estimate follows the present speed.
    """

    def __init__(self, window: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque([(clock(), 0)])

    def progress(self, stage: str, done: int, total: int | None, detail: str = "") -> Progress:
        """Record `done` items and return the moment as a `Progress`."""
        now = self._clock()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > self._window:
            self._marks.popleft()
        then, before = self._marks[0]
        rate = (done - before) / (now - then) if now > then and done > before else None
        left = (total - done) / rate if rate and total is not None else None
        return Progress(stage, done, total, rate, left, detail)
