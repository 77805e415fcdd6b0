"""Long work of the network page: a line with progress, pause and stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from lookalike.errors import Cancelled
from lookalike.progress import CancelToken, OnProgress, Progress
from lookalike.ui.activity import told
from lookalike.ui.icons import IconButton
from lookalike.ui.jobs import Jobs
from lookalike.words import tr

POLL_MILLISECONDS = 100


class Work(QWidget):
    """One piece of work at a time; hidden while there is none."""

    failed = Signal(object)
    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._token: CancelToken | None = None
        self._latest: Progress | None = None
        self._words = ""
        self._label, self._bar = QLabel(), QProgressBar()
        self._label.setObjectName("secondary")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName(tr("Progress"))
        self._pause, self._stop = IconButton("pause"), IconButton("square")
        self._pause.explain(tr("Pause"))
        self._pause.clicked.connect(self.toggle_pause)
        self._stop.clicked.connect(self.stop)
        self._stop.explain(tr("Stop; what was done stays"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self._label, self._bar, self._pause, self._stop):
            row.addWidget(widget)
        row.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._show)
        self.hide()

    @property
    def running(self) -> bool:
        """Whether something is done now, paused or not."""
        return self._token is not None

    def start(
        self,
        words: str,
        work: Callable[[OnProgress, CancelToken], Any],
        done: Callable[[Any], None],
        *,
        writes: bool = True,
    ) -> None:
        """Do `work`; `words` say what it is for. Nothing while other work goes on."""
        if self.running:
            return
        self._words, self._latest = words, None

        def keep(progress: Progress) -> None:
            self._latest = progress

        def run(cancel: CancelToken) -> Any:  # noqa: ANN401 - whatever the work returns
            return work(keep, cancel)

        def came(result: Any) -> None:  # noqa: ANN401
            self._end()
            done(result)

        submit = self._jobs.write if writes else self._jobs.read
        self._token = submit(run, came, self._not_done)
        self._timer.start()
        self._show()
        self.show()
        self.changed.emit()

    def toggle_pause(self) -> None:
        """Hold it, or let it go on."""
        if self._token is not None:
            (self._token.resume if self._token.paused else self._token.pause)()
            self._show()

    def stop(self) -> None:
        """End it; what was done stays."""
        if self._token is not None:
            self._token.cancel()

    def close_down(self) -> None:
        """Poll no more."""
        self._timer.stop()

    def said(self) -> str:
        """What is shown."""
        return self._label.text()

    def _not_done(self, error: object) -> None:
        self._end()
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _end(self) -> None:
        self._token = None
        self._timer.stop()
        self.hide()
        self.changed.emit()

    def _show(self) -> None:
        token, progress = self._token, self._latest
        if token is None:
            return
        parts = [tr("paused")] if token.paused else []
        parts.append(self._words)
        if progress is not None:
            parts.append(told(progress))
        self._label.setText(" · ".join(parts))
        known = progress is not None and bool(progress.total)
        self._bar.setRange(0, 1000 if known else 0)
        if progress is not None and progress.total:
            self._bar.setValue(min(1000, progress.done * 1000 // progress.total))
        self._pause.set_icon("play" if token.paused else "pause")
        self._pause.explain(tr("Go on") if token.paused else tr("Pause"))
