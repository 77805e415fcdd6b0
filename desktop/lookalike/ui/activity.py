"""The status bar: what is being done, with rate and time left; pause, stop; thumbnail size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSlider, QWidget

from lookalike.progress import Progress
from lookalike.ui import icons, theme
from lookalike.ui.icons import IconButton
from lookalike.ui.labels import Elided
from lookalike.words import in_figures, retold, tr

SMALLEST, LARGEST = 96, 320


class StatusBar(QWidget):
    """One line at the foot of the window."""

    cell_changed = Signal(int)

    def __init__(
        self, actions: dict[str, QAction], cell: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("foot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(34)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._said = Elided()
        self._said.setObjectName("secondary")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName(tr("Progress"))
        self._pause = IconButton("pause", actions["pause"])
        self._stop = IconButton("square", actions["stop"])
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(SMALLEST, LARGEST)
        self._size.setValue(cell)
        self._size.setPageStep(32)
        self._size.setFixedWidth(120)
        self._size.setToolTip(tr("Thumbnail size (Ctrl++ and Ctrl+-)"))
        self._size.setAccessibleName(tr("Thumbnail size"))
        self._size.valueChanged.connect(self.cell_changed)
        row.addWidget(self._said)
        for widget in (self._bar, self._pause, self._stop):
            row.addWidget(widget)
        row.addStretch(1)
        self._small, self._large = QLabel(), QLabel()
        row.addWidget(self._small)
        row.addWidget(self._size)
        row.addWidget(self._large)
        self.show_work(None, paused=False)
        self._paint_icons()

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._said.setText(text)

    def said(self) -> str:
        """What is shown."""
        return self._said.text()

    def cell(self) -> int:
        """The size of thumbnails."""
        return self._size.value()

    def larger(self, steps: int) -> None:
        """Larger or smaller thumbnails."""
        self._size.setValue(self._size.value() + 24 * steps)

    def show_sizes(self, *, visible: bool) -> None:
        """Thumbnail sizes make sense where there are thumbnails."""
        for widget in (self._small, self._size, self._large):
            widget.setVisible(visible)

    def show_work(self, progress: Progress | None, *, paused: bool) -> None:
        """Show how far the work is, or (None) that there is none."""
        for widget in (self._bar, self._pause, self._stop):
            widget.setVisible(progress is not None)
        self._pause.set_icon("play" if paused else "pause")
        if progress is None:
            return
        words = told(progress)
        self._said.setText(tr("paused · {words}").format(words=words) if paused else words)
        known = progress.total is not None and progress.total > 0
        # Up to a thousand steps: totals may be larger than Qt's integers like.
        self._bar.setRange(0, 1000 if known else 0)
        if progress.total:
            self._bar.setValue(min(1000, progress.done * 1000 // progress.total))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_large"):
            self._paint_icons()
        super().changeEvent(event)

    def _paint_icons(self) -> None:
        colour = theme.current().secondary
        self._small.setPixmap(icons.pixmap("image", colour, 12))
        self._large.setPixmap(icons.pixmap("image", colour, 18))


def told(progress: Progress) -> str:
    """Progress in words: "reading 12,480 of 48,112 · 84/s · 7 min"."""
    stage, done = retold(progress.stage), in_figures(progress.done)
    parts = [f"{stage} {done}"]
    if progress.total:
        words = tr("{stage} {done} of {total}")
        parts = [words.format(stage=stage, done=done, total=in_figures(progress.total))]
    if progress.rate:
        parts.append(f"{in_figures(progress.rate, ',.0f')}/s" if progress.rate >= 1 else tr("slow"))
    if progress.seconds_left:
        parts.append(duration(progress.seconds_left))
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
