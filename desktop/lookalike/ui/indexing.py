"""Reading folders into the library, seen from the window: progress, pause, stop, receipts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from lookalike.errors import Cancelled
from lookalike.library import Library
from lookalike.progress import CancelToken, Progress
from lookalike.records import Changes
from lookalike.ui.jobs import Jobs

POLL_MILLISECONDS = 100
_REFRESH_POLLS = 15


class Reading(QObject):
    """One reading after another. Progress is the latest value, looked at ten times a second."""

    progressed = Signal()
    photos_came = Signal()
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._tokens: list[CancelToken] = []
        self._latest: Progress | None = None
        self._polls = 0
        self._told_at = 0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def progress(self) -> Progress | None:
        """How far it is; None while nothing is read."""
        if not self._tokens:
            return None
        return self._latest or Progress("looking", 0)

    @property
    def running(self) -> bool:
        """Whether something is being read, paused or not."""
        return bool(self._tokens)

    @property
    def paused(self) -> bool:
        """Whether it is held."""
        return bool(self._tokens) and self._tokens[0].paused

    def start(self, folders: Sequence[str] = ()) -> None:
        """Read `folders` (none: look at every folder again)."""
        wanted = list(folders)

        def keep(progress: Progress) -> None:
            self._latest = progress

        def work(cancel: CancelToken) -> Changes:
            self._latest = None
            return self._library.index(wanted, keep, cancel)

        token = self._jobs.write(work, self._done, self._not_done)
        self._tokens.append(token)
        self._timer.start()
        self.progressed.emit()

    def toggle_pause(self) -> None:
        """Hold it, or let it go on."""
        for token in self._tokens:
            if token.paused:
                token.resume()
            else:
                token.pause()
        self.progressed.emit()

    def stop(self) -> None:
        """End it; what was done stays."""
        for token in self._tokens:
            token.cancel()

    def close(self) -> None:
        """Poll no more."""
        self._timer.stop()

    def _poll(self) -> None:
        self._polls += 1
        progress = self._latest
        # Photos come in batches: the grid is read anew at most every second and a half, and more
        # seldom the larger the library is.
        done = progress.done if progress is not None else self._told_at
        if done != self._told_at and self._polls % max(_REFRESH_POLLS, done // 4000) == 0:
            self._told_at = done
            self.photos_came.emit()
        self.progressed.emit()

    def _done(self, changes: Changes) -> None:
        self._end()
        self.ended.emit(changes)

    def _not_done(self, error: object) -> None:
        self._end()
        self.ended.emit(None)
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _end(self) -> None:
        self._tokens = self._tokens[1:]
        self._latest = None
        if not self._tokens:
            self._timer.stop()
        self.progressed.emit()
