"""The grid: any number of photos, only the visible ones alive."""

from __future__ import annotations

from array import array
from collections import OrderedDict

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Match, Photo
from lookalike.ui import theme
from lookalike.ui.jobs import Jobs

GUTTER = 2
CELL = 176
_KEPT_PIXMAPS = 1500

Item = Photo | Match


class PhotoGrid(QAbstractScrollArea):
    """Square cells edge to edge. Shows photo ids, or the matches of an answer."""

    selection_changed = Signal(object)
    activated = Signal(object)

    def __init__(self, jobs: Jobs, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._ids: array[int] = array("q")
        self._matches: tuple[Match, ...] = ()
        self._photos: dict[int, Photo] = {}
        self._pixmaps: OrderedDict[int, QPixmap] = OrderedDict()
        self._current = -1
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Photos")
        self.verticalScrollBar().valueChanged.connect(self._look)

    def set_ids(self, ids: array[int]) -> None:
        """Show these photos; what is scrolled to and selected stays."""
        self._ids, self._matches = ids, ()
        self._changed()

    def set_matches(self, matches: tuple[Match, ...]) -> None:
        """Show an answer, nearest first, and select its first photo."""
        self._matches, self._ids = matches, array("q", (m.photo.id for m in matches))
        self._photos.update({match.photo.id: match.photo for match in matches})
        self._current = -1
        self.verticalScrollBar().setValue(0)
        self._changed()

    def current(self) -> Item | None:
        """The selected photo or match."""
        if not 0 <= self._current < len(self._ids):
            return None
        if self._matches:
            return self._matches[self._current]
        return self._photos.get(self._ids[self._current])

    def select(self, index: int) -> None:
        """Select the cell at `index` and bring it into view."""
        if not len(self._ids):
            return
        self._current = max(0, min(index, len(self._ids) - 1))
        top = self._current // self._columns() * self._step()
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif top + self._step() > bar.value() + self.viewport().height():
            bar.setValue(top + self._step() - self.viewport().height())
        self.viewport().update()
        self.selection_changed.emit(self.current())

    def _columns(self) -> int:
        return max(1, (self.viewport().width() + GUTTER) // (CELL + GUTTER))

    def _step(self) -> int:
        """Height of a row: the cells of a row fill the width."""
        return (self.viewport().width() + GUTTER) // self._columns()

    def _changed(self) -> None:
        rows = -(-len(self._ids) // self._columns())
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * self._step() - GUTTER - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._step() // 2)
        self._look()

    def _visible(self) -> range:
        step, columns = self._step(), self._columns()
        first = self.verticalScrollBar().value() // step * columns
        count = (self.viewport().height() // step + 2) * columns
        return range(first, min(first + count, len(self._ids)))

    def _look(self) -> None:
        """Ask for what the visible cells lack; a newer look replaces this one."""
        self.viewport().update()
        ids = [self._ids[index] for index in self._visible()]
        unknown = [id_ for id_ in ids if id_ not in self._photos]
        known = [self._photos[id_] for id_ in ids if id_ in self._photos]
        contents = [p.content_id for p in known if p.content_id not in self._pixmaps]
        if not unknown and not contents:
            return

        def load(cancel: CancelToken) -> tuple[list[Photo], list[tuple[int, QImage]]]:
            photos = self._library.photos(unknown)
            wanted = contents + [photo.content_id for photo in photos]
            images = []
            for content_id in wanted:
                cancel.check()
                jpeg = self._library.thumbnail(content_id)
                images.append((content_id, QImage.fromData(jpeg) if jpeg else QImage()))
            return photos, images

        self._jobs.read(load, self._loaded, key="grid")

    def _loaded(self, found: tuple[list[Photo], list[tuple[int, QImage]]]) -> None:
        photos, images = found
        self._photos.update({photo.id: photo for photo in photos})
        for content_id, image in images:
            self._pixmaps[content_id] = QPixmap.fromImage(image)
        while len(self._pixmaps) > _KEPT_PIXMAPS:
            self._pixmaps.popitem(last=False)
        self.viewport().update()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The same photo stays at the top."""
        self._changed()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the visible cells."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for index in self._visible():
            self._paint_cell(painter, index)

    def _paint_cell(self, painter: QPainter, index: int) -> None:
        cell = self._cell(index)
        photo = self._photos.get(self._ids[index])
        pixmap = self._pixmaps.get(photo.content_id) if photo else None
        if pixmap is not None and not pixmap.isNull():
            painter.drawPixmap(cell, pixmap, _square(pixmap))
        else:
            painter.fillRect(cell, QColor(photo.facts.colour if photo else 0x444448))
        if self._matches:
            bar = QRect(cell.left(), cell.bottom() - 2, cell.width(), 3)
            bar.setWidth(round(cell.width() * max(0.0, self._matches[index].score)))
            painter.fillRect(bar, QColor(theme.DARK.accent))
        if index == self._current:
            pen = painter.pen()
            pen.setColor(QColor(theme.DARK.accent))
            pen.setWidth(3)
            painter.setPen(pen)
            painter.drawRect(cell.adjusted(1, 1, -2, -2))

    def _cell(self, index: int) -> QRect:
        row, column = divmod(index, self._columns())
        step = self._step()
        top = row * step - self.verticalScrollBar().value()
        return QRect(column * step, top, step - GUTTER, step - GUTTER)

    def _index_at(self, point: QPoint) -> int:
        step = self._step()
        column = point.x() // step
        index = (point.y() + self.verticalScrollBar().value()) // step * self._columns() + column
        return index if column < self._columns() and index < len(self._ids) else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click selects."""
        index = self._index_at(event.position().toPoint())
        if index >= 0:
            self.select(index)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """A double click opens."""
        if self.current() is not None:
            self.activated.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and pages move the selection; Enter opens."""
        columns = self._columns()
        page = columns * max(1, self.viewport().height() // self._step())
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self._ids),
            Qt.Key.Key_End: len(self._ids),
        }
        key = Qt.Key(event.key())
        if key in moves:
            self.select(self._current + moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
            self.activated.emit(self.current())
        else:
            super().keyPressEvent(event)


def _square(pixmap: QPixmap) -> QRect:
    """The middle square of a thumbnail."""
    side = min(pixmap.width(), pixmap.height())
    return QRect((pixmap.width() - side) // 2, (pixmap.height() - side) // 2, side, side)
