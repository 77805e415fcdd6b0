"""The filters of a layer, a row each with its nine patches; only the visible rows are alive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from lookalike.errors import PhotoError
from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.ui import images, theme
from lookalike.ui.jobs import Jobs
from lookalike.words import tr

if TYPE_CHECKING:
    from lookalike.library import FilterTop

NINE = 9
LANES = 2
_TITLE, _GAP, _MARGIN = 22, 3, 8
_LARGEST, _SMALLEST = 88, 28
_KEPT = 256
_LOWEST = 170
"""Pixels: a row and a part of the next, so that it is seen to go on."""


@dataclass(frozen=True, slots=True)
class Row:
    """A filter of the layer, and what is said of it beside its number."""

    filter: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    top: FilterTop
    pictures: tuple[QImage, ...]


class FilterList(QAbstractScrollArea):
    """`chosen` with a filter's number, by click or by the arrow keys."""

    chosen = Signal(int)

    def __init__(self, jobs: Jobs, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._layer = ""
        self._rows: list[Row] = []
        self._current = -1
        self._ready: OrderedDict[int, _Ready] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Filters"))
        self.setMinimumHeight(_LOWEST)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._moved())
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(0)
        self._look.timeout.connect(self._read)

    # --- what it shows

    def show_rows(self, layer: str, rows: Sequence[Row]) -> None:
        """Show these filters of a layer; what was shown of another layer is forgotten."""
        if layer != self._layer:
            self.forget()
        self._layer, self._rows = layer, list(rows)
        self._current = -1
        self.verticalScrollBar().setValue(0)
        self._laid_out()

    def forget(self) -> None:
        """The library has changed: read the patches anew."""
        self._generation += 1
        self._ready.clear()
        self._asked.clear()
        self._laid_out()

    def rows(self) -> list[Row]:
        """What is listed."""
        return self._rows

    def current(self) -> int:
        """The number of the chosen filter, -1 if none is."""
        return self._rows[self._current].filter if 0 <= self._current < len(self._rows) else -1

    def select(self, place: int) -> None:
        """Choose a row."""
        if not self._rows:
            return
        self._current = min(max(place, 0), len(self._rows) - 1)
        bar, height = self.verticalScrollBar(), self._height()
        top = self._current * height
        if top < bar.value():
            bar.setValue(top)
        elif top + height > bar.value() + self.viewport().height():
            bar.setValue(top + height - self.viewport().height())
        self.setAccessibleDescription(tr("Filter {number}").format(number=self.current()))
        self.viewport().update()
        self.chosen.emit(self.current())

    def top(self, number: int) -> FilterTop | None:
        """What is known of a filter, once it was read."""
        ready = self._ready.get(number)
        return ready.top if ready is not None else None

    def painted(self) -> bool:
        """Whether every visible row has its patches."""
        return all(row.filter in self._ready for row in self._visible())

    # --- how it is laid out

    def _side(self) -> int:
        room = (self.viewport().width() - 2 * _MARGIN - (NINE - 1) * _GAP) // NINE
        return min(max(room, _SMALLEST), _LARGEST)

    def _height(self) -> int:
        return _TITLE + self._side() + 2 * _MARGIN

    def _visible(self) -> list[Row]:
        first = self.verticalScrollBar().value() // self._height()
        count = self.viewport().height() // self._height() + 2
        return self._rows[first : first + count]

    def _laid_out(self) -> None:
        bar, height = self.verticalScrollBar(), self._height()
        bar.setSingleStep(height // 2)
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, len(self._rows) * height - self.viewport().height()))
        self._moved()

    def _moved(self) -> None:
        self.viewport().update()
        self._look.start()

    def resizeEvent(self, _event: object) -> None:
        """Fit anew."""
        self._laid_out()

    # --- reading

    def _read(self) -> None:
        busy = len(self._asked - self._ready.keys())
        for row in self._visible():
            if busy >= LANES:
                return
            if row.filter not in self._asked:
                self._read_one(row.filter)
                busy += 1

    def _read_one(self, number: int) -> None:
        self._asked.add(number)
        generation = self._generation
        side = round(1.34 * self._side() * self.devicePixelRatioF())  # a patch is seldom square
        work = _reading(self._library, self._layer, number, side)

        def came(ready: _Ready) -> None:
            if generation != self._generation:
                return
            self._ready[number] = ready
            while len(self._ready) > _KEPT:
                old, _ = self._ready.popitem(last=False)
                self._asked.discard(old)
            self.viewport().update()
            self._read()

        def failed(error: object) -> None:
            # Not asked for again until something changes, or it would fail without end.
            if generation == self._generation:
                from lookalike.library import FilterTop

                self._ready[number] = _Ready(FilterTop(self._layer, number, "", ()), ())
            self._jobs.failed.emit(error)

        self._jobs.read(work, came, failed)

    # --- Qt's events

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The visible rows."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        height, scrolled = self._height(), self.verticalScrollBar().value()
        first = scrolled // height
        for place, row in enumerate(self._visible(), first):
            box = QRect(0, place * height - scrolled, self.viewport().width(), height)
            self._paint_row(painter, box, row, chosen=place == self._current)

    def _paint_row(self, painter: QPainter, box: QRect, row: Row, *, chosen: bool) -> None:
        tokens, side = theme.current(), self._side()
        if chosen:
            painter.fillRect(box, QColor(tokens.raised))
            if self.hasFocus():
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.drawRect(box.adjusted(1, 1, -1, -1))
        ready = self._ready.get(row.filter)
        name = ready.top.name if ready is not None else ""
        line = QRect(_MARGIN, box.top() + _MARGIN - 2, box.width() - 2 * _MARGIN, _TITLE - 2)
        painter.setFont(theme.font(theme.BODY, strong=True))
        painter.setPen(QColor(tokens.text))
        title = name or tr("Filter {number}").format(number=row.filter)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), title)
        used = painter.fontMetrics().horizontalAdvance(title) + 10
        painter.setFont(theme.font(theme.SECONDARY))
        painter.setPen(QColor(tokens.secondary))
        which = tr("filter {number}").format(number=row.filter) if name else ""
        note = " · ".join(part for part in (which, row.note) if part)
        painter.drawText(line.adjusted(used, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), note)
        for place in range(NINE):
            square = QRect(_MARGIN + place * (side + _GAP), line.bottom() + 4, side, side)
            known = ready is not None and place < len(ready.pictures)
            if ready is not None and known and not ready.pictures[place].isNull():
                painter.drawImage(square, ready.pictures[place])
            elif ready is None or known:
                painter.fillRect(square, QColor(tokens.panel))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is clicked."""
        place = int(event.position().y() + self.verticalScrollBar().value()) // self._height()
        if 0 <= place < len(self._rows):
            self.select(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, pages, ends."""
        page = max(1, self.viewport().height() // self._height())
        moves = {
            Qt.Key.Key_Up: self._current - 1,
            Qt.Key.Key_Down: self._current + 1,
            Qt.Key.Key_PageUp: self._current - page,
            Qt.Key.Key_PageDown: self._current + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._rows) - 1,
        }
        key = Qt.Key(event.key())
        if key in moves:
            self.select(moves[key])
        else:
            super().keyPressEvent(event)


def _reading(
    library: Library, layer: str, number: int, side: int
) -> Callable[[CancelToken], _Ready]:
    def read(cancel: CancelToken) -> _Ready:
        (top,) = library.filters.top(layer, [number])
        pictures = []
        for patch in top.patches:
            cancel.check()
            try:
                cut = library.filters.small_patch_picture(patch, side)
            except PhotoError:
                pictures.append(QImage())
                continue
            short = min(cut.shape[:2])
            top_, left = (cut.shape[0] - short) // 2, (cut.shape[1] - short) // 2
            pictures.append(images.to_image(cut[top_ : top_ + short, left : left + short]))
        return _Ready(top, tuple(pictures))

    return read
